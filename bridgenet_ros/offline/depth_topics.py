"""The depth images and calibrations that a processed recording gains."""

from __future__ import annotations

from typing import Protocol

from rosbags.interfaces import Connection

from bridgenet_ros.compressed_codec import encode_compressed_depth
from bridgenet_ros.depth_units import from_metres
from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import DepthArray, DepthResult, FloatArray
from bridgenet_ros.image_codec import encode_depth
from bridgenet_ros.interface import (
    COMPRESSED_DEPTH,
    MDE_IMAGE,
    MDE_INFO,
    SR_IMAGE,
    SR_INFO,
    transport_topic,
)
from bridgenet_ros.offline.bag_topics import output_topic
from bridgenet_ros.offline.camera_infos import CameraInfos
from bridgenet_ros.offline.image_messages import AnyImage
from bridgenet_ros.offline.messages import (
    CAMERA_INFO_TYPE,
    COMPRESSED_TYPE,
    IMAGE_TYPE,
    Header,
    Message,
    make_compressed_image,
    make_header,
    make_image,
)


class TopicWriter(Protocol):
    """Where topics are declared and written: a `BagWriter` or a `PartWriter`."""

    def add_topic(self, topic: str, msgtype: str) -> Connection:
        """Declare a topic."""
        ...

    def write(self, connection: Connection, time_ns: int, message: Message) -> None:
        """Write a message of a declared topic under its recording time."""
        ...


class DepthTopics:
    """The output topics of one recording.

    Args:
        writer: where the topics are declared and written.
        namespace: prefix of the names.
        estimate: whether there is estimated depth too.
        encoding: 32FC1 or 16UC1.
        compressed_depth: png or rvl writes compressedDepth in place of raw images; off does not.
        infos: colour's calibrations; without any, only images are written.

    Raises:
        ConfigError: the namespace is no ROS name.
    """

    def __init__(
        self,
        writer: TopicWriter,
        infos: CameraInfos,
        *,
        namespace: str,
        estimate: bool,
        encoding: str,
        compressed_depth: str,
    ) -> None:
        self._writer = writer
        self._infos = infos
        self._encoding = encoding
        self._codec = None if compressed_depth == "off" else compressed_depth
        self.info_problem = ""
        """Why calibrations were left out; empty when none was."""
        self._sr = self._add(namespace, SR_IMAGE, SR_INFO)
        self._mde = self._add(namespace, MDE_IMAGE, MDE_INFO) if estimate else None

    def write(self, result: DepthResult, time_ns: int) -> None:
        """Write a result's images and calibrations under one recording time."""
        self._write(self._sr, result.sr_m, result, time_ns)
        if self._mde is not None and result.mde_m is not None:
            self._write(self._mde, result.mde_m, result, time_ns)

    def _add(self, namespace: str, image: str, info: str) -> tuple[Connection, Connection | None]:
        msgtype = IMAGE_TYPE
        if self._codec is not None:
            image, msgtype = transport_topic(image, COMPRESSED_DEPTH), COMPRESSED_TYPE
        added = self._writer.add_topic(output_topic(namespace, image), msgtype)
        if not self._infos:
            return added, None
        return added, self._writer.add_topic(output_topic(namespace, info), CAMERA_INFO_TYPE)

    def _write(
        self,
        topics: tuple[Connection, Connection | None],
        depth_m: FloatArray,
        result: DepthResult,
        time_ns: int,
    ) -> None:
        header = make_header(result.stamp_ns, result.frame_id)
        image_topic, info_topic = topics
        depth = from_metres(depth_m, self._encoding)
        self._writer.write(image_topic, time_ns, self._image(depth, header))
        if info_topic is None:
            return
        try:
            info = self._infos.at(result.stamp_ns, header, (depth.shape[1], depth.shape[0]))
        except FrameError as error:
            self.info_problem = str(error)  # no calibration is better than a wrong one
        else:
            self._writer.write(info_topic, time_ns, info)

    def _image(self, depth: DepthArray, header: Header) -> AnyImage:
        if self._codec is None:
            return make_image(encode_depth(depth), header)
        return make_compressed_image(encode_compressed_depth(depth, self._codec), header)
