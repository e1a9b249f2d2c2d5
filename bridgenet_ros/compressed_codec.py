"""CompressedImage messages of image_transport to numpy and back, without any ROS import.

`compressed` is a JPEG or PNG file, whose colours image_transport states in ``format``:
``"rgb8; jpeg compressed bgr8"``. `compressedDepth` is twelve bytes of parameters and a 16-bit
image, as grey PNG or as RVL behind its width and height (two little-endian uint32); ``format`` is
``"16UC1; compressedDepth png"``. 32FC1 is quantised in inverse depth: an image value is
``a / z + b``, and 0 is NaN. Source: compressed_image_transport and
compressed_depth_image_transport of image_transport_plugins.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import DepthArray, FloatArray, UInt8Array
from bridgenet_ros.image_codec import DEPTH_DTYPES, ByteBuffer, order_channels
from bridgenet_ros.image_file import Size, check_size, decode_file, encode_file, file_size
from bridgenet_ros.rvl import compress_rvl, decompress_rvl

DEPTH_CODECS = ("png", "rvl")
"""How the 16-bit image of compressedDepth is stored; both are lossless."""

INVERSE_A = 10100.0
"""Of the 32FC1 images that we write; image_transport's own ``q (q + 1)`` for ``q = 100``.

With ``b = 0`` a depth is read back within ``z^2 / (2 a)``: 0.05 mm at 1 m, 5 mm at 10 m. Nothing
far is lost; nearer than 0.154 m is.
"""

_PARAMETERS = struct.Struct("<iff")  # ConfigHeader: format, a, b
_INVERSE_DEPTH = 0
_RVL_SIZE = struct.Struct("<II")
_UINT16_MAX = 65535

_UInt16Array = npt.NDArray[np.uint16]


class CompressedImageLike(Protocol):
    """What the codec reads of a ``sensor_msgs/CompressedImage``."""

    @property
    def format(self) -> str:
        """Encoding, transport and codec."""

    @property
    def data(self) -> ByteBuffer:
        """The file or stream."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompressedPayload:
    """The fields of a compressed image message but for its header."""

    format: str
    data: bytes


class _Format(NamedTuple):
    encoding: str
    """Of the image before compression; empty where it is not said."""
    words: tuple[str, ...]
    """Transport and codec."""


def decode_compressed_color(msg: CompressedImageLike) -> UInt8Array:
    """The colour image of a message of the `compressed` transport, red first.

    A file's own colours count, unless ``format`` says that they were compressed as ``rgb8``. A
    Bayer mosaic that was compressed as it is, is converted; of 16 bits the higher byte is taken.

    Args:
        msg: JPEG or PNG data; a ``format`` without a semicolon, such as ``"jpeg"``, will do.

    Returns:
        (H, W, 3) uint8, perhaps with odd strides.

    Raises:
        FrameError: ``encoding``, the image was depth; otherwise see `image_file.decode_file`.
    """
    encoding, words = _parse(msg.format)
    if encoding.endswith("C1"):
        raise FrameError(
            "encoding", f"format is {msg.format!r}; expected a colour image, JPEG or PNG"
        )
    target = words[-1] if len(words) > 2 else ""
    pixels = decode_file(np.frombuffer(msg.data, np.uint8))
    samples: UInt8Array = (pixels >> 8).astype(np.uint8) if pixels.dtype == np.uint16 else pixels
    if samples.ndim == 2:
        mosaic = encoding.startswith("bayer_") and not target.startswith("mono")
        layout = encoding.rstrip("0123456789") if mosaic else "mono"
        return order_channels(samples[..., None], layout)
    return order_channels(samples, "rgb" if target.startswith("rgb") else "bgr")


def encode_compressed_color(rgb: UInt8Array, kind: str) -> CompressedPayload:
    """A colour image as the fields of a `compressed` message.

    Args:
        rgb: (H, W, 3) uint8, red first.
        kind: png or jpeg, see `image_file.encode_file`.
    """
    data = encode_file(np.ascontiguousarray(rgb[..., ::-1]), kind)
    return CompressedPayload(format=f"rgb8; {kind} compressed bgr8", data=data)


def decode_compressed_depth(msg: CompressedImageLike) -> DepthArray:
    """The depth image of a message of the `compressedDepth` transport.

    Args:
        msg: PNG or RVL data behind its parameters; where ``format`` names no codec it is PNG.

    Returns:
        (h, w) uint16 for 16UC1 and mono16, float32 metres with NaN for 32FC1.

    Raises:
        FrameError: ``encoding``, the format or the image in it is none of these; ``size``,
            ``truncated`` or ``undecodable``, see `image_file.decode_file` and `decompress_rvl`.
    """
    encoding, codec = _depth_format(msg.format)
    data = np.frombuffer(msg.data, np.uint8)
    if data.size <= _PARAMETERS.size:
        raise FrameError(
            "truncated", f"compressedDepth has {data.size} bytes; expected over {_PARAMETERS.size}"
        )
    body = data[_PARAMETERS.size :]
    image = _from_rvl(body) if codec == "rvl" else _from_png(body)
    if encoding != "32FC1":
        return image
    return _metres(image, *_PARAMETERS.unpack_from(data.data))


