"""The subscriptions to colour, depth and colour's calibration; pairing by policy.

Where message_filters is installed the images come through its Subscriber, and its two
synchronisers can replace ours (`sync.policy`). They call back while holding their lock, so the
callback only decodes and leaves the frame in the mailbox.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from bridgenet_ros.config import NodeConfig
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.interface import DEPTH_IMAGE, RAW, RGB_IMAGE, RGB_INFO
from bridgenet_ros.ros.filter_sync import FilterSync, Source, Synchronizer
from bridgenet_ros.ros.input_topic import InputTopic, Request

try:
    import message_filters
except ImportError:  # only a ROS installation has it
    message_filters = None

AnyImage: TypeAlias = Image | CompressedImage
ImageCallback = Callable[[AnyImage], None]

FOLLOW_PERIOD_S = 0.5
"""How often `ImageInputs.follow` is to be called."""
IDLE = "idle: nobody subscribes to an output, so images are not received (input.lazy)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Callbacks:
    """What the inputs call: single images with ``nearest``, pairs with the other policies."""

    color: ImageCallback
    depth: ImageCallback
    pair: Callable[[AnyImage, AnyImage], None]
    jump: Callable[[], None]
    """Those other policies have seen time go back."""
    drop: Callable[[str], None]
    """Told why they have left an image out."""
    info: Callable[[CameraInfo], None]


class ImageInputs:
    """Subscribes to the images and colour's calibration; `follow` their publishers now and then.

    Raises:
        ConfigError: the policy needs message_filters and it is not installed, or a
            ``qos_overrides`` parameter has a value that cannot be.
    """

    def __init__(
        self, node: Node, config: NodeConfig, callbacks: Callbacks, now_s: Callable[[], float]
    ) -> None:
        sync = config.sync
        if sync.policy != "nearest" and message_filters is None:
            raise ConfigError(
                f"sync.policy is {sync.policy!r}, which needs message_filters, and that is not "
                "installed; install ros-$ROS_DISTRO-message-filters or use 'nearest'"
            )
        self._node = node
        self._sync = sync
        self._callbacks = callbacks
        self.color = _image_topic(node, RGB_IMAGE, config.rgb_image_transport, config, now_s)
        self.depth = _image_topic(node, DEPTH_IMAGE, config.depth_image_transport, config, now_s)
        self.info = InputTopic(node, RGB_INFO, CameraInfo, depth=config.input.depth, now_s=now_s)
        self._topics = (self.color, self.depth, self.info)
        self._subscriptions: list[Any] = []
        self._requests: list[Request] = []
        self._open()

    @property
    def reliability(self) -> tuple[str, str]:
        """What the subscriptions to colour and depth have asked for."""
        return self.color.reliability, self.depth.reliability

    @property
    def idle(self) -> bool:
        """True while nothing is subscribed to."""
        return not self._subscriptions

    def follow(self, *, wanted: bool) -> str:
        """Subscribe anew where the publishers' offer has changed, to nothing while not ``wanted``.

        Returns what was done, in words; empty for nothing.
        """
        if not wanted and self.idle:
            return ""
        if wanted and not self.idle and [t.wanted for t in self._topics] == self._requests:
            return ""
        self.close()
        if not wanted:
            return IDLE
        self._open()
        color, depth = self.reliability
        return f"subscribed to colour as {color}, to depth as {depth}"

    def close(self) -> None:
        """Destroy the subscriptions."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._subscriptions.clear()

    def _open(self) -> None:
        self._requests = [topic.wanted for topic in self._topics]
        color, depth, info = (
            topic.subscription_arguments(request)
            for topic, request in zip(self._topics, self._requests, strict=True)
        )
        self._subscribe(self.info, info, self._callbacks.info)
        if message_filters is None:
            self._subscribe(self.color, color, self._callbacks.color)
            self._subscribe(self.depth, depth, self._callbacks.depth)
            return
        filters = []
        for topic, arguments in ((self.color, color), (self.depth, depth)):
            made = message_filters.Subscriber(self._node, topic.kind, topic.topic, **arguments)
            made.registerCallback(topic.count)
            filters.append(made)
        self._subscriptions += [f.sub for f in filters]
        take_color, take_depth = self._takers()
        color_filter, depth_filter = filters
        color_filter.registerCallback(take_color)
        depth_filter.registerCallback(take_depth)

    def _subscribe(
        self, topic: InputTopic, arguments: dict[str, Any], callback: Callable[[Any], None]
    ) -> None:
        def receive(message: Any) -> None:  # noqa: ANN401 - the topic's kind
            topic.count(message)
            callback(message)

        self._subscriptions.append(
            self._node.create_subscription(topic.kind, topic.topic, receive, **arguments)
        )

    def _takers(self) -> tuple[ImageCallback, ImageCallback]:
        """What takes colour and depth, by policy."""
        call, sync = self._callbacks, self._sync
        if sync.policy == "nearest":
            return call.color, call.depth

        def make(sources: list[Source]) -> Synchronizer:
            exact = sync.policy == "exact"
            made: Synchronizer = (
                message_filters.TimeSynchronizer(sources, sync.queue_size)
                if exact
                else message_filters.ApproximateTimeSynchronizer(
                    sources, sync.queue_size, sync.slop
                )
            )
            return made

        renewed = FilterSync(
            make, sync.slop_ns, on_pair=call.pair, on_jump=call.jump, on_drop=call.drop
        )
        return renewed.color, renewed.depth


def _image_topic(
    node: Node, base: str, transport: str, config: NodeConfig, now_s: Callable[[], float]
) -> InputTopic:
    return InputTopic(
        node,
        base,
        Image if transport == RAW else CompressedImage,
        transport=transport,
        reliability=config.input.qos,
        depth=config.input.depth,
        now_s=now_s,
    )
