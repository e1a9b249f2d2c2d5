"""The two image subscriptions: QoS that follows the publisher, pairing by policy.

Where message_filters is installed the images come through its Subscriber, and its two
synchronisers can replace ours (`sync.policy`). They call back while holding their lock, so the
callback only decodes and leaves the frame in the mailbox.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from rclpy.node import Node
from sensor_msgs.msg import CompressedImage, Image

from bridgenet_ros.config import NodeConfig
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.interface import DEPTH_IMAGE, RAW, RGB_IMAGE, transport_topic
from bridgenet_ros.ros import qos

try:
    import message_filters
except ImportError:  # only a ROS installation has it
    message_filters = None

AnyImage: TypeAlias = Image | CompressedImage
ImageCallback = Callable[[AnyImage], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Callbacks:
    """What the inputs call: single images with ``nearest``, pairs with the other policies."""

    color: ImageCallback
    depth: ImageCallback
    pair: Callable[[AnyImage, AnyImage], None]


class ImageInputs:
    """Subscribes to colour and depth; `refresh` follows publishers that come, go or change.

    Raises:
        ConfigError: the policy needs message_filters and it is not installed.
    """

    def __init__(self, node: Node, config: NodeConfig, callbacks: Callbacks) -> None:
        sync = config.sync
        if sync.policy != "nearest" and message_filters is None:
            raise ConfigError(
                f"sync.policy is {sync.policy!r}, which needs message_filters, and that is not "
                "installed; install ros-$ROS_DISTRO-message-filters or use 'nearest'"
            )
        self._node = node
        self._config = config.input
        self._sync = sync
        self._callbacks = callbacks
        transports = (config.rgb_image_transport, config.depth_image_transport)
        self._topics = [
            _topic(node, base, transport)
            for base, transport in zip((RGB_IMAGE, DEPTH_IMAGE), transports, strict=True)
        ]
        self._types = [Image if transport == RAW else CompressedImage for transport in transports]
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
                self._node.create_subscription(*subscription)
                for subscription in zip(self._types, self._topics, callbacks, profiles, strict=True)
            ]
            return
        filters = [
            message_filters.Subscriber(self._node, kind, topic, qos_profile=profile)
            for kind, topic, profile in zip(self._types, self._topics, profiles, strict=True)
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


def _topic(node: Node, base: str, transport: str) -> str:
    """A remapping of the base topic moves its transports too, as with image_transport."""
    return base if transport == RAW else transport_topic(node.resolve_topic_name(base), transport)
