"""Publishers that are removed together."""

from __future__ import annotations

import pytest
from rclpy.qos import ReliabilityPolicy
from ros_graph import Graph
from sensor_msgs.msg import Image

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.output_config import OutputQosConfig
from bridgenet_ros.ros.publishers import Publishers, heard


def test_they_are_as_configured_and_go_together(graph: Graph) -> None:
    publishers = Publishers(graph.peer)
    before = len(list(graph.peer.publishers))
    config = OutputQosConfig(reliability="best_effort", depth=3)
    for _ in range(2):
        made = [publishers.create(Image, topic, config) for topic in ("a", "b")]
        assert [p.topic_name for p in made] == ["/a", "/b"]
        (offer,) = graph.peer.get_publishers_info_by_topic("/a")
        assert offer.qos_profile.reliability == ReliabilityPolicy.BEST_EFFORT
        publishers.destroy()
        assert len(list(graph.peer.publishers)) == before


def test_what_was_made_before_a_refusal_goes_too(graph: Graph) -> None:
    node = graph.node(**{"qos_overrides./b.publisher.depth": 0})
    publishers = Publishers(node)
    before = len(list(node.publishers))
    publishers.create(Image, "a", OutputQosConfig())
    with pytest.raises(ConfigError, match="depth is 0"):
        publishers.create(Image, "b", OutputQosConfig())
    publishers.destroy()
    assert len(list(node.publishers)) == before


def test_one_subscriber_of_any_is_enough(graph: Graph) -> None:
    publishers = Publishers(graph.peer)
    first, second = (publishers.create(Image, t, OutputQosConfig()) for t in ("a", "b"))
    assert not heard(first, second)
    graph.peer.create_subscription(Image, "b", lambda _: None, 5)
    assert graph.spin_until(lambda: heard(first, second))
    assert not heard(first)
