"""One input topic: a QoS that follows its publishers, a meter, and what is known about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_policy_name_from_kind

from bridgenet_ros.interface import RAW, transport_topic
from bridgenet_ros.ros import qos
from bridgenet_ros.ros.messages import stamp_to_ns
from bridgenet_ros.stream_meter import StreamMeter
from bridgenet_ros.watchdog import InputFacts, Mismatch

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Request:
    """What a subscription asks its publishers for, before `qos_overrides`."""

    reliability: str
    durability: DurabilityPolicy


class InputTopic:
    """Says how to subscribe to a topic; whoever does so reports each message to `count`.

    Args:
        node: subscribes.
        base: the topic before remapping.
        kind: message class.
        transport: image_transport's name; the topic is below the base's with others than raw.
        reliability: ``reliable``, ``best_effort``, or ``auto``: what the publishers offer.
        depth: of the queue.
        now_s: when messages arrive, on a clock that never goes back.

    Raises:
        ConfigError: a ``qos_overrides`` parameter has a value that the policy does not have.
    """

    def __init__(
        self,
        node: Node,
        base: str,
        kind: Any,  # noqa: ANN401 - message classes have no common type
        *,
        transport: str = RAW,
        reliability: str = AUTO,
        depth: int,
        now_s: Callable[[], float],
    ) -> None:
        self.base = base
        self.kind = kind
        # Of the resolved name: a remapping of the base topic moves its transports too, as with
        # image_transport.
        below = transport != RAW
        self.topic = transport_topic(node.resolve_topic_name(base), transport) if below else base
        self.meter = StreamMeter()
        self._node = node
        self._reliability = reliability
        self._depth = depth
        self._now_s = now_s
        self._overriding = qos.overriding(node, self.topic, "subscription")
        self._profile: QoSProfile | None = None
        self._refused_policy = ""
        self._unframed = False

    @property
    def wanted(self) -> Request:
        """What matches the publishers that there are now."""
        offers = self._offers()
        fixed = self._reliability
        return Request(
            qos.matching_reliability(offers) if fixed == AUTO else fixed,
            qos.matching_durability(offers),
        )

    @property
    def reliability(self) -> str:
        """What the subscription has asked for, overrides included."""
        return self._profile.reliability.name.lower() if self._profile else ""

    def subscription_arguments(self, request: Request) -> dict[str, Any]:
        """Keyword arguments of ``create_subscription``."""
        # rclpy writes the overrides into the profile.
        self._profile = qos.profile(request.reliability, self._depth, request.durability)
        self._refused_policy = ""
        return {
            "qos_profile": self._profile,
            "event_callbacks": SubscriptionEventCallbacks(incompatible_qos=self._on_incompatible),
            "qos_overriding_options": self._overriding,
        }

    def count(self, message: Any) -> None:  # noqa: ANN401
        """A message has arrived."""
        self.meter.add(stamp_to_ns(message.header.stamp), self._now_s())
        self._unframed = not message.header.frame_id

    def facts(self, now_s: float) -> InputFacts:
        """What is known at ``now_s`` of the same clock."""
        offers = self._offers()
        expected = type_name(self.kind)
        fitting = [offer for offer in offers if offer.topic_type == expected]
        if not fitting:
            self._refused_policy = ""  # whoever offered too little has gone
        return InputFacts(
            name=self.base,
            topic=self._node.resolve_topic_name(self.topic),
            type=expected,
            offered_types=tuple(offer.topic_type for offer in offers),
            mismatches=self._mismatches(fitting),
            candidates=() if fitting else self._candidates(expected),
            messages=self.meter.count,
            rate_hz=self.meter.rate_hz(now_s),
            silent_s=self.meter.silent_s(now_s),
            unstamped=bool(self.meter.stamps_ns) and self.meter.stamps_ns[-1] == 0,
            unframed=self._unframed,
        )

    def _offers(self) -> list[Any]:
        name = self._node.resolve_topic_name(self.topic)
        return list(self._node.get_publishers_info_by_topic(name))

    def _mismatches(self, fitting: list[Any]) -> tuple[Mismatch, ...]:
        if self._profile is None:
            return ()
        found = qos.mismatches(fitting, self._profile)
        if not found and self._refused_policy and self.meter.count == 0:
            # The graph shows no reason, yet the middleware has said so.
            return (Mismatch(policy=self._refused_policy, offered="", requested="more"),)
        return found

    def _candidates(self, expected: str) -> tuple[str, ...]:
        node = self._node
        us = node.get_name(), node.get_namespace()
        own = {name for name, _ in node.get_publisher_names_and_types_by_node(*us)}
        own |= {name for name, _ in node.get_subscriber_names_and_types_by_node(*us)}
        return tuple(
            name
            for name, types in node.get_topic_names_and_types()
            if expected in types and name not in own and node.count_publishers(name) > 0
        )[:3]

    def _on_incompatible(self, event: Any) -> None:  # noqa: ANN401
        self._refused_policy = qos_policy_name_from_kind(event.last_policy_kind).lower()


def type_name(kind: Any) -> str:  # noqa: ANN401
    """The ROS name of a message class, such as ``sensor_msgs/msg/Image``."""
    package, folder, _ = kind.__module__.split(".", 2)
    return f"{package}/{folder}/{kind.__name__}"
