"""What a subscription asks for, from what the publishers offer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, HistoryPolicy, ReliabilityPolicy
from ros_graph import Graph
from sensor_msgs.msg import Image

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.ros.qos import (
    matching_durability,
    matching_reliability,
    mismatches,
    overriding,
    profile,
)
from bridgenet_ros.watchdog import Mismatch


@pytest.mark.parametrize(
    ("offers", "wanted"),
    [
        ([], "best_effort"),
        (["RELIABLE"], "reliable"),
        (["BEST_EFFORT"], "best_effort"),
        (["RELIABLE", "RELIABLE"], "reliable"),
        (["RELIABLE", "BEST_EFFORT"], "best_effort"),
        (["UNKNOWN"], "best_effort"),
    ],
)
def test_matching_reliability(offers: list[str], wanted: str) -> None:
    infos = [
        SimpleNamespace(qos_profile=SimpleNamespace(reliability=ReliabilityPolicy[offer]))
        for offer in offers
    ]
    assert matching_reliability(infos) == wanted


def test_profile_is_volatile_and_keeps_the_last() -> None:
    made = profile("reliable", 5)
    assert made.reliability == ReliabilityPolicy.RELIABLE
    assert made.durability == DurabilityPolicy.VOLATILE
    assert (made.history, made.depth) == (HistoryPolicy.KEEP_LAST, 5)


@pytest.mark.parametrize(
    ("offers", "wanted"),
    [
        ([], "VOLATILE"),
        (["TRANSIENT_LOCAL"], "TRANSIENT_LOCAL"),
        (["TRANSIENT_LOCAL", "VOLATILE"], "VOLATILE"),
        (["UNKNOWN"], "VOLATILE"),
    ],
)
def test_matching_durability(offers: list[str], wanted: str) -> None:
    infos = [
        SimpleNamespace(qos_profile=SimpleNamespace(durability=DurabilityPolicy[offer]))
        for offer in offers
    ]
    assert matching_durability(infos) == DurabilityPolicy[wanted]


def offer(reliability: str, durability: str = "VOLATILE") -> SimpleNamespace:
    made = profile(reliability, 5, DurabilityPolicy[durability])
    return SimpleNamespace(qos_profile=made)


def test_a_publisher_that_offers_less_is_a_mismatch() -> None:
    request = profile("reliable", 5, DurabilityPolicy.TRANSIENT_LOCAL)
    assert mismatches([offer("best_effort")], request) == (
        Mismatch(policy="reliability", offered="best_effort", requested="reliable"),
        Mismatch(policy="durability", offered="volatile", requested="transient_local"),
    )


def test_one_publisher_that_matches_is_enough() -> None:
    request = profile("reliable", 5)
    assert mismatches([offer("best_effort"), offer("reliable")], request) == ()
    assert mismatches([offer("reliable", "TRANSIENT_LOCAL")], profile("best_effort", 5)) == ()
    assert mismatches([], request) == ()


@pytest.fixture
def node_with(graph: Graph) -> Iterator[Callable[..., Node]]:
    made: list[Node] = []

    def make(**overrides: object) -> Node:
        prefix = "qos_overrides./camera/image.subscription."
        parameters = [Parameter(prefix + name, value=value) for name, value in overrides.items()]
        node = Node("overridden", context=graph.context, parameter_overrides=parameters)
        made.append(node)
        return node

    yield make
    for node in made:
        node.destroy_node()


def test_only_what_is_set_is_overridden_however_often_it_is_asked(
    node_with: Callable[..., Node],
) -> None:
    node = node_with(reliability="reliable", depth=7)
    for wanted in ("best_effort", "reliable", "best_effort"):
        made = node.create_subscription(
            Image,
            "camera/image",
            lambda _: None,
            profile(wanted, 5),
            qos_overriding_options=overriding(node, "camera/image", "subscription"),
        )
        assert made.qos_profile.reliability == ReliabilityPolicy.RELIABLE
        assert made.qos_profile.depth == 7
        assert made.qos_profile.durability == DurabilityPolicy.VOLATILE
        node.destroy_subscription(made)


def test_without_overrides_nothing_is_declared(node_with: Callable[..., Node]) -> None:
    node = node_with()
    assert list(overriding(node, "camera/image", "subscription").policy_kinds) == []
    assert list(overriding(node, "camera/image", "publisher").policy_kinds) == []
    assert not any(name.startswith("qos_overrides") for name in node._parameters)


@pytest.mark.parametrize(
    ("name", "value"), [("reliability", "sometimes"), ("depth", 0), ("depth", "five")]
)
def test_an_impossible_override_is_refused(
    node_with: Callable[..., Node], name: str, value: object
) -> None:
    node = node_with(**{name: value})
    with pytest.raises(ConfigError, match=rf"image\.subscription\.{name} is {value!r}"):
        overriding(node, "camera/image", "subscription")
