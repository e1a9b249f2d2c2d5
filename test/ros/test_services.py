"""Reset and snapshot of a live node, and the figures of quality that it reports."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.task import Future
from ros_graph import Camera, Graph, color_message
from sensor_msgs.msg import Image
from std_srvs.srv import Trigger

from bridgenet_ros import snapshot

T0 = 1_700_000_000_123_456_789
FRAME = 33_333_333
PATIENCE_S = 20.0


def call(graph: Graph, service: str) -> Trigger.Response:
    """Call a Trigger service of the node."""
    future = ask(graph, service)
    assert graph.spin_until(future.done)
    return future.result()


def ask(graph: Graph, service: str) -> Future[Trigger.Response]:
    """As `call`, without a wait for the answer."""
    client = graph.peer.create_client(Trigger, service)
    assert graph.spin_until(client.service_is_ready)
    return client.call_async(Trigger.Request())


def frames(graph: Graph, count: int, start_ns: int = T0) -> list[Image]:
    """Send frames to an active node, one after the other; returns what it published."""
    camera = Camera(graph)
    images: list[Image] = []
    graph.peer.create_subscription(Image, "sr/depth/image", images.append, 10)
    camera.wait()
    assert graph.spin_until(lambda: graph.nodes[-1].count_subscribers("sr/depth/image") > 0)
    for i in range(count):
        camera.send(start_ns + i * FRAME)
        assert graph.spin_until(lambda i=i: len(images) == i + 1)
    return images


def test_a_snapshot_is_a_folder_with_the_newest_frame(graph: Graph, tmp_path: Path) -> None:
    node = graph.start(snapshot__folder=str(tmp_path))
    frames(graph, 1)
    assert graph.spin_until(lambda: node._results.newest is not None)
    reply = call(graph, "save_snapshot")
    assert reply.success
    (folder,) = tmp_path.iterdir()
    assert reply.message == str(folder)
    text = (folder / "snapshot.yaml").read_text()
    assert str(T0) in text
    assert "preset: tiny" in text
    assert (folder / "points.ply").exists()


def test_without_a_frame_there_is_no_snapshot(graph: Graph, tmp_path: Path) -> None:
    graph.start(snapshot__folder=str(tmp_path))
    reply = call(graph, "save_snapshot")
    assert not reply.success
    assert reply.message == "there is no frame yet to save"


def test_a_snapshot_that_cannot_be_written_is_answered_with_the_reason(
    graph: Graph, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    node = graph.start(snapshot__folder=str(tmp_path / "file"))
    frames(graph, 1)
    assert graph.spin_until(lambda: node._results.newest is not None)
    reply = call(graph, "save_snapshot")
    assert not reply.success
    assert "snapshot.folder" in reply.message


class Disk:
    """Takes a snapshot only when the test lets it; notes on which threads it writes."""

    def __init__(self, write: Callable[..., None]) -> None:
        self.begun = threading.Event()
        self.ready = threading.Event()
        self.threads: list[threading.Thread] = []
        self._write = write

    def __call__(self, *snapshot_and_folder: object) -> None:
        self.threads.append(threading.current_thread())
        self.begun.set()
        assert self.ready.wait(PATIENCE_S)
        self._write(*snapshot_and_folder)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    slow = Disk(snapshot._write)
    monkeypatch.setattr(snapshot, "_write", slow)
    yield slow
    slow.ready.set()  # else a test that fails would leave the node waiting


def test_images_come_and_go_while_a_snapshot_is_written(
    graph: Graph, disk: Disk, tmp_path: Path
) -> None:
    node = graph.start(snapshot__folder=str(tmp_path))
    frames(graph, 1)
    reply = ask(graph, "save_snapshot")
    assert graph.spin_until(disk.begun.is_set)
    frames(graph, 3, T0 + 10**9)
    assert call(graph, "reset").success
    assert not reply.done()
    assert list(tmp_path.glob("[!.]*")) == []
    disk.ready.set()
    assert graph.spin_until(reply.done)
    assert reply.result().success
    # Of the frame that was the newest when it was asked for.
    assert str(T0) in (Path(reply.result().message) / "snapshot.yaml").read_text()
    assert node._results.newest is not None
    assert disk.threads != [threading.current_thread()]


def test_a_second_snapshot_is_refused_while_one_is_written(
    graph: Graph, disk: Disk, tmp_path: Path
) -> None:
    graph.start(snapshot__folder=str(tmp_path))
    frames(graph, 1)
    first = ask(graph, "save_snapshot")
    assert graph.spin_until(disk.begun.is_set)
    second = call(graph, "save_snapshot")
    assert not second.success
    assert second.message == "a snapshot is being written; ask again once it is done"
    disk.ready.set()
    assert graph.spin_until(first.done)
    assert first.result().success
    assert call(graph, "save_snapshot").success
    assert len(list(tmp_path.iterdir())) == 2


def test_a_node_that_ends_finishes_its_snapshot(graph: Graph, disk: Disk, tmp_path: Path) -> None:
    node = graph.start(snapshot__folder=str(tmp_path))
    frames(graph, 1)
    ask(graph, "save_snapshot")
    assert graph.spin_until(disk.begun.is_set)
    assert node.trigger_deactivate().name == "SUCCESS"
    assert node.trigger_cleanup().name == "SUCCESS"
    threading.Timer(0.1, disk.ready.set).start()
    node.destroy_node()
    (folder,) = tmp_path.glob("[!.]*")
    assert (folder / "snapshot.yaml").exists()


def test_reset_drops_what_waits_and_forgets_the_figures(graph: Graph) -> None:
    node = graph.start(diagnostics__quality_every=1)
    frames(graph, 1)
    assert graph.spin_until(lambda: node._results.quality.snapshot() is not None)
    camera = Camera(graph)
    camera.wait()
    camera.color.publish(color_message(T0 + FRAME))
    assert node._active is not None
    session = node._active.session
    assert graph.spin_until(lambda: session.snapshot().frames_in == 2)
    assert call(graph, "reset").success
    assert node._results.quality.snapshot() is None
    assert session.snapshot().drops == {"reset": 1}
    assert session.snapshot().frames_out == 1


def test_clean_up_lets_go_of_the_newest_frame(graph: Graph) -> None:
    node = graph.start()
    frames(graph, 1)
    assert graph.spin_until(lambda: node._results.newest is not None)
    assert node.trigger_deactivate().name == "SUCCESS"
    assert node.trigger_cleanup().name == "SUCCESS"
    assert node._results.newest is None


def test_diagnostics_report_the_quality_of_depth(graph: Graph) -> None:
    graph.start(diagnostics__period=0.1, diagnostics__quality_every=1, mde__enable=True)
    reports: list[DiagnosticArray] = []
    graph.peer.create_subscription(DiagnosticArray, "/diagnostics", reports.append, 10)
    frames(graph, 2)

    def values() -> dict[str, str]:
        return {kv.key: kv.value for kv in reports[-1].status[0].values} if reports else {}

    assert graph.spin_until(lambda: values().get("quality.flicker_m", "nan") != "nan")
    figures = {name: float(v) for name, v in values().items() if name.startswith("quality.")}
    assert figures == {
        "quality.consistency_median_m": pytest.approx(0.0, abs=1e-3),
        "quality.consistency_share": 1.0,
        "quality.holes_in": 0.0,
        "quality.holes_out": 0.0,
        "quality.flying_before": 0.0,
        "quality.flying_after": 0.0,
        "quality.flicker_m": pytest.approx(0.0, abs=1e-3),
        # Untrained: 2.8 m everywhere; the camera sees 1.5 m.
        "quality.estimate_scale": pytest.approx(1.5 / 2.8, abs=1e-3),
        "quality.estimate_shift_m": 0.0,
        "quality.estimate_agreeing": 1.0,
        "quality.estimate_scale_jitter": pytest.approx(0.0, abs=1e-3),
        "quality.estimate_shift_jitter_m": 0.0,
    }
    assert values()["estimate.fitted"] == "true"
