"""Image messages to numpy and back, without a copy on reading and without any ROS import.

The field names are those of ``sensor_msgs/Image``. rclpy messages, rosbags messages and small
test doubles all have them, so one codec serves the live node, the bag reader and the tests.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from bridgenet_ros import color_formats
from bridgenet_ros.depth_units import UINT16_MAX
from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import DepthArray, UInt8Array

ByteBuffer: TypeAlias = "array[int] | bytes | bytearray | memoryview | npt.NDArray[np.uint8]"


class ImageLike(Protocol):
    """What the codec reads of a ``sensor_msgs/Image``."""

    @property
    def height(self) -> int:
        """Rows."""

    @property
    def width(self) -> int:
        """Columns."""

    @property
    def encoding(self) -> str:
        """A name of ``sensor_msgs/image_encodings``."""

    @property
    def is_bigendian(self) -> int | bool:
        """Byte order of the data."""

    @property
    def step(self) -> int:
        """Bytes from one row to the next."""

    @property
    def data(self) -> ByteBuffer:
        """The rows, ``step * height`` bytes."""


Fallback: TypeAlias = Callable[[ImageLike, str], npt.NDArray[Any]]
"""Decodes what this module cannot: (message, wanted encoding) -> array, or raises FrameError."""

_CHANNELS = {"rgb": 3, "bgr": 3, "rgba": 4, "bgra": 4, "mono": 1} | {
    f"bayer_{pattern}": 1 for pattern in color_formats.BAYER_PATTERNS
}
_YUV422 = {"uyvy": False, "yuv422": False, "yuyv": True, "yuv422_yuy2": True}  # luma first?
_YUV420 = {"nv12": True, "nv21": False}  # U first?

COLOR_ENCODINGS = (*(f"{name}{bits}" for bits in (8, 16) for name in _CHANNELS), *_YUV422, *_YUV420)
"""Accepted colour encodings."""

_BYTE = np.dtype(np.uint8)

DEPTH_DTYPES = {"16UC1": "u2", "mono16": "u2", "32FC1": "f4"}
"""Accepted depth encodings and the type of one pixel, without its byte order."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ImagePayload:
    """The fields of an image message but for its header.

    Attributes:
        height: rows.
        width: columns.
        encoding: as in ``sensor_msgs/image_encodings``.
        is_bigendian: byte order of the data, 0 or 1.
        step: bytes from one row to the next.
        data: the pixels, flat unsigned bytes; it keeps the encoded array alive.
    """

    height: int
    width: int
    encoding: str
    is_bigendian: int
    step: int
    data: memoryview


def decode_color(msg: ImageLike, fallback: Fallback | None = None) -> UInt8Array:
    """The colour image, red first whatever the encoding; Bayer and YUV alone are converted.

    Of 16-bit samples the higher byte is taken. All others are views of the message's bytes.

    Args:
        msg: an image in one of `COLOR_ENCODINGS`.
        fallback: called as ``fallback(msg, "rgb8")`` for any other encoding.

    Returns:
        (H, W, 3) uint8 in the order red, green, blue; perhaps read-only or with odd strides.

    Raises:
        FrameError: ``encoding``, ``size``, ``step`` or ``truncated``.
    """
    encoding = msg.encoding
    if encoding not in COLOR_ENCODINGS:
        if fallback is None:
            raise _unknown_encoding(encoding, "colour", COLOR_ENCODINGS)
        return _checked_color(msg, fallback(msg, "rgb8"))
    if encoding in _YUV422:
        luma_first = _YUV422[encoding]
        return color_formats.from_yuv422(_view(msg, _BYTE, 2), luma_first=luma_first)
    if encoding in _YUV420:
        color_formats.check_even(msg.height, "height")
        rows = _view(msg, _BYTE, 1, rows=msg.height * 3 // 2)
        return color_formats.from_yuv420(rows[..., 0], u_first=_YUV420[encoding])
    return order_channels(_high_bytes(msg), encoding.rstrip("0123456789"))


def order_channels(samples: UInt8Array, layout: str) -> UInt8Array:
    """Red, green and blue from the samples of a pixel.

    Args:
        samples: (H, W, C) uint8.
        layout: what the samples are, such as ``bgra``, ``mono`` or ``bayer_rggb``.

    Returns:
        (H, W, 3) uint8, red first; a view but for Bayer.

    Raises:
        FrameError: ``size``, too few pixels for Bayer.
    """
    if layout.startswith("bayer_"):
        return color_formats.demosaic(samples[..., 0], layout.removeprefix("bayer_"))
    if layout == "mono":
        return np.broadcast_to(samples, (*samples.shape[:2], 3))
    return samples[..., 2::-1] if layout.startswith("bgr") else samples[..., :3]


def decode_depth(msg: ImageLike, fallback: Fallback | None = None) -> DepthArray:
    """The depth image, a view of the message's bytes unless their byte order is foreign.

    Args:
        msg: an image in one of `DEPTH_DTYPES`.
        fallback: called as ``fallback(msg, "passthrough")`` for any other encoding; it may
            return integers (raw units, negative becomes 0) or floats (metres).

    Returns:
        (h, w) uint16 for the integer encodings, float32 for 32FC1, in this machine's byte order.

    Raises:
        FrameError: ``encoding``, ``size``, ``step`` or ``truncated``.
    """
    encoding = msg.encoding
    if encoding not in DEPTH_DTYPES:
        if fallback is None:
            raise _unknown_encoding(encoding, "depth", tuple(DEPTH_DTYPES))
        return _checked_depth(msg, fallback(msg, "passthrough"))
    dtype = np.dtype((">" if msg.is_bigendian else "<") + DEPTH_DTYPES[encoding])
    pixels = _view(msg, dtype, 1)[..., 0]
    return pixels if dtype.isnative else pixels.astype(dtype.newbyteorder("="))


def encode_depth(depth: DepthArray) -> ImagePayload:
    """A depth image as the fields of a message; copies only what is not contiguous.

    Args:
        depth: (H, W) float32 metres, which becomes 32FC1, or uint16 millimetres, 16UC1.

    Raises:
        FrameError: ``encoding`` for another dtype, ``size`` for an empty or non-planar array.
    """
    encoding = {"float32": "32FC1", "uint16": "16UC1"}.get(depth.dtype.name)
    if encoding is None:
        raise FrameError(
            "encoding", f"depth to encode has dtype {depth.dtype}; expected float32 or uint16"
        )
    if depth.ndim != 2:
        raise FrameError("size", f"depth to encode has shape {depth.shape}; expected (H, W)")
    return _payload(depth, encoding)


def encode_color(rgb: UInt8Array) -> ImagePayload:
    """A colour image, (H, W, 3) uint8 red first, as the fields of an rgb8 message.

    Raises:
        FrameError: ``encoding`` for another dtype, ``size`` for an empty or another shape.
    """
    if rgb.dtype != np.uint8:
        raise FrameError("encoding", f"colour to encode has dtype {rgb.dtype}; expected uint8")
    if rgb.ndim != 3 or rgb.shape[2] != 3:
        raise FrameError("size", f"colour to encode has shape {rgb.shape}; expected (H, W, 3)")
    return _payload(rgb, "rgb8")


def encode_picture(pixels: UInt8Array) -> ImagePayload:
    """A picture as OpenCV has it: (H, W, 3) blue first becomes bgr8, (H, W) mono8.

    Raises:
        FrameError: ``encoding`` for another dtype, ``size`` for an empty or another shape.
    """
    if pixels.dtype != np.uint8:
        raise FrameError("encoding", f"picture has dtype {pixels.dtype}; expected uint8")
    encoding = {(): "mono8", (3,): "bgr8"}.get(pixels.shape[2:]) if pixels.ndim > 1 else None
    if encoding is None:
        raise FrameError("size", f"picture has shape {pixels.shape}; expected (H, W) or (H, W, 3)")
    return _payload(pixels, encoding)


def _payload(pixels: npt.NDArray[Any], encoding: str) -> ImagePayload:
    if pixels.size == 0:
        raise FrameError("size", f"image to encode has shape {pixels.shape}; expected pixels")
    native = np.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder("="))
    height, width = native.shape[:2]
    return ImagePayload(
        height=height,
        width=width,
        encoding=encoding,
        is_bigendian=int(sys.byteorder == "big"),
        step=native.nbytes // height,
        data=native.reshape(-1).view(np.uint8).data,
    )


