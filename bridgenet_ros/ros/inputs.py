"""The two image subscriptions: QoS that follows the publisher, pairing by policy.

Where message_filters is installed the images come through its Subscriber, and its two
synchronisers can replace ours (`sync.policy`). They call back while holding their lock, so the
callback only decodes and leaves the frame in the mailbox.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rclpy.node import Node
from sensor_msgs.msg import Image

from bridgenet_ros.config import InputConfig, SyncConfig
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.interface import DEPTH_IMAGE, RGB_IMAGE
from bridgenet_ros.ros import qos

try:
    import message_filters
except ImportError:  # only a ROS installation has it
    message_filters = None

ImageCallback = Callable[[Image], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Callbacks:
    """What the inputs call: single images with ``nearest``, pairs with the other policies."""

    color: ImageCallback
    depth: ImageCallback
    pair: Callable[[Image, Image], None]


class ImageInputs:
    """Subscribes to colour and depth; `refresh` follows publishers that come, go or change.

    Raises:
        ConfigError: the policy needs message_filters and it is not installed.
    """

    def __init__(
        self, node: Node, config: InputConfig, sync: SyncConfig, callbacks: Callbacks
    ) -> None:
        if sync.policy != "nearest" and message_filters is None:
            raise ConfigError(
                f"sync.policy is {sync.policy!r}, which needs message_filters, and that is not "
                "installed; install ros-$ROS_DISTRO-message-filters or use 'nearest'"
            )
        self._node = node
        self._config = config
        self._sync = sync
        self._callbacks = callbacks
        self._topics = (RGB_IMAGE, DEPTH_IMAGE)
        self._subscriptions: list[Any] = []
        self.reliability: tuple[str, ...] = ()
        self._open()

    def refresh(self) -> bool:
        """Subscribe anew where the publishers' offer has changed; True when it did."""
        if self._wanted() == self.reliability:
            return False
        self.close()
        self._open()
        return True

    def close(self) -> None:
        """Destroy the subscriptions."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._subscriptions.clear()

    def _wanted(self) -> tuple[str, ...]:
        if self._config.qos != "auto":
            return (self._config.qos,) * len(self._topics)
        return tuple(
            qos.matching_reliability(
                self._node.get_publishers_info_by_topic(self._node.resolve_topic_name(topic))
            )
            for topic in self._topics
        )

    def _open(self) -> None:
        self.reliability = self._wanted()
        profiles = [qos.profile(r, self._config.depth) for r in self.reliability]
        if message_filters is None:
            callbacks = (self._callbacks.color, self._callbacks.depth)
            self._subscriptions = [
                self._node.create_subscription(Image, topic, callback, profile)
                for topic, callback, profile in zip(self._topics, callbacks, profiles, strict=True)
            ]
            return
        filters = [
            message_filters.Subscriber(self._node, Image, topic, qos_profile=profile)
            for topic, profile in zip(self._topics, profiles, strict=True)
        ]
        self._subscriptions = [f.sub for f in filters]
        self._connect(filters)

    def _connect(self, filters: list[Any]) -> None:
        color, depth = filters
        match self._sync.policy:
            case "approximate":
                synchronizer = message_filters.ApproximateTimeSynchronizer(
                    filters, self._sync.queue_size, self._sync.slop
                )
                synchronizer.registerCallback(self._callbacks.pair)
            case "exact":
                synchronizer = message_filters.TimeSynchronizer(filters, self._sync.queue_size)
                synchronizer.registerCallback(self._callbacks.pair)
            case _:
                color.registerCallback(self._callbacks.color)
                depth.registerCallback(self._callbacks.depth)
