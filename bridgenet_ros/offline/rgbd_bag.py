"""Writes colour, depth and their calibrations as the topics that the node reads."""

from __future__ import annotations

import numpy as np
from rosbags.interfaces import Connection

from bridgenet_ros.compressed_codec import encode_compressed_color, encode_compressed_depth
from bridgenet_ros.depth_units import from_metres
from bridgenet_ros.frame import FloatArray, UInt8Array
from bridgenet_ros.image_codec import encode_color, encode_depth
from bridgenet_ros.interface import (
    COMPRESSED,
    COMPRESSED_DEPTH,
    DEPTH_IMAGE,
    DEPTH_INFO,
    RAW,
    RGB_IMAGE,
    RGB_INFO,
    transport_topic,
)
from bridgenet_ros.offline.bag_topics import output_topic
from bridgenet_ros.offline.bag_writer import BagWriter
from bridgenet_ros.offline.camera_model import CameraModel, info_message
from bridgenet_ros.offline.image_messages import AnyImage
from bridgenet_ros.offline.messages import (
    CAMERA_INFO_TYPE,
    COMPRESSED_TYPE,
    IMAGE_TYPE,
    make_compressed_image,
    make_header,
    make_image,
)

FRAME_ID = "camera_color_optical_frame"


class RgbdBag:
    """The input topics of the node in a recording; depth lies in the colour view.

    Args:
        writer: an open recording.
        camera: the colour camera; depth has the same one at its own size.
        compress: colour's file format, png or jpeg, with depth in compressedDepth as PNG; None
            writes both raw.
        encoding: of raw depth, 16UC1 or 32FC1; compressed depth is 16UC1.
        frame_id: of every message.
    """

    def __init__(
        self,
        writer: BagWriter,
        camera: CameraModel,
        *,
        compress: str | None = None,
        encoding: str = "16UC1",
        frame_id: str = FRAME_ID,
    ) -> None:
        self._writer = writer
        self._compress = compress
        self._encoding = encoding if compress is None else "16UC1"
        self._camera = camera
        self._frame_id = frame_id
        self._color = self._declare(RGB_IMAGE, RGB_INFO, COMPRESSED)
        self._depth = self._declare(DEPTH_IMAGE, DEPTH_INFO, COMPRESSED_DEPTH)

    def write(
        self,
        rgb: UInt8Array,
        depth_m: FloatArray,
        *,
        stamp_ns: int,
        depth_stamp_ns: int | None = None,
    ) -> None:
        """Write one frame, each message at the time of its stamp.

        Args:
            rgb: (H, W, 3) uint8, red first; becomes rgb8.
            depth_m: (h, w) float32 metres, 0 or NaN where invalid.
            stamp_ns: time of the colour image.
            depth_stamp_ns: time of the depth image; None is the same.
        """
        depth_stamp_ns = stamp_ns if depth_stamp_ns is None else depth_stamp_ns
        # Millimetres have no NaN; zero is their invalid.
        depth = from_metres(np.where(depth_m > 0, depth_m, np.float32("nan")), self._encoding)
        color_header = make_header(stamp_ns, self._frame_id)
        depth_header = make_header(depth_stamp_ns, self._frame_id)
        color_image: AnyImage
        depth_image: AnyImage
        if self._compress is None:
            color_image = make_image(encode_color(rgb), color_header)
            depth_image = make_image(encode_depth(depth), depth_header)
        else:
            packed = encode_compressed_color(rgb, self._compress)
            color_image = make_compressed_image(packed, color_header)
            depth_image = make_compressed_image(encode_compressed_depth(depth, "png"), depth_header)
        self._write(self._color, color_image, rgb.shape, stamp_ns)
        self._write(self._depth, depth_image, depth.shape, depth_stamp_ns)

    def _declare(self, image: str, info: str, transport: str) -> tuple[Connection, Connection]:
        chosen = RAW if self._compress is None else transport
        msgtype = IMAGE_TYPE if chosen == RAW else COMPRESSED_TYPE
        return (
            self._writer.add_topic(output_topic("", transport_topic(image, chosen)), msgtype),
            self._writer.add_topic(output_topic("", info), CAMERA_INFO_TYPE),
        )

    def _write(
        self,
        topics: tuple[Connection, Connection],
        image: AnyImage,
        shape: tuple[int, ...],
        stamp_ns: int,
    ) -> None:
        calibration = self._camera.calibration.scaled(shape[1], shape[0])
        self._writer.write(topics[0], stamp_ns, image)
        self._writer.write(topics[1], stamp_ns, info_message(calibration, image.header))
