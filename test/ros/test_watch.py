"""Each missing or wrong input, in turn, is named in the log and on /diagnostics."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import fields
from typing import cast

import numpy as np
import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from ros_graph import (
    HEIGHT,
    WIDTH,
    Camera,
    Graph,
    color_message,
    depth_message,
    make_header,
)
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_srvs.srv import SetBool

from bridgenet_ros.config import NodeConfig, with_values
from bridgenet_ros.errors import EngineError
from bridgenet_ros.output_record import OutputRecord
from bridgenet_ros.ros.inputs import Callbacks, ImageInputs
from bridgenet_ros.ros.node_time import NodeTime
from bridgenet_ros.ros.watch import Watch

T0 = 1_700_000_000_000_000_000
SECOND = 1_000_000_000
SPACING_S = 0.05
SOON = {"watchdog__timeout_s": 0.5, "diagnostics__period": 0.1}
GOOD = np.full((6, 8), 1500, np.uint16)


class Feed:
    """Sends what is asked for every 50 ms, and keeps the newest report on the inputs."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.publishers: dict[str, object] = {}
        self.sending: set[str] = set()
        self.depth = GOOD
        self.color_frame = self.depth_frame = "camera_color_optical_frame"
        self.depth_offset_ns = 0
        self._sent_s = 0.0
        self._began_s = time.monotonic()
        self.status: DiagnosticStatus | None = None
        graph.peer.create_subscription(DiagnosticArray, "/diagnostics", self._on_report, 10)

    def advertise(self, topic: str, kind: type) -> None:
        """Publish nothing yet."""
        self.publishers[topic] = self.graph.peer.create_publisher(kind, topic, 5)

    def advertise_all(self) -> None:
        """The three topics of a camera, all of them sending."""
        for topic, kind in (
            ("rgb/image", Image),
            ("depth/image", Image),
            ("rgb/camera_info", CameraInfo),
        ):
            self.advertise(topic, kind)
            self.sending.add(topic)

    def until(self, cause: str, topic: str = "") -> DiagnosticStatus:
        """Feed until the report blames this topic for this cause; none: until all is well."""

        def reported() -> bool:
            self._send()
            if self.status is None:
                return False
            values = self.values()
            return (values.get("cause", ""), values.get("topic", "")) == (cause, topic)

        assert self.graph.spin_until(reported), self.status
        assert self.status is not None
        return self.status

    def values(self) -> dict[str, str]:
        """The newest report as a mapping."""
        assert self.status is not None
        return {kv.key: kv.value for kv in self.status.values}

    def _send(self) -> None:
        now_s = time.monotonic()
        if now_s - self._sent_s < SPACING_S:
            return
        self._sent_s = now_s
        stamp = T0 + int((now_s - self._began_s) * SECOND)
        messages = {
            "rgb/image": color_message(stamp, self.color_frame),
            "depth/image": depth_message(
                stamp + self.depth_offset_ns, self.depth, self.depth_frame
            ),
            "rgb/camera_info": CameraInfo(
                header=make_header(stamp), width=WIDTH, height=HEIGHT, k=[50.0] * 9
            ),
        }
        for topic in self.sending:
            self.publishers[topic].publish(messages[topic])  # type: ignore[attr-defined]

    def _on_report(self, report: DiagnosticArray) -> None:
        found = [s for s in report.status if s.name == "bridgenet: inputs"]
        self.status = found[0] if found else None


class ByHand:
    """The time that a test sets."""

    waits_for_clock = False

    def __init__(self, now_s: float) -> None:
        self.seconds = now_s

    def now_s(self) -> float:
        return self.seconds


@pytest.mark.parametrize("begun_s", [0.0, 0.4, 0.99])
@pytest.mark.parametrize("timeout_s", [1.0, 5.0])
def test_the_word_comes_within_the_timeout(
    graph: Graph, capfd: pytest.CaptureFixture[str], timeout_s: float, begun_s: float
) -> None:
    node, hand = graph.peer, ByHand(100.0)
    config = with_values(NodeConfig(), {"watchdog.timeout_s": timeout_s})
    callbacks = Callbacks(**{f.name: lambda *_: None for f in fields(Callbacks)})
    inputs = ImageInputs(node, config, callbacks, hand.now_s)
    record = OutputRecord(hand.now_s())
    watch = Watch(
        node,
        inputs,
        record,
        config=lambda: config,
        enabled=lambda: True,
        busy_s=lambda: 0.0,
        time=cast("NodeTime", hand),
        clock=node.get_clock(),
    )
    period_s = watch._timer.timer_period_ns / SECOND
    hand.seconds += begun_s * period_s  # after the look before
    record.output(hand.seconds)
    silent_from_s = hand.seconds
    hand.seconds = 100.0
    while "nobody publishes /rgb/image" not in capfd.readouterr().err:
        assert hand.seconds - silent_from_s <= timeout_s
        hand.seconds += period_s
        watch._look()
    assert timeout_s / 2 <= hand.seconds - silent_from_s <= timeout_s
    watch.close()
    inputs.close()


