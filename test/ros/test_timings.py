from __future__ import annotations

import pytest

pytest.importorskip("rclpy")
from diagnostic_msgs.msg import DiagnosticArray
from frames import make_result
from ros_graph import Graph, status_of_a_frame

from bridgenet_ros.interface import TIMINGS
from bridgenet_ros.output_config import OutputQosConfig
from bridgenet_ros.ros import qos
from bridgenet_ros.ros.frame_status import FrameStatusOutput
from bridgenet_ros.ros.messages import stamp_to_ns
from bridgenet_ros.ros.publishers import Publishers
from bridgenet_ros.ros.timings import FRAME, timing_values

RESULT = make_result(
    stamp_ns=1_700_000_000_000_000_007, timings_ms={"prepare": 0.5, "engine": 12.3456}
)


def test_milliseconds_come_by_stage_with_the_stamp(graph: Graph) -> None:
    received: list[DiagnosticArray] = []
    publishers = Publishers(graph.peer)
    output = FrameStatusOutput(publishers, TIMINGS, OutputQosConfig(), FRAME, timing_values)
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
    publishers.destroy()


def test_the_node_says_what_its_engine_took(graph: Graph) -> None:
    assert float(status_of_a_frame(graph, TIMINGS)["engine"]) > 0
