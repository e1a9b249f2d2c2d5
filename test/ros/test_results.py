"""What is published, counted and kept of results and of refused frames, without a model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from frames import make_frame, make_result
from ros_graph import Graph
from sensor_msgs.msg import CameraInfo, Image

from bridgenet_ros.config import NodeConfig, with_values
from bridgenet_ros.errors import FrameError
from bridgenet_ros.interface import MDE_IMAGE, PREVIEW_IMAGE, SR_IMAGE
from bridgenet_ros.ros.results import Results


class Desk:
    """Results of the peer, whose settings and time a test sets."""

    def __init__(self, graph: Graph) -> None:
        self.config = NodeConfig()
        self.now_s = 100.0
        self.results = Results(graph.peer, lambda: self.config, lambda: self.now_s)

    def change(self, **values: object) -> None:
        """Set parameters (dots written as double underscores)."""
        named = {name.replace("__", "."): value for name, value in values.items()}
        self.config = with_values(self.config, named)


@pytest.fixture
def desk(graph: Graph) -> Desk:
    return Desk(graph)


def test_a_result_is_published_recorded_measured_and_kept(graph: Graph, desk: Desk) -> None:
    images: list[Image] = []
    graph.peer.create_subscription(Image, SR_IMAGE, images.append, 10)
    results, frame, result = desk.results, make_frame(), make_result()
    desk.change(diagnostics__quality_every=1)
    results.open()
    results.refuse("size", "too small")
    desk.now_s = 107.0
    assert results.record.silent_s(107.0) == 7.0
    assert results.record.refusals()["size"].message == "too small"

    def arrived() -> bool:
        results.take(frame, result)  # again and again, until the subscription is matched
        return bool(images)

    assert graph.spin_until(arrived)
    np.testing.assert_array_equal(
        np.frombuffer(images[0].data, np.float32).reshape(result.sr_m.shape), result.sr_m
    )
    assert results.record.silent_s(107.0) == 0.0
    assert results.record.refusals() == {}
    assert results.newest == (frame, result)
    assert results.quality.snapshot() is not None
    assert results.notes.facts() == {"registration": ""}


def test_closing_removes_the_publishers_and_forgets_the_frames(graph: Graph, desk: Desk) -> None:
    results = desk.results
    for _ in range(2):
        results.open()
        assert graph.peer.count_publishers(SR_IMAGE) == 1
        desk.change(diagnostics__quality_every=1)
        results.take(make_frame(), make_result())
        results.close()
        assert graph.peer.count_publishers(SR_IMAGE) == 0
        assert results.newest is None
        assert results.quality.snapshot() is None
    results.close()  # and again, as at the end of a node that was never configured


def test_the_first_result_is_wanted_and_then_what_somebody_hears(graph: Graph, desk: Desk) -> None:
    results = desk.results
    assert results.wanted
    results.open()
    assert results.wanted
    results.take(make_frame(), make_result())
    assert not results.wanted
    listener = graph.peer.create_subscription(Image, PREVIEW_IMAGE, lambda _: None, 1)
    assert graph.spin_until(lambda: results.wanted)
    graph.peer.destroy_subscription(listener)
    assert graph.spin_until(lambda: not results.wanted)


def test_the_estimate_is_wanted_by_a_setting_or_by_a_subscriber(graph: Graph, desk: Desk) -> None:
    results = desk.results
    assert not results.wants_estimate()
    desk.change(mde__enable=True)
    assert results.wants_estimate()
    desk.change(mde__enable=False)
    results.open()
    assert not results.wants_estimate()
    graph.peer.create_subscription(Image, MDE_IMAGE, lambda _: None, 1)
    assert graph.spin_until(results.wants_estimate)


@pytest.mark.parametrize(
    ("reason", "level", "line"),
    [
        ("engine", "[ERROR]", "cpu is out of memory"),
        ("size", "[WARN]", "frame dropped (size): cpu is out of memory"),
    ],
)
def test_a_refused_frame_is_logged_as_its_own_fault_or_the_engines(
    desk: Desk, capfd: pytest.CaptureFixture[str], reason: str, level: str, line: str
) -> None:
    desk.results.refuse(reason, "cpu is out of memory")
    (logged,) = [text for text in capfd.readouterr().err.splitlines() if "[peer]" in text]
    assert logged.startswith(level)
    assert logged.endswith(f"]: {line}")


def test_a_snapshot_has_the_newest_frame_its_facts_and_the_calibration(desk: Desk) -> None:
    results, frame = desk.results, make_frame()
    desk.change(snapshot__folder="there")
    with pytest.raises(FrameError, match="no frame yet"):
        results.snapshot({})
    results.open()
    for stamp_ns in (5, 6):
        results.take(replace(frame, stamp_ns=stamp_ns), make_result())
    without = results.snapshot({"preset": "tiny"})
    assert without.frame.stamp_ns == 6
    assert without.facts == {"preset": "tiny"}
    assert without.config.snapshot.folder == "there"
    assert without.intrinsics is None
    height, width = frame.rgb.shape[:2]
    results.color_info = CameraInfo(width=width, height=height, k=[50.0] * 9)
    assert results.snapshot({}).intrinsics is not None


def test_a_frame_that_a_shutdown_overtakes_is_no_fault(graph: Graph, desk: Desk) -> None:
    # The worker reported every frame in hand as failed, with a traceback, at each SIGINT.
    results = desk.results
    results.open()
    graph.peer.context.shutdown()
    assert not results.wants_estimate()
    results.take(make_frame(), make_result())