def test_missing_inputs_in_turn(graph: Graph, capfd: pytest.CaptureFixture[str]) -> None:
    graph.start(**SOON)
    feed = Feed(graph)
    status = feed.until("no_publisher", "/rgb/image")
    assert status.level == DiagnosticStatus.ERROR
    assert "remap rgb/image" in status.message
    feed.advertise("rgb/image", Image)
    feed.advertise("camera/depth", Image)

    def named() -> bool:
        message = feed.until("no_publisher", "/depth/image").message
        return message.endswith("sensor_msgs/msg/Image (such are /camera/depth)")

    assert graph.spin_until(named)
    feed.advertise("depth/image", Image)
    feed.until("no_message", "/rgb/image")
    feed.sending.add("rgb/image")
    feed.until("no_message", "/depth/image")
    feed.sending.add("depth/image")
    status = feed.until("no_camera_info", "/rgb/camera_info")
    assert status.level == DiagnosticStatus.WARN
    assert status.message.startswith("depth comes out without camera_info: nobody publishes")
    feed.advertise("rgb/camera_info", CameraInfo)
    feed.sending.add("rgb/camera_info")
    assert feed.until("").level == DiagnosticStatus.OK
    log = capfd.readouterr().err
    assert log.count("nobody publishes /rgb/image;") == 1
    assert log.count("nobody publishes /depth/image;") == 1
    assert log.count("[WARN]") >= 5
    # Depth came out all the time.
    assert "all is well again (it was: no_camera_info /rgb/camera_info)" in log


def test_wrong_frames_in_turn(graph: Graph, capfd: pytest.CaptureFixture[str]) -> None:
    graph.start(**SOON)
    feed = Feed(graph)
    feed.advertise_all()
    feed.depth_offset_ns = -2 * SECOND
    status = feed.until("stamps", "/depth/image")
    assert "behind colour's; stamp both by one clock" in status.message
    assert float(feed.values()["stamp_lag_s"]) == pytest.approx(-2.0, abs=0.5)
    feed.depth_offset_ns = 0
    feed.depth = np.zeros_like(GOOD)
    assert "input.depth_scale" in feed.until("all_invalid", "/depth/image").message
    feed.depth = GOOD
    feed.depth_frame = "camera_depth_optical_frame"
    assert "register.mode" in feed.until("registration", "/depth/image").message
    feed.color_frame = ""
    assert "have no frame_id" in feed.until("registration", "/rgb/image").message
    feed.depth_frame = ""
    status = feed.until("no_frame_id", "/rgb/image")
    assert status.level == DiagnosticStatus.WARN
    feed.color_frame = feed.depth_frame = "camera_color_optical_frame"
    feed.until("")
    log = capfd.readouterr().err
    assert "depth comes out again" not in log
    assert "all is well again (it was: no_frame_id /rgb/image)" in log


def test_failing_network(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    node = graph.start(**SOON)

    def fail(*_: object, **__: object) -> None:
        raise EngineError("the device has gone", "device")

    monkeypatch.setattr(node._pipeline, "submit", fail)
    feed = Feed(graph)
    feed.advertise_all()
    assert "the device has gone" in feed.until("network").message


def test_a_network_that_takes_long(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    node = graph.start(**SOON)
    ready = threading.Event()

    def compile_first(*_: object, **__: object) -> None:
        assert ready.wait(20.0)
        raise EngineError("not today", "device")

    monkeypatch.setattr(node._pipeline, "submit", compile_first)
    feed = Feed(graph)
    feed.advertise_all()
    assert "the network has been at work on one for" in feed.until("slow").message
    ready.set()
    feed.until("network")


def test_request_that_the_publisher_does_not_offer(graph: Graph) -> None:
    graph.start(**SOON, input__qos="reliable")
    feed = Feed(graph)
    Camera(graph, "BEST_EFFORT")
    message = feed.until("incompatible_qos", "/rgb/image").message
    assert "reliability best_effort, asked for is reliable; set input.qos to auto" in message


@pytest.fixture
def stranger() -> Iterator[Node]:
    """In a process's context of its own: one context cannot have two types on a topic."""
    context = Context()
    rclpy.init(context=context)
    node = Node("stranger", context=context)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    yield node
    executor.shutdown()
    node.destroy_node()
    rclpy.try_shutdown(context=context)


def test_publisher_of_another_type(graph: Graph, stranger: Node) -> None:
    graph.start(**SOON)
    feed = Feed(graph)
    feed.advertise("depth/image", Image)
    stranger.create_publisher(CompressedImage, "rgb/image", 5)
    message = feed.until("other_type", "/rgb/image").message
    assert "published as sensor_msgs/msg/CompressedImage, expected sensor_msgs/msg/Image" in message


def test_nothing_is_said_while_paused_or_switched_off(graph: Graph) -> None:
    node = graph.start(**SOON)
    feed = Feed(graph)
    feed.until("no_publisher", "/rgb/image")
    client = graph.peer.create_client(SetBool, "enable")
    assert graph.spin_until(client.service_is_ready)
    client.call_async(SetBool.Request(data=False))
    feed.until("")
    client.call_async(SetBool.Request(data=True))
    feed.until("no_publisher", "/rgb/image")
    (done,) = node.set_parameters([rclpy.Parameter("watchdog.timeout_s", value=0.0)])
    assert done.successful
    assert feed.until("").level == DiagnosticStatus.OK