def compressed_size(msg: CompressedImageLike) -> Size:
    """What an image of either transport promises to be; nothing is decoded.

    Raises:
        FrameError: its data promises nothing, see `image_file.file_size`.
    """
    data = np.frombuffer(msg.data, np.uint8)
    _, words = _parse(msg.format)
    if "compressedDepth" not in words:
        return file_size(data)
    body = data[_PARAMETERS.size :]
    return _rvl_size(body) if words[-1] == "rvl" else file_size(body)


def encode_compressed_depth(depth: DepthArray, codec: str) -> CompressedPayload:
    """A depth image as the fields of a `compressedDepth` message.

    Args:
        depth: (H, W) uint16 millimetres, kept exactly, or float32 metres, see `INVERSE_A`.
        codec: one of `DEPTH_CODECS`.

    Raises:
        FrameError: ``encoding`` for another dtype, ``size`` for an empty or non-planar array.
    """
    encoding = {"float32": "32FC1", "uint16": "16UC1"}.get(depth.dtype.name)
    if encoding is None:
        raise FrameError(
            "encoding", f"depth to compress has dtype {depth.dtype}; expected float32 or uint16"
        )
    if depth.ndim != 2 or depth.size == 0:
        raise FrameError("size", f"depth to compress has shape {depth.shape}; expected (H, W)")
    native = np.ascontiguousarray(depth, depth.dtype.newbyteorder("="))
    a, image = (INVERSE_A, _inverse(native)) if encoding == "32FC1" else (0.0, native)
    body = _to_rvl(image) if codec == "rvl" else encode_file(image, "png")
    return CompressedPayload(
        format=f"{encoding}; compressedDepth {codec}",
        data=_PARAMETERS.pack(_INVERSE_DEPTH, a, 0.0) + body,
    )


def _parse(text: str) -> _Format:
    encoding, semicolon, rest = text.partition(";")
    if not semicolon:
        return _Format("", (encoding.strip(),))
    return _Format(encoding.strip(), tuple(rest.split()))


def _depth_format(text: str) -> tuple[str, str]:
    """Encoding and codec; before RVL the codec went without saying."""
    encoding, words = _parse(text)
    if not encoding:
        encoding, words = words[0], ("compressedDepth",)
    transport, *codec = words or ("",)
    known = transport == "compressedDepth" and codec in ([], ["png"], ["rvl"])
    if encoding not in DEPTH_DTYPES or not known:
        raise FrameError(
            "encoding",
            f"format is {text!r}; expected one of {', '.join(DEPTH_DTYPES)}, "
            "then '; compressedDepth png' or '; compressedDepth rvl'",
        )
    return encoding, codec[0] if codec else "png"


def _from_png(body: UInt8Array) -> _UInt16Array:
    image = decode_file(body)
    if image.dtype != np.uint16 or image.ndim != 2:
        raise FrameError(
            "encoding",
            f"compressedDepth holds {image.dtype} {image.shape}; expected one channel of 16 bits",
        )
    return image


def _rvl_size(body: UInt8Array) -> Size:
    if body.size < _RVL_SIZE.size:
        raise FrameError("truncated", f"RVL data has {body.size} bytes; its size alone takes 8")
    return Size(*_RVL_SIZE.unpack_from(body.data))


def _from_rvl(body: UInt8Array) -> _UInt16Array:
    size = _rvl_size(body)
    # Runs of nothing are short in RVL, so that no number of bytes is too few; see decompress_rvl.
    check_size(size)
    pixels = decompress_rvl(body[_RVL_SIZE.size :], size.width * size.height)
    return pixels.reshape(size.height, size.width)


def _to_rvl(image: _UInt16Array) -> bytes:
    height, width = image.shape
    return _RVL_SIZE.pack(width, height) + compress_rvl(image)


def _metres(image: _UInt16Array, form: int, a: float, b: float) -> FloatArray:
    if form != _INVERSE_DEPTH or not (0 < a < math.inf) or not math.isfinite(b):
        raise FrameError(
            "encoding",
            f"compressedDepth of 32FC1 has form {form}, a {a:g}, b {b:g}; "
            f"expected form {_INVERSE_DEPTH}, a above 0, both finite",
        )
    # In float32 throughout, so that every decoder finds the same metres.
    over = image.astype(np.float32) - np.float32(b)
    valid = (image > 0) & (over > 0)
    metres = np.full(image.shape, np.nan, np.float32)
    np.divide(np.float32(a), over, out=metres, where=valid)
    return metres


def _inverse(depth_m: FloatArray) -> _UInt16Array:
    with np.errstate(divide="ignore", over="ignore"):
        values = np.rint(np.float32(INVERSE_A) / depth_m)
    usable = (values >= 1) & (values <= _UINT16_MAX)  # NaN compares False
    return np.where(usable, values, 0).astype(np.uint16)
