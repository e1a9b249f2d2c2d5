"""Results to ROS messages; stamps to nanoseconds."""

from __future__ import annotations

from array import array
from copy import deepcopy

from builtin_interfaces.msg import Time
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, PointCloud2, PointField
from std_msgs.msg import Header

from bridgenet_ros.calibration import describes, for_image
from bridgenet_ros.compressed_codec import CompressedPayload
from bridgenet_ros.image_codec import ImagePayload
from bridgenet_ros.point_cloud import CloudPayload

NANOSECONDS = 1_000_000_000


def stamp_to_ns(stamp: Time) -> int:
    """Nanoseconds since the epoch of the stamp's clock."""
    return int(stamp.sec) * NANOSECONDS + int(stamp.nanosec)


def header(stamp_ns: int, frame_id: str) -> Header:
    """A header with exactly this stamp."""
    sec, nanosec = divmod(stamp_ns, NANOSECONDS)
    return Header(stamp=Time(sec=sec, nanosec=nanosec), frame_id=frame_id)


def image_message(payload: ImagePayload, head: Header) -> Image:
    """An Image around the payload's bytes, copied once."""
    message = Image(
        header=head,
        height=payload.height,
        width=payload.width,
        encoding=payload.encoding,
        is_bigendian=payload.is_bigendian,
        step=payload.step,
    )
    message.data = _bytes(payload.data)
    return message


def compressed_message(payload: CompressedPayload, head: Header) -> CompressedImage:
    """A CompressedImage around the payload's bytes, copied once."""
    message = CompressedImage(header=head, format=payload.format)
    message.data = _bytes(payload.data)
    return message


def cloud_message(payload: CloudPayload, head: Header) -> PointCloud2:
    """A PointCloud2 around the payload's bytes, copied once."""
    message = PointCloud2(
        header=head,
        height=payload.height,
        width=payload.width,
        fields=[
            PointField(name=name, offset=number * 4, datatype=PointField.FLOAT32, count=1)
            for number, name in enumerate(payload.fields)
        ],
        is_bigendian=payload.is_bigendian,
        point_step=payload.point_step,
        row_step=payload.row_step,
        is_dense=payload.is_dense,
    )
    message.data = _bytes(payload.data)
    return message


def _bytes(data: bytes | memoryview) -> array[int]:
    """The bytes as an ``array.array``, which alone takes the short path of a message's setter.

    Any other type is checked element by element, which takes a hundred times as long.
    """
    copied = array("B")
    copied.frombytes(data)
    return copied


def camera_info_message(color_info: CameraInfo, head: Header, size: tuple[int, int]) -> CameraInfo:
    """The calibration of an image of ``size`` (width, height) that shows what colour shows.

    Verbatim where it is colour's own size, binning and ROI included; otherwise scaled.

    Raises:
        FrameError: ``calibration``, the info is of another image.
    """
    if not describes(color_info, *size):
        c = for_image(color_info, *size)
        return CameraInfo(
            header=head,
            width=c.width,
            height=c.height,
            distortion_model=c.distortion_model,
            d=c.d,
            k=c.k,
            r=c.r,
            p=c.p,
        )
    message = deepcopy(color_info)
    message.header = head
    return message
