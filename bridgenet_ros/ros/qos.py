"""QoS of our topics, and what a subscription must ask for to match its publishers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy

RELIABILITY = {
    "reliable": ReliabilityPolicy.RELIABLE,
    "best_effort": ReliabilityPolicy.BEST_EFFORT,
}


class Offer(Protocol):
    """The part of rclpy's TopicEndpointInfo that matters here."""

    qos_profile: QoSProfile


def profile(reliability: str, depth: int) -> QoSProfile:
    """Keep-last, volatile, with ``reliable`` or ``best_effort``."""
    return QoSProfile(
        reliability=RELIABILITY[reliability],
        durability=DurabilityPolicy.VOLATILE,
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
