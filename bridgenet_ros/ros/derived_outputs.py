"""What is made of super-resolved depth for others: points, preview, sources.

Each is made only while someone subscribes to it.
"""

from __future__ import annotations

from sensor_msgs.msg import CameraInfo, CompressedImage, Image, PointCloud2

from bridgenet_ros.calibration import for_image
from bridgenet_ros.compressed_codec import encode_compressed_color
from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import DepthResult, RgbdFrame
from bridgenet_ros.image_codec import encode_picture
from bridgenet_ros.interface import COMPRESSED, POINTS, PREVIEW_IMAGE, SOURCE_IMAGE, transport_topic
from bridgenet_ros.output_config import OutputQosConfig, PointsConfig, PreviewConfig
from bridgenet_ros.point_cloud import CloudMaker
from bridgenet_ros.preview import draw_preview
from bridgenet_ros.provenance import source_mask
from bridgenet_ros.rate_limit import RateLimit
from bridgenet_ros.ros.messages import cloud_message, compressed_message, header, image_message
from bridgenet_ros.ros.publishers import Publishers, heard

LOG_EVERY_S = 5.0


class PointsOutput:
    """The point cloud."""

    def __init__(self, publishers: Publishers, q: OutputQosConfig) -> None:
        self._node = publishers.node
        self._publisher = publishers.create(PointCloud2, POINTS, q)
        self._make = CloudMaker()
        self.limit = RateLimit()

    @property
    def wanted(self) -> bool:
        """True while anyone subscribes."""
        return heard(self._publisher)

    def publish(
        self,
        frame: RgbdFrame,
        result: DepthResult,
        config: PointsConfig,
        color_info: CameraInfo | None,
    ) -> None:
        """The cloud of this frame, if it is wanted and due."""
        if not config.enable or not self.wanted:
            return
        if not self.limit.admit(result.stamp_ns, config.rate):
            return
        if color_info is None:
            self._warn("colour has no camera info yet")
            return
        height, width = result.sr_m.shape
        try:
            cloud = self._make(
                result.sr_m,
                for_image(color_info, width, height).intrinsics(),
                frame.rgb if config.color else None,
                stride=config.stride,
                ordered=config.ordered,
            )
        except FrameError as error:
            self._warn(str(error))
            return
        self._publisher.publish(cloud_message(cloud, header(result.stamp_ns, result.frame_id)))

    def _warn(self, reason: str) -> None:
        self._node.get_logger().warning(
            f"no cloud on {self._publisher.topic_name}: {reason}",
            throttle_duration_sec=LOG_EVERY_S,
        )


class PreviewOutput:
    """The coloured picture, raw and as JPEG."""

    def __init__(self, publishers: Publishers, q: OutputQosConfig) -> None:
        self._raw = publishers.create(Image, PREVIEW_IMAGE, q)
        # Of the resolved name: a remapping of the image moves it too.
        topic = transport_topic(publishers.node.resolve_topic_name(PREVIEW_IMAGE), COMPRESSED)
        self._jpeg = publishers.create(CompressedImage, topic, q)
        self.limit = RateLimit()

    @property
    def wanted(self) -> bool:
        """True while anyone subscribes to either."""
        return heard(self._raw, self._jpeg)

    def publish(self, frame: RgbdFrame, result: DepthResult, config: PreviewConfig) -> None:
        """The picture of this frame, if it is wanted and due."""
        raw, jpeg = heard(self._raw), heard(self._jpeg)
        if not (raw or jpeg) or not self.limit.admit(result.stamp_ns, config.rate):
            return
        picture = draw_preview(
            frame.rgb,
            result.sensor_m,
            result.sr_m,
            near_m=config.min_depth,
            far_m=config.max_depth,
        )
        head = header(result.stamp_ns, result.frame_id)
        if raw:
            self._raw.publish(image_message(encode_picture(picture), head))
        if jpeg:
            payload = encode_compressed_color(picture[..., ::-1], "jpeg")
            self._jpeg.publish(compressed_message(payload, head))


class SourceOutput:
    """The mask that says where each pixel's depth comes from."""

    def __init__(self, publishers: Publishers, q: OutputQosConfig) -> None:
        self._publisher = publishers.create(Image, SOURCE_IMAGE, q)

    @property
    def wanted(self) -> bool:
        """True while anyone subscribes."""
        return heard(self._publisher)

    def publish(self, result: DepthResult) -> None:
        """The mask of this frame, if it is wanted."""
        if self.wanted:
            payload = encode_picture(source_mask(result))
            head = header(result.stamp_ns, result.frame_id)
            self._publisher.publish(image_message(payload, head))
