"""Fixed transforms between frames, from /tf_static.

Where tf2_ros is installed its buffer and listener are used. PyPI has neither it nor the message
of /tf_static; with that message alone the topic is read here.
"""

from __future__ import annotations

from typing import Any, Protocol

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.time import Time

from bridgenet_ros.errors import FrameError
from bridgenet_ros.interface import TF_STATIC
from bridgenet_ros.registration.static_transforms import StaticTransforms
from bridgenet_ros.rigid_transform import RigidTransform, transform_of_message

try:
    import tf2_ros
except ImportError:  # only a ROS installation has it
    tf2_ros = None
try:
    from tf2_msgs.msg import TFMessage
except ImportError:
    TFMessage = None

LATCHED = QoSProfile(
    depth=100,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)
"""What was published before is delivered too."""


class Transforms(Protocol):
    """A source of transforms that listens until it is closed."""

    def lookup(self, target: str, source: str) -> RigidTransform | None:
        """Takes points of ``source`` to ``target``; None while it is not known.

        Raises:
            FrameError: ``calibration``, what was published is no transform.
        """
        ...

    def close(self) -> None:
        """Stop listening."""
        ...


class BufferTransforms:
    """tf2_ros's buffer, filled by its own listener."""

    def __init__(self, node: Node) -> None:
        self._buffer: Any = tf2_ros.Buffer()
        self._listener: Any = tf2_ros.TransformListener(self._buffer, node)

    def lookup(self, target: str, source: str) -> RigidTransform | None:
        """See `Transforms`."""
        latest = Time()
        if not self._buffer.can_transform(target, source, latest):
            return None
        stamped = self._buffer.lookup_transform(target, source, latest)
        return transform_of_message(stamped.transform)

    def close(self) -> None:
        """See `Transforms`."""
        self._listener.unregister()


class TopicTransforms:
    """A subscription to /tf_static."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._known = StaticTransforms()
        self._subscription = node.create_subscription(
            TFMessage, TF_STATIC, self._on_message, LATCHED
        )

    def lookup(self, target: str, source: str) -> RigidTransform | None:
        """See `Transforms`."""
        return self._known.lookup(target, source)

    def close(self) -> None:
        """See `Transforms`."""
        self._node.destroy_subscription(self._subscription)

    def _on_message(self, message: Any) -> None:  # noqa: ANN401 - the type may not be installed
        for stamped in message.transforms:
            parent, child = stamped.header.frame_id, stamped.child_frame_id
            try:
                self._known.add(parent, child, transform_of_message(stamped.transform))
            except FrameError as error:
                self._node.get_logger().warning(f"/tf_static from {child} to {parent}: {error}")


def is_available() -> bool:
    """Whether /tf_static can be read here."""
    return tf2_ros is not None or TFMessage is not None


def open_transforms(node: Node) -> Transforms | None:
    """Listen to transforms; None where nothing is installed that can read them."""
    if tf2_ros is not None:
        return BufferTransforms(node)
    return TopicTransforms(node) if TFMessage is not None else None
