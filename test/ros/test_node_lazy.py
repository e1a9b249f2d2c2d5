"""Whether the node receives images while nobody wants what it makes of them."""

from __future__ import annotations

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.parameter import Parameter
from ros_graph import Camera, Graph
from sensor_msgs.msg import CameraInfo, Image, PointCloud2

from bridgenet_ros import interface

T0 = 1_700_000_000_000_000_000
FRAME_NS = 33_333_333
KINDS = {"Image": Image, "CameraInfo": CameraInfo, "PointCloud2": PointCloud2}
OUTPUTS = [
    (e.name, KINDS.get(e.type.rpartition("/")[2], DiagnosticArray))
    for e in interface.ENDPOINTS
    if e.direction == "out" and "Compressed" not in e.type and e.name != interface.DIAGNOSTICS
]


class Stage:
    """A camera that sends a pair whenever it is asked, and the newest state of a lazy node."""

    def __init__(self, graph: Graph, **parameters: object) -> None:
        self.graph = graph
        self.camera = Camera(graph)
        self.reports: list[dict[str, str]] = []
        self.messages: list[str] = []
        graph.peer.create_subscription(DiagnosticArray, "/diagnostics", self._report, 10)
        values = {"input__lazy": True, "diagnostics__period": 0.1, "watchdog__timeout_s": 0.5}
        self.node = graph.start(**{**values, **parameters})
        self._sent = 0

    def _report(self, message: DiagnosticArray) -> None:
        depth, *inputs = message.status
        self.reports.append({item.key: item.value for item in depth.values})
        self.messages += [status.message for status in inputs]

    @property
    def state(self) -> str:
        return self.reports[-1]["state"] if self.reports else ""

    @property
    def subscribers(self) -> list[int]:
        """Of colour, depth and calibration."""
        camera = self.camera
        return [p.get_subscription_count() for p in (camera.color, camera.depth, camera.info)]

    def send(self) -> None:
        """The next pair."""
        self.camera.send(T0 + self._sent * FRAME_NS)
        self._sent += 1

    def until_idle(self) -> None:
        """Send until the node has left the camera alone."""

        def idle() -> bool:
            self.send()
            return self.state == "idle" and self.subscribers == [0, 0, 0]

        assert self.graph.spin_until(idle), (self.state, self.subscribers)


@pytest.fixture
def stage(graph: Graph) -> Stage:
    return Stage(graph)


def test_idle_after_the_first_result_and_back_for_a_listener(graph: Graph, stage: Stage) -> None:
    stage.camera.wait()
    stage.until_idle()
    count = int(stage.reports[-1]["frames_out"])
    assert count >= 1
    got: list[Image] = []
    listener = graph.peer.create_subscription(Image, interface.SR_IMAGE, got.append, 10)
    stage.camera.wait()

    def arrived() -> bool:
        stage.send()
        return bool(got) and stage.state == "active"

    assert graph.spin_until(arrived)
    graph.peer.destroy_subscription(listener)
    stage.until_idle()
    frames = stage.reports[-1]["frames_in"]
    reports = len(stage.reports)

    def three_reports_later() -> bool:
        stage.send()
        return len(stage.reports) >= reports + 3

    assert graph.spin_until(three_reports_later)
    assert stage.reports[-1]["frames_in"] == frames


@pytest.mark.parametrize(("name", "kind"), OUTPUTS, ids=[name for name, _ in OUTPUTS])
def test_every_output_counts(graph: Graph, stage: Stage, name: str, kind: type) -> None:
    stage.camera.wait()
    stage.until_idle()
    graph.peer.create_subscription(kind, name, lambda _: None, 10)
    stage.camera.wait()


def test_silence_is_explained_before_the_first_result_though_nobody_listens(
    graph: Graph, stage: Stage
) -> None:
    assert graph.spin_until(
        lambda: any("no message" in text or "silent" in text for text in stage.messages)
    ), stage.messages[-3:]
    assert stage.state == "active"


def test_idleness_is_no_fault(graph: Graph, stage: Stage) -> None:
    stage.camera.wait()
    stage.until_idle()
    stage.messages.clear()
    assert graph.spin_until(lambda: len(stage.messages) >= 10)  # twice the watchdog's patience
    assert set(stage.messages) == {"nothing is known to be wrong"}


def test_it_can_be_switched_off_while_idle(graph: Graph, stage: Stage) -> None:
    stage.camera.wait()
    stage.until_idle()
    stage.node.set_parameters([Parameter("input.lazy", value=False)])
    stage.camera.wait()
    assert graph.spin_until(lambda: stage.state == "active")
