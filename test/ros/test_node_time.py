"""The node on the ROS clock, and what it does with stamps: loops, offset, source."""

from __future__ import annotations

import time

import pytest
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray
from ros_graph import Camera, Graph, color_message, depth_message, make_header
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image

from bridgenet_ros.ros.activation import TIME_JUMP
from bridgenet_ros.ros.node_time import NodeTime

T0 = 1_700_000_000_000_000_000
MS = 1_000_000
SECOND = 1_000_000_000


class Listener:
    """Keeps images, their calibrations and the values of the newest report."""

    def __init__(self, graph: Graph) -> None:
        self.images: list[Image] = []
        self.infos: list[CameraInfo] = []
        self.values: dict[str, str] = {}
        peer = graph.peer
        peer.create_subscription(Image, "sr/depth/image", self.images.append, 10)
        peer.create_subscription(CameraInfo, "sr/depth/camera_info", self.infos.append, 10)
        peer.create_subscription(DiagnosticArray, "/diagnostics", self._report, 10)
        assert graph.spin_until(lambda: peer.count_publishers("sr/depth/image") > 0)
        node = graph.nodes[-1]
        assert graph.spin_until(lambda: node.count_subscribers("sr/depth/image") > 0)

    def _report(self, report: DiagnosticArray) -> None:
        self.values = {kv.key: kv.value for status in report.status for kv in status.values}


def test_a_looped_stream_is_told_once_and_comes_out_on_every_pass(
    graph: Graph, capfd: pytest.CaptureFixture[str]
) -> None:
    graph.start(diagnostics__period=0.1)
    camera, listener = Camera(graph), Listener(graph)
    camera.wait()
    stamps = [T0, T0 + SECOND, T0 + 2 * SECOND]
    for stamp in stamps * 2:
        count = len(listener.images)
        camera.send(stamp)
        assert graph.spin_until(lambda count=count: len(listener.images) == count + 1)
    assert [image.header for image in listener.images] == [make_header(s) for s in stamps * 2]
    assert graph.spin_until(lambda: listener.values.get("time_jumps") == "1")
    assert capfd.readouterr().err.count(TIME_JUMP) == 1


@pytest.mark.parametrize(("source", "shift_ns"), [("color", 0), ("depth", -250 * MS)])
def test_stamps_of_the_output(graph: Graph, source: str, shift_ns: int) -> None:
    graph.start(sync__stamp_offset=0.25, output__stamp_source=source)
    camera, listener = Camera(graph), Listener(graph)
    camera.wait()
    camera.info.publish(CameraInfo(width=64, height=48, k=[50.0] * 9))
    camera.depth.publish(depth_message(T0 - 250 * MS))
    camera.color.publish(color_message(T0))
    assert graph.spin_until(lambda: bool(listener.images))
    assert listener.images[0].header == make_header(T0 + shift_ns)
    assert all(i.header == make_header(T0 + shift_ns) for i in listener.infos)


class SimulatedClock:
    """Publishes what the time is."""

    def __init__(self, graph: Graph) -> None:
        self.publisher = graph.peer.create_publisher(Clock, "/clock", 5)
        self.now_ns = T0

    def tick(self) -> None:
        self.now_ns += 100 * MS
        sec, nanosec = divmod(self.now_ns, SECOND)
        self.publisher.publish(Clock(clock=Time(sec=sec, nanosec=nanosec)))


def test_silence_is_not_counted_while_the_ros_clock_stands_still(graph: Graph) -> None:
    node = graph.start(use_sim_time=True, watchdog__timeout_s=1.0, diagnostics__period=0.1)
    listener, clock = Listener(graph), SimulatedClock(graph)
    node_time = NodeTime(node)

    def begun() -> bool:
        clock.tick()
        return not node_time.waits_for_clock

    assert graph.spin_until(begun)
    began_s = node_time.now_s()
    # Paused for longer than the timeout: nobody publishes an image, and that is no fault.
    end_s = time.monotonic() + 1.5
    graph.spin_until(lambda: time.monotonic() > end_s)
    assert "cause" not in listener.values
    assert node_time.now_s() - began_s < 1.0

    def blamed() -> bool:
        clock.tick()
        return listener.values.get("cause") == "no_publisher"

    assert graph.spin_until(blamed)


def test_a_clock_that_never_begins_is_named(graph: Graph) -> None:
    graph.start(use_sim_time=True, watchdog__timeout_s=2.0, diagnostics__period=0.1)
    camera, listener = Camera(graph), Listener(graph)
    camera.wait()
    sent: list[int] = []

    def named() -> bool:
        # One frame after the other: silence would have another cause.
        if len(listener.images) == len(sent):
            sent.append(T0 + len(sent) * 50 * MS)
            camera.send(sent[-1])
        return listener.values.get("cause") == "no_clock"

    assert graph.spin_until(named)
    assert listener.values["age_ms_p50"] == "nan"
