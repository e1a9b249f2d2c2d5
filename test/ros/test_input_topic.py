"""What is known about one input topic."""

from __future__ import annotations

from time import monotonic

from rclpy.qos import QoSProfile, ReliabilityPolicy
from ros_graph import Graph, color_message
from sensor_msgs.msg import CompressedImage, Image

from bridgenet_ros.ros.input_topic import InputTopic, type_name
from bridgenet_ros.watchdog import Mismatch

BEST_EFFORT = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)


def test_type_names() -> None:
    assert type_name(Image) == "sensor_msgs/msg/Image"
    assert type_name(CompressedImage) == "sensor_msgs/msg/CompressedImage"


def test_transports_lie_below_the_resolved_topic(graph: Graph) -> None:
    made = InputTopic(
        graph.peer, "rgb/image", CompressedImage, transport="compressed", depth=5, now_s=monotonic
    )
    assert made.topic == "/rgb/image/compressed"
    assert made.facts(monotonic()).topic == "/rgb/image/compressed"


def test_messages_are_metered(graph: Graph) -> None:
    made = InputTopic(graph.peer, "rgb/image", Image, depth=5, now_s=monotonic)
    made.count(color_message(7))
    made.count(color_message(0))
    facts = made.facts(monotonic())
    assert (facts.messages, facts.unstamped, facts.offered_types) == (2, True, ())


def test_the_middleware_says_which_policy_does_not_match(graph: Graph) -> None:
    made = InputTopic(
        graph.peer, "rgb/image", Image, reliability="reliable", depth=5, now_s=monotonic
    )
    publisher = graph.peer.create_publisher(Image, "rgb/image", BEST_EFFORT)
    graph.peer.create_subscription(
        Image, made.topic, made.count, **made.subscription_arguments(made.wanted)
    )
    assert graph.spin_until(lambda: made._refused_policy == "reliability")
    facts = made.facts(monotonic())
    assert facts.mismatches == (
        Mismatch(policy="reliability", offered="best_effort", requested="reliable"),
    )
    graph.peer.destroy_publisher(publisher)
    assert graph.spin_until(lambda: not made.facts(monotonic()).offered_types)
    assert made._refused_policy == ""


def test_images_without_a_frame_are_noticed(graph: Graph) -> None:
    made = InputTopic(graph.peer, "rgb/image", Image, depth=5, now_s=monotonic)
    assert not made.facts(monotonic()).unframed  # nothing came
    for frame_id, unframed in (("", True), ("camera", False)):
        made.count(color_message(7, frame_id))
        assert made.facts(monotonic()).unframed == unframed
