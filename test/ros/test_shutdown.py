"""Errors of rclpy count while its context is valid."""

from __future__ import annotations

import pytest
from ros_graph import Graph
from sensor_msgs.msg import Image

from bridgenet_ros.ros.shutdown import UntilShutdown


def test_errors_pass_while_ros_runs(graph: Graph) -> None:
    with pytest.raises(RuntimeError, match="of the code"), UntilShutdown(graph.context):
        raise RuntimeError("of the code")


def test_what_fails_with_the_context_is_let_go(graph: Graph) -> None:
    publisher = graph.peer.create_publisher(Image, "a", 1)
    graph.context.shutdown()
    with pytest.raises(RuntimeError):
        publisher.get_subscription_count()
    with UntilShutdown(graph.context):
        publisher.get_subscription_count()
    with pytest.raises(ValueError, match="other"), UntilShutdown(graph.context):
        raise ValueError("other")
