"""The publishers of super-resolved and estimated depth."""

from __future__ import annotations

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from bridgenet_ros.config import OutputQosConfig
from bridgenet_ros.depth_units import from_metres
from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import DepthResult, FloatArray
from bridgenet_ros.image_codec import encode_depth
from bridgenet_ros.interface import MDE_IMAGE, MDE_INFO, SR_IMAGE, SR_INFO
from bridgenet_ros.ros import qos
from bridgenet_ros.ros.messages import camera_info_message, header, image_message

LOG_EVERY_S = 5.0


class DepthOutput:
    """An image topic and its sibling camera_info."""

    def __init__(self, node: Node, image_topic: str, info_topic: str, q: OutputQosConfig) -> None:
        self._node = node
        profile = qos.profile(q.reliability, q.depth)
        self._image = node.create_publisher(Image, image_topic, profile)
        self._info = node.create_publisher(CameraInfo, info_topic, profile)

    @property
    def wanted(self) -> bool:
        """True while anyone subscribes to either topic."""
        return any(p.get_subscription_count() > 0 for p in (self._image, self._info))

    def publish(
        self,
        depth_m: FloatArray,
        result: DepthResult,
        encoding: str,
        color_info: CameraInfo | None,
    ) -> None:
        """The image, and the colour calibration where it is known, with the colour header."""
        head = header(result.stamp_ns, result.frame_id)
        payload = encode_depth(from_metres(depth_m, encoding))
        # Info first: a consumer that waits for the image then has both.
        if color_info is not None:
            self._publish_info(color_info, head, (payload.width, payload.height))
        self._image.publish(image_message(payload, head))

    def _publish_info(self, color_info: CameraInfo, head: Header, size: tuple[int, int]) -> None:
        try:
            self._info.publish(camera_info_message(color_info, head, size))
        except FrameError as error:
            self._node.get_logger().warning(
                f"depth is published without its camera_info: {error}",
                throttle_duration_sec=LOG_EVERY_S,
            )

    def destroy(self) -> None:
        """Remove both publishers."""
        self._node.destroy_publisher(self._image)
        self._node.destroy_publisher(self._info)


class Outputs:
    """Both depth outputs of the node."""

    def __init__(self, node: Node, q: OutputQosConfig) -> None:
        self._sr = DepthOutput(node, SR_IMAGE, SR_INFO, q)
        self._mde = DepthOutput(node, MDE_IMAGE, MDE_INFO, q)

    @property
    def estimate_wanted(self) -> bool:
        """True while anyone subscribes to the estimated depth."""
        return self._mde.wanted

    def publish(self, result: DepthResult, encoding: str, color_info: CameraInfo | None) -> None:
        """Everything that the result holds."""
        self._sr.publish(result.sr_m, result, encoding, color_info)
        if result.mde_m is not None:
            self._mde.publish(result.mde_m, result, encoding, color_info)

    def destroy(self) -> None:
        """Remove every publisher."""
        self._sr.destroy()
        self._mde.destroy()
