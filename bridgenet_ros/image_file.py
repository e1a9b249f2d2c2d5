"""PNG and JPEG bytes to arrays and back; what a file promises is checked before it is decoded.

PNG: ISO/IEC 15948. JPEG: ITU-T T.81. OpenCV does the coding.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from bridgenet_ros.errors import FrameError

MAX_PIXELS = 1 << 25
"""Larger images are refused unread: 33.5 million, a little more than 7680x4320."""
MAX_PIXELS_PER_BYTE = 1032
"""Deflate's limit; a JPEG takes at least a bit for 64 pixels."""

FILE_KINDS = ("png", "jpeg")

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_CHUNK = struct.Struct(">I4s")
_PNG_CHECKSUM = struct.Struct(">I")
_PNG_HEADER = struct.Struct(">IIBBBBB")
_ANIMATION = (b"acTL", b"fcTL", b"fdAT")
_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"
_JPEG_FRAME = struct.Struct(">HBHH")
_NO_FRAME = (0xC4, 0xC8, 0xCC)  # among the frame headers C0 to CF: tables and an extension

# Lossless; run lengths suit depth and take a third less time than deflate's own search.
_PARAMETERS = {
    "png": (
        ".png",
        [
            *(cv2.IMWRITE_PNG_COMPRESSION, 1),
            *(cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE),
        ],
    ),
    "jpeg": (".jpg", [cv2.IMWRITE_JPEG_QUALITY, 95]),
}


class Size(NamedTuple):
    """What an image promises to be."""

    width: int
    height: int


def decode_file(data: npt.NDArray[np.uint8]) -> npt.NDArray[Any]:
    """The image in a PNG or JPEG file.

    Args:
        data: the file, uint8.

    Returns:
        (H, W), (H, W, 3) or (H, W, 4) of uint8 or, from PNG alone, uint16; blue first.

    Raises:
        FrameError: ``undecodable``, the data is neither, or damaged; ``size``, no pixels or too
            many; ``truncated``, it ends too early for its size.
    """
    size = file_size(data)
    check_size(size)
    if size.width * size.height > MAX_PIXELS_PER_BYTE * data.size:
        raise FrameError("truncated", f"image file of {_text(size)} has only {data.size} bytes")
    try:
        pixels = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise FrameError("undecodable", f"image file of {_text(size)}: {error.err}") from error
    if pixels is None or pixels.shape[:2] != (size.height, size.width):
        raise FrameError("undecodable", f"image file of {_text(size)} is damaged")
    return np.asarray(pixels)


def encode_file(pixels: npt.NDArray[Any], kind: str) -> bytes:
    """A PNG or JPEG file.

    Args:
        pixels: (H, W) or (H, W, 3), blue first; uint8, or uint16 for PNG.
        kind: one of `FILE_KINDS`; png is lossless, jpeg has quality 95.

    Raises:
        FrameError: ``encoding``, OpenCV cannot write such an array.
    """
    suffix, parameters = _PARAMETERS[kind]
    try:
        _, data = cv2.imencode(suffix, pixels, parameters)
    except cv2.error as error:
        raise FrameError(
            "encoding", f"{pixels.dtype} {pixels.shape} cannot become {kind}: {error.err}"
        ) from error
    return data.tobytes()


def check_size(size: Size) -> None:
    """Refuse what should not even be allocated.

    Raises:
        FrameError: ``size``, no pixels or more than `MAX_PIXELS`.
    """
    if not 0 < size.width * size.height <= MAX_PIXELS:
        raise FrameError(
            "size", f"compressed image is {_text(size)}; expected 1 to {MAX_PIXELS} pixels"
        )


def file_size(data: npt.NDArray[np.uint8]) -> Size:
    """What a PNG or JPEG file promises to be; nothing is decoded.

    Args:
        data: the file, uint8.

    Raises:
        FrameError: ``undecodable``, the data is neither, or damaged; ``truncated``, it ends too
            early.
    """
    start = data[: len(_PNG_SIGNATURE)].tobytes()
    if start == _PNG_SIGNATURE:
        return _png_size(data)
    if start.startswith(_JPEG_START):
        return _jpeg_size(data)
    raise FrameError(
        "undecodable", f"compressed image begins with {start!r}; expected a PNG or JPEG file"
    )


def _png_size(data: npt.NDArray[np.uint8]) -> Size:
    """From the first chunk, after a look at all: OpenCV makes room for a chunk before it reads."""
    chunks = list(_png_chunks(data.data))
    names = [name for name, _ in chunks]
    first, content = chunks[0]
    if first != b"IHDR" or len(content) != _PNG_HEADER.size or names[-1] != b"IEND":
        raise FrameError(
            "undecodable", f"PNG has chunks {first!r} to {names[-1]!r}; expected IHDR to IEND"
        )
    if not set(names).isdisjoint(_ANIMATION):
        raise FrameError("undecodable", "PNG is animated; expected one image")
    width, height, *_ = _PNG_HEADER.unpack(content)
    return Size(width, height)


def _png_chunks(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Name and content of every chunk; they fill the file and their checksums are right."""
    place = len(_PNG_SIGNATURE)
    while place != len(data) or place == len(_PNG_SIGNATURE):
        begin = place + _PNG_CHUNK.size
        if begin + _PNG_CHECKSUM.size > len(data):
            raise FrameError("truncated", f"PNG of {len(data)} bytes ends within a chunk")
        length, name = _PNG_CHUNK.unpack_from(data, place)
        end = begin + length
        place = end + _PNG_CHECKSUM.size
        if place > len(data):
            raise FrameError(
                "truncated", f"PNG of {len(data)} bytes has a chunk {name!r} of {length}"
            )
        if (zlib.crc32(data[begin - len(name) : end]),) != _PNG_CHECKSUM.unpack_from(data, end):
            raise FrameError("undecodable", f"PNG has a wrong checksum in its chunk {name!r}")
        yield name, data[begin:end]


def _jpeg_size(data: npt.NDArray[np.uint8]) -> Size:
    """From the frame header; a file without its end is refused, as decoders make up the rest.

    Cameras that pad their files leave bytes behind the end.
    """
    file = data.tobytes()
    place = len(_JPEG_START)
    while place + 2 + _JPEG_FRAME.size <= len(file) and file[place] == 0xFF:
        marker = file[place + 1]
        length, bits, height, width = _JPEG_FRAME.unpack_from(file, place + 2)
        if marker == 0xFF:  # a filler byte
            place += 1
        elif 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME:
            if bits != 8:
                raise FrameError("undecodable", f"JPEG has {bits} bits a sample; expected 8")
            if file.find(_JPEG_END, place) < 0:
                raise FrameError("truncated", f"JPEG of {data.size} bytes has no end marker")
            return Size(width, height)
        else:
            place += 2 + length
    raise FrameError("undecodable", "JPEG has no frame header")


def _text(size: Size) -> str:
    return f"{size.width}x{size.height}"