def _high_bytes(msg: ImageLike) -> UInt8Array:
    """(H, W, C) uint8: the samples, or the higher byte of each."""
    encoding = msg.encoding
    if encoding.endswith("16"):
        higher = 0 if msg.is_bigendian else 1
        return _view(msg, _BYTE, 2 * _CHANNELS[encoding[:-2]])[..., higher::2]
    return _view(msg, _BYTE, _CHANNELS[encoding[:-1]])


def _view(
    msg: ImageLike, dtype: np.dtype[Any], channels: int, rows: int | None = None
) -> npt.NDArray[Any]:
    """The message's bytes as (rows, width, channels), after checking that they are there."""
    height, width, step = msg.height, msg.width, msg.step
    if height == 0 or width == 0:
        raise FrameError("size", f"image is {width}x{height}; expected at least one pixel")
    row_bytes = width * channels * dtype.itemsize
    if step < row_bytes:
        raise FrameError(
            "step",
            f"step is {step}; expected at least {row_bytes} for width {width} in {msg.encoding}",
        )
    rows = height if rows is None else rows
    raw = np.frombuffer(msg.data, np.uint8)
    if raw.size < rows * step:
        raise FrameError(
            "truncated",
            f"data has {raw.size} bytes; expected {rows * step} ({rows} rows of step {step})",
        )
    strides = (step, channels * dtype.itemsize, dtype.itemsize)
    pixels: npt.NDArray[Any] = np.ndarray((rows, width, channels), dtype, raw, strides=strides)
    return pixels


def _unknown_encoding(encoding: str, role: str, accepted: tuple[str, ...]) -> FrameError:
    return FrameError(
        "encoding",
        f"{encoding!r} given as {role}; accepted {role} encodings: {', '.join(accepted)}",
    )


def _checked_color(msg: ImageLike, pixels: npt.NDArray[Any]) -> UInt8Array:
    if pixels.shape != (msg.height, msg.width, 3) or pixels.dtype != np.uint8:
        raise FrameError(
            "encoding",
            f"{msg.encoding!r} given as colour was converted to {pixels.dtype} {pixels.shape}; "
            f"expected uint8 ({msg.height}, {msg.width}, 3)",
        )
    return pixels


def _checked_depth(msg: ImageLike, pixels: npt.NDArray[Any]) -> DepthArray:
    if pixels.shape == (msg.height, msg.width):
        if pixels.dtype.kind == "f":
            return pixels.astype(np.float32, copy=False)
        # Eight bits hold a picture of depth, never depth.
        if pixels.dtype.kind in "iu" and pixels.dtype.itemsize > 1:
            counts: DepthArray = np.clip(pixels, 0, UINT16_MAX).astype(np.uint16)
            return counts
    raise FrameError(
        "encoding",
        f"{msg.encoding!r} given as depth was converted to {pixels.dtype} {pixels.shape}; "
        f"expected one channel of 16 bits or more, ({msg.height}, {msg.width})",
    )
