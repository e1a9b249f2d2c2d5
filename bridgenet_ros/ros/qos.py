"""QoS of our topics, and what a subscription must ask for to match its publishers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from rcl_interfaces.msg import ParameterDescriptor
from rclpy.node import Node
from rclpy.qos import (
    DurabilityPolicy,
    HistoryPolicy,
    QoSPolicyKind,
    QoSProfile,
    ReliabilityPolicy,
)
from rclpy.qos_overriding_options import QoSOverridingOptions

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.watchdog import Mismatch

RELIABILITY = {
    "reliable": ReliabilityPolicy.RELIABLE,
    "best_effort": ReliabilityPolicy.BEST_EFFORT,
}
OVERRIDABLE: dict[QoSPolicyKind, tuple[str, ...]] = {
    QoSPolicyKind.HISTORY: ("keep_last", "keep_all"),
    QoSPolicyKind.DEPTH: (),
    QoSPolicyKind.RELIABILITY: ("reliable", "best_effort"),
    QoSPolicyKind.DURABILITY: ("volatile", "transient_local"),
}
"""Policies that ``qos_overrides`` may set, and the values of those that are named."""


class Offer(Protocol):
    """The part of rclpy's TopicEndpointInfo that matters here."""

    qos_profile: QoSProfile


def profile(
    reliability: str, depth: int, durability: DurabilityPolicy = DurabilityPolicy.VOLATILE
) -> QoSProfile:
    """Keep-last, with ``reliable`` or ``best_effort``."""
    return QoSProfile(
        reliability=RELIABILITY[reliability],
        durability=durability,
        history=HistoryPolicy.KEEP_LAST,
        depth=depth,
    )


def matching_reliability(offers: Iterable[Offer]) -> str:
    """What a subscription asks for so that every one of the publishers matches it.

    Reliable only when there is a publisher and all of them are reliable: a best-effort
    subscription matches everybody, a reliable one no best-effort publisher.
    """
    offered = [offer.qos_profile.reliability for offer in offers]
    all_reliable = bool(offered) and all(r == ReliabilityPolicy.RELIABLE for r in offered)
    return "reliable" if all_reliable else "best_effort"


def matching_durability(offers: Iterable[Offer]) -> DurabilityPolicy:
    """What a subscription asks for so that it hears what every latched publisher has kept.

    Transient local only when there is a publisher and all of them are: a volatile subscription
    matches everybody, a transient local one no volatile publisher.
    """
    offered = [offer.qos_profile.durability for offer in offers]
    all_latched = bool(offered) and all(d == DurabilityPolicy.TRANSIENT_LOCAL for d in offered)
    return DurabilityPolicy.TRANSIENT_LOCAL if all_latched else DurabilityPolicy.VOLATILE


def mismatches(offers: Iterable[Offer], requested: QoSProfile) -> tuple[Mismatch, ...]:
    """Why no publisher matches the request; empty where one does, or where there is none.

    Only the policies that we ever ask for more than the least of are compared.
    """
    found = [_mismatches(offer.qos_profile, requested) for offer in offers]
    return () if not all(found) else next(iter(found), ())


def _mismatches(offered: QoSProfile, requested: QoSProfile) -> tuple[Mismatch, ...]:
    pairs: list[tuple[str, Any, Any]] = []
    if (offered.reliability, requested.reliability) == (
        ReliabilityPolicy.BEST_EFFORT,
        ReliabilityPolicy.RELIABLE,
    ):
        pairs.append(("reliability", offered.reliability, requested.reliability))
    if (offered.durability, requested.durability) == (
        DurabilityPolicy.VOLATILE,
        DurabilityPolicy.TRANSIENT_LOCAL,
    ):
        pairs.append(("durability", offered.durability, requested.durability))
    return tuple(
        Mismatch(policy=policy, offered=o.name.lower(), requested=r.name.lower())
        for policy, o, r in pairs
    )


def overriding(node: Node, topic: str, entity: str) -> QoSOverridingOptions:
    """The policies of a topic for which ``qos_overrides.TOPIC.ENTITY.POLICY`` has a value.

    rclpy applies them when the entity is created. Those without a value are left out: rclpy would
    declare them read-only with the first profile, and a subscription could then not follow its
    publisher.

    Args:
        node: holds the parameters.
        topic: before remapping.
        entity: ``publisher`` or ``subscription``.

    Raises:
        ConfigError: a value that the policy does not have.
    """
    prefix = f"qos_overrides.{node.resolve_topic_name(topic)}.{entity}."
    return QoSOverridingOptions(
        [
            policy
            for policy, choices in OVERRIDABLE.items()
            if _is_set(node, prefix + policy.name.lower(), choices)
        ]
    )


def _is_set(node: Node, name: str, choices: tuple[str, ...]) -> bool:
    if node.has_parameter(name):  # rclpy keeps what it has declared
        return True
    value = node.declare_parameter(name, None, ParameterDescriptor(dynamic_typing=True)).value
    node.undeclare_parameter(name)
    if value is None:
        return False
    if choices and value not in choices:
        raise ConfigError(f"{name} is {value!r}; expected one of {', '.join(choices)}")
    if not choices and (type(value) is not int or value < 1):
        raise ConfigError(f"{name} is {value!r}; expected an integer of 1 or more")
    return True
