"""The publishers of a configured node: made as configured, removed together."""

from __future__ import annotations

from typing import Any

from rclpy.node import Node
from rclpy.publisher import Publisher

from bridgenet_ros.output_config import OutputQosConfig
from bridgenet_ros.ros import qos


class Publishers:
    """Knows what it has made, also where something failed on the way.

    Args:
        node: publishes.
    """

    def __init__(self, node: Node) -> None:
        self.node = node
        self._made: list[Publisher[Any]] = []

    def create(self, kind: Any, topic: str, config: OutputQosConfig) -> Publisher[Any]:  # noqa: ANN401
        """A volatile publisher as configured, and as ``qos_overrides`` of its topic have it.

        Raises:
            ConfigError: as with `qos.overriding`.
        """
        made = self.node.create_publisher(
            kind,
            topic,
            # One for each publisher: rclpy writes the overrides into it.
            qos.profile(config.reliability, config.depth),
            qos_overriding_options=qos.overriding(self.node, topic, "publisher"),
        )
        self._made.append(made)
        return made

    def destroy(self) -> None:
        """Remove them all; more can be made afterwards."""
        while self._made:
            self.node.destroy_publisher(self._made.pop())


def heard(*publishers: Publisher[Any]) -> bool:
    """Whether anyone subscribes to any of them."""
    return any(p.get_subscription_count() > 0 for p in publishers)
