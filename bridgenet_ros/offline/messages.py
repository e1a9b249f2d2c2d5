"""Messages as they lie in a bag: build, serialise and read them without ROS."""

from __future__ import annotations

from functools import cache
from typing import TypeAlias, TypeVar

import numpy as np
from rosbags.serde import SerdeError
from rosbags.typesys import Stores, get_typestore
from rosbags.typesys.store import Typestore
from rosbags.typesys.stores import ros2_jazzy as types

from bridgenet_ros.compressed_codec import CompressedPayload
from bridgenet_ros.errors import FrameError
from bridgenet_ros.image_codec import ImagePayload
from bridgenet_ros.realsense_recording import in_ros_terms

IMAGE_TYPE = "sensor_msgs/msg/Image"
COMPRESSED_TYPE = "sensor_msgs/msg/CompressedImage"
CAMERA_INFO_TYPE = "sensor_msgs/msg/CameraInfo"
TF_TYPE = "tf2_msgs/msg/TFMessage"

Time: TypeAlias = types.builtin_interfaces__msg__Time
Header: TypeAlias = types.std_msgs__msg__Header
Image: TypeAlias = types.sensor_msgs__msg__Image
CompressedImage: TypeAlias = types.sensor_msgs__msg__CompressedImage
CameraInfo: TypeAlias = types.sensor_msgs__msg__CameraInfo
Transforms: TypeAlias = types.tf2_msgs__msg__TFMessage
Transform: TypeAlias = types.geometry_msgs__msg__Transform
Float32: TypeAlias = types.std_msgs__msg__Float32
KeyValue: TypeAlias = types.diagnostic_msgs__msg__KeyValue
RegionOfInterest: TypeAlias = types.sensor_msgs__msg__RegionOfInterest
Message: TypeAlias = Image | CompressedImage | CameraInfo
Fact = TypeVar("Fact", Transform, Float32, KeyValue)

_NS_PER_S = 1_000_000_000


@cache
def typestore() -> Typestore:
    """The message types of ROS 2 Jazzy; those used here are the same in Kilted."""
    return get_typestore(Stores.ROS2_JAZZY)


def make_header(stamp_ns: int, frame_id: str) -> Header:
    """A header from nanoseconds; `stamp_of` gives them back bit for bit."""
    seconds, nanoseconds = divmod(stamp_ns, _NS_PER_S)
    return Header(stamp=Time(sec=seconds, nanosec=nanoseconds), frame_id=frame_id)


def stamp_of(message: Message) -> int:
    """The header's stamp in nanoseconds."""
    stamp = message.header.stamp
    return stamp.sec * _NS_PER_S + stamp.nanosec


def stamp_text(stamp_ns: int) -> str:
    """A stamp in seconds as files and lists have it, exact."""
    seconds, nanoseconds = divmod(stamp_ns, _NS_PER_S)
    return f"{seconds}.{nanoseconds:09d}"


def make_image(payload: ImagePayload, header: Header) -> Image:
    """An image message over the payload's bytes, which are not copied."""
    return Image(
        header=header,
        height=payload.height,
        width=payload.width,
        encoding=payload.encoding,
        is_bigendian=payload.is_bigendian,
        step=payload.step,
        data=np.frombuffer(payload.data, np.uint8),
    )


def make_compressed_image(payload: CompressedPayload, header: Header) -> CompressedImage:
    """A compressed image message over the payload's bytes, which are not copied."""
    return CompressedImage(
        header=header, format=payload.format, data=np.frombuffer(payload.data, np.uint8)
    )


def serialize(message: Message) -> memoryview:
    """The message as CDR."""
    return typestore().serialize_cdr(message, message.__msgtype__)


def read_image(raw: bytes) -> Image:
    """An image from CDR; its data is a view of ``raw``.

    Raises:
        FrameError: ``undecodable``, the bytes are no image message.
    """
    message = _deserialize(raw, IMAGE_TYPE)
    assert isinstance(message, Image)
    return message


def read_compressed_image(raw: bytes) -> CompressedImage:
    """A compressed image from CDR; its data is a view of ``raw``.

    Raises:
        FrameError: ``undecodable``, the bytes are no compressed image message.
    """
    message = _deserialize(raw, COMPRESSED_TYPE)
    assert isinstance(message, CompressedImage)
    return message


def read_camera_info(raw: bytes) -> CameraInfo:
    """A camera info from CDR, one of the RealSense SDK as `in_ros_terms` has it.

    Raises:
        FrameError: ``undecodable``, the bytes are no camera info message.
    """
    message = _deserialize(raw, CAMERA_INFO_TYPE)
    assert isinstance(message, CameraInfo)
    return in_ros_terms(message)


def read_transforms(raw: bytes) -> Transforms:
    """The message of /tf_static from CDR.

    Raises:
        FrameError: ``undecodable``, the bytes are no transforms.
    """
    message = _deserialize(raw, TF_TYPE)
    assert isinstance(message, Transforms)
    return message


def read_fact(raw: bytes, kind: type[Fact]) -> Fact:
    """A message of a small type from CDR.

    Raises:
        FrameError: ``undecodable``, the bytes are no such message.
    """
    message = _deserialize(raw, kind.__msgtype__)
    assert isinstance(message, kind)
    return message


def _deserialize(raw: bytes, msgtype: str) -> object:
    try:
        # Of bytes the library would copy a slice; of a view it takes a view.
        return typestore().deserialize_cdr(memoryview(raw), msgtype)
    except (SerdeError, AssertionError, IndexError) as error:
        raise FrameError(
            "undecodable", f"message of {len(raw)} bytes is no {msgtype}: {error}"
        ) from error
