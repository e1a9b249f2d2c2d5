"""Writes colour, depth and their calibrations as the topics that the node reads."""

from __future__ import annotations

import numpy as np
from rosbags.interfaces import Connection

from bridgenet_ros.depth_units import from_metres
from bridgenet_ros.frame import FloatArray, UInt8Array
from bridgenet_ros.image_codec import ImagePayload, encode_color, encode_depth
from bridgenet_ros.interface import DEPTH_IMAGE, DEPTH_INFO, RGB_IMAGE, RGB_INFO
from bridgenet_ros.offline.bag_topics import output_topic
from bridgenet_ros.offline.bag_writer import BagWriter
from bridgenet_ros.offline.camera_model import CameraModel, info_message
from bridgenet_ros.offline.messages import CAMERA_INFO_TYPE, IMAGE_TYPE, make_header, make_image

FRAME_ID = "camera_color_optical_frame"


class RgbdBag:
    """The input topics of the node in a recording; depth lies in the colour view.

    Args:
        writer: an open recording.
        camera: the colour camera; depth has the same one at its own size.
        frame_id: of every message.
    """

    def __init__(self, writer: BagWriter, camera: CameraModel, *, frame_id: str = FRAME_ID) -> None:
        self._writer = writer
        self._camera = camera
        self._frame_id = frame_id
        self._color = self._declare(RGB_IMAGE, RGB_INFO)
        self._depth = self._declare(DEPTH_IMAGE, DEPTH_INFO)

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
            depth_m: (h, w) float32 metres, 0 or NaN where invalid; becomes 16UC1 millimetres.
            stamp_ns: time of the colour image.
            depth_stamp_ns: time of the depth image; None is the same.
        """
        depth_stamp_ns = stamp_ns if depth_stamp_ns is None else depth_stamp_ns
        # Millimetres have no NaN; zero is their invalid.
        depth = from_metres(np.where(depth_m > 0, depth_m, np.float32("nan")), "16UC1")
        self._write(self._color, encode_color(rgb), stamp_ns)
        self._write(self._depth, encode_depth(depth), depth_stamp_ns)

    def _declare(self, image: str, info: str) -> tuple[Connection, Connection]:
        return (
            self._writer.add_topic(output_topic("", image), IMAGE_TYPE),
            self._writer.add_topic(output_topic("", info), CAMERA_INFO_TYPE),
        )

    def _write(
        self, topics: tuple[Connection, Connection], payload: ImagePayload, stamp_ns: int
    ) -> None:
        header = make_header(stamp_ns, self._frame_id)
        calibration = self._camera.calibration.scaled(payload.width, payload.height)
        self._writer.write(topics[0], stamp_ns, make_image(payload, header))
        self._writer.write(topics[1], stamp_ns, info_message(calibration, header))
