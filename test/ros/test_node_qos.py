"""``qos_overrides`` of the node's inputs and outputs."""

from __future__ import annotations

import pytest
from rclpy.qos import QoSProfile, ReliabilityPolicy
from ros_graph import Camera, Graph

from bridgenet_ros.ros.node import BridgeNetNode


def offered(node: BridgeNetNode, topic: str) -> QoSProfile:
    (offer,) = node.get_publishers_info_by_topic(topic)
    return offer.qos_profile


def test_qos_overrides_change_one_topic_in_every_life_of_the_node(graph: Graph) -> None:
    node = graph.start(
        **{
            "qos_overrides./sr/depth/image.publisher.reliability": "best_effort",
            "qos_overrides./depth/image.subscription.reliability": "best_effort",
        }
    )
    for _ in range(2):
        sr = offered(node, "/sr/depth/image")
        assert sr.reliability == ReliabilityPolicy.BEST_EFFORT
        info = offered(node, "/sr/depth/camera_info")
        assert info.reliability == ReliabilityPolicy.RELIABLE
        assert node.trigger_deactivate().name == "SUCCESS"
        assert node.trigger_cleanup().name == "SUCCESS"
        assert node.trigger_configure().name == "SUCCESS"
        assert node.trigger_activate().name == "SUCCESS"
    Camera(graph, "RELIABLE")
    assert graph.spin_until(lambda: node._active.inputs.reliability == ("reliable", "best_effort"))


@pytest.mark.parametrize(
    ("entity", "configured", "activated"),
    [
        ("/sr/depth/image.publisher", "FAILURE", ""),
        ("/rgb/image.subscription", "SUCCESS", "FAILURE"),
    ],
)
def test_impossible_qos_override_is_refused(
    graph: Graph, entity: str, configured: str, activated: str
) -> None:
    node = graph.node(**{f"qos_overrides.{entity}.reliability": "sometimes"})
    assert node.trigger_configure().name == configured
    if activated:
        assert node.trigger_activate().name == activated
    else:
        assert node._pipeline is None


@pytest.mark.parametrize("topic", ["/sr/depth/camera_info", "/preview"])
def test_publishers_before_the_refused_one_are_removed(graph: Graph, topic: str) -> None:
    node = graph.node(**{f"qos_overrides.{topic}.publisher.reliability": "sometimes"})
    before = len(list(node.publishers))
    for _ in range(2):
        assert node.trigger_configure().name == "FAILURE"
        assert len(list(node.publishers)) == before
        assert node.count_publishers("/sr/depth/image") == 0
