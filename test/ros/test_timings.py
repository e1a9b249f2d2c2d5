from __future__ import annotations

import time

import numpy as np
import pytest

pytest.importorskip("rclpy")
from diagnostic_msgs.msg import DiagnosticArray
from ros_graph import Camera, Graph

from bridgenet_ros.frame import DepthResult
from bridgenet_ros.interface import TIMINGS
from bridgenet_ros.output_config import OutputQosConfig
from bridgenet_ros.ros import qos, timings
from bridgenet_ros.ros.messages import stamp_to_ns
from bridgenet_ros.ros.timings import TimingsOutput

DEPTH = np.ones((2, 2), np.float32)
RESULT = DepthResult(
    sr_m=DEPTH,
    mde_m=None,
    sensor_m=DEPTH,
    unguarded_m=DEPTH,
    stamp_ns=1_700_000_000_000_000_007,
    frame_id="camera",
    timings_ms={"prepare": 0.5, "engine": 12.3456},
)


def test_milliseconds_come_by_stage_with_the_stamp(graph: Graph) -> None:
    received: list[DiagnosticArray] = []
    output = TimingsOutput(graph.peer, OutputQosConfig())
    profile = qos.profile("reliable", 5)
    graph.peer.create_subscription(DiagnosticArray, TIMINGS, received.append, profile)

    def done() -> bool:
        output.publish(RESULT)  # again and again, until the subscription is matched
        return bool(received)

    assert graph.spin_until(done)
    assert stamp_to_ns(received[0].header.stamp) == RESULT.stamp_ns
    (status,) = received[0].status
    assert status.name == "peer: frame"
    assert {v.key: v.value for v in status.values} == {"prepare": "0.500", "engine": "12.346"}
    output.destroy()


def test_nothing_is_made_while_nobody_listens(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    monkeypatch.setattr(timings, "DiagnosticArray", lambda **_: made.append("message"))
    output = TimingsOutput.__new__(TimingsOutput)
    output._node = graph.peer
    output._publisher = graph.peer.create_publisher(DiagnosticArray, TIMINGS, 1)

    output.publish(RESULT)

    assert made == []


def test_the_node_says_what_its_engine_took(graph: Graph) -> None:
    received: list[DiagnosticArray] = []
    profile = qos.profile("reliable", 5)
    graph.peer.create_subscription(DiagnosticArray, TIMINGS, received.append, profile)
    graph.start()
    camera = Camera(graph)
    camera.wait()
    stamps: list[int] = []

    def done() -> bool:
        stamps.append(time.time_ns())
        camera.send(stamps[-1])
        return bool(received)

    assert graph.spin_until(done)
    assert stamp_to_ns(received[0].header.stamp) in stamps
    values = {v.key: float(v.value) for v in received[0].status[0].values}
    assert values["engine"] > 0
