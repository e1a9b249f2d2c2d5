"""Everything that the node publishes of a frame; super-resolved and estimated depth themselves."""

from __future__ import annotations

from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header

from bridgenet_ros.compressed_codec import encode_compressed_depth
from bridgenet_ros.config import NodeConfig
from bridgenet_ros.depth_units import from_metres
from bridgenet_ros.errors import FrameError
from bridgenet_ros.estimate_fit import fit_facts
from bridgenet_ros.frame import DepthResult, FloatArray, RgbdFrame
from bridgenet_ros.image_codec import encode_depth
from bridgenet_ros.interface import (
    COMPRESSED_DEPTH,
    MDE_FIT,
    MDE_IMAGE,
    MDE_INFO,
    SR_IMAGE,
    SR_INFO,
    TIMINGS,
    transport_topic,
)
from bridgenet_ros.output_config import OutputConfig
from bridgenet_ros.ros.derived_outputs import (
    LOG_EVERY_S,
    PointsOutput,
    PreviewOutput,
    SourceOutput,
)
from bridgenet_ros.ros.frame_status import FrameStatusOutput
from bridgenet_ros.ros.messages import (
    camera_info_message,
    compressed_message,
    header,
    image_message,
)
from bridgenet_ros.ros.publishers import Publishers, heard
from bridgenet_ros.ros.timings import FRAME, timing_values

ESTIMATE = "estimate"
"""End of the name of the status that says how an estimate was fitted."""


class DepthOutput:
    """An image topic, its compressedDepth if that is on, and its sibling camera_info."""

    def __init__(
        self, publishers: Publishers, image_topic: str, info_topic: str, config: OutputConfig
    ) -> None:
        node = self._node = publishers.node
        self._codec = config.compressed_depth
        self._image = publishers.create(Image, image_topic, config.qos)
        self._info = publishers.create(CameraInfo, info_topic, config.qos)
        self._publishers = [self._image, self._info]
        self._compressed = None
        if self._codec != "off":
            # Of the resolved name: a remapping of the image moves it too.
            topic = transport_topic(node.resolve_topic_name(image_topic), COMPRESSED_DEPTH)
            self._compressed = publishers.create(CompressedImage, topic, config.qos)
            self._publishers.append(self._compressed)

    @property
    def wanted(self) -> bool:
        """True while anyone subscribes to any of the topics."""
        return heard(*self._publishers)

    def publish(
        self,
        depth_m: FloatArray,
        result: DepthResult,
        encoding: str,
        color_info: CameraInfo | None,
    ) -> None:
        """The image, and the colour calibration where it is known, with the result's stamp."""
        head = header(result.stamp_ns, result.frame_id)
        depth = from_metres(depth_m, encoding)
        payload = encode_depth(depth)
        # Info first: a consumer that waits for the image then has both.
        if color_info is not None:
            self._publish_info(color_info, head, (payload.width, payload.height))
        self._image.publish(image_message(payload, head))
        if self._compressed is not None and heard(self._compressed):
            compressed = encode_compressed_depth(depth, self._codec)
            self._compressed.publish(compressed_message(compressed, head))

    def _publish_info(self, color_info: CameraInfo, head: Header, size: tuple[int, int]) -> None:
        try:
            self._info.publish(camera_info_message(color_info, head, size))
        except FrameError as error:
            self._node.get_logger().warning(
                f"depth is published without its camera_info: {error}",
                throttle_duration_sec=LOG_EVERY_S,
            )


class Outputs:
    """Both depth outputs of the node and what is derived from them.

    Args:
        publishers: make all that is needed.
        config: as the node is configured; the encoding is each frame's own.

    Raises:
        ConfigError: a ``qos_overrides`` parameter has a value that cannot be.
    """

    def __init__(self, publishers: Publishers, config: OutputConfig) -> None:
        self._sr = DepthOutput(publishers, SR_IMAGE, SR_INFO, config)
        self._mde = DepthOutput(publishers, MDE_IMAGE, MDE_INFO, config)
        self._source = SourceOutput(publishers, config.qos)
        self._points = PointsOutput(publishers, config.qos)
        self._preview = PreviewOutput(publishers, config.qos)
        self._timings = FrameStatusOutput(publishers, TIMINGS, config.qos, FRAME, timing_values)
        self._fit = FrameStatusOutput(publishers, MDE_FIT, config.qos, ESTIMATE, _fit_values)
        depths, frames = (self._sr, self._mde), (self._fit, self._timings)
        self._all = (*depths, *frames, self._source, self._points, self._preview)

    @property
    def wanted(self) -> bool:
        """True while anyone subscribes to anything of this."""
        return any(output.wanted for output in self._all)

    @property
    def estimate_wanted(self) -> bool:
        """True while anyone subscribes to the estimated depth."""
        return self._mde.wanted

    def publish(
        self,
        frame: RgbdFrame,
        result: DepthResult,
        config: NodeConfig,
        color_info: CameraInfo | None,
    ) -> None:
        """Everything that the result holds, and what is wanted of the rest; depth first."""
        encoding = config.output.encoding
        self._sr.publish(result.sr_m, result, encoding, color_info)
        if result.mde_m is not None:
            self._mde.publish(result.mde_m, result, encoding, color_info)
        self._fit.publish(result)
        self._timings.publish(result)
        self._points.publish(frame, result, config.points, color_info)
        self._source.publish(result)
        self._preview.publish(frame, result, config.preview)

    def reset(self) -> None:
        """Publish the next cloud and preview whenever they come."""
        self._points.limit.reset()
        self._preview.limit.reset()


def _fit_values(result: DepthResult) -> dict[str, str]:
    return {} if result.fit is None else fit_facts(result.fit)
