"""Files made chunk by chunk, and what is refused before a decoder sees it."""

from __future__ import annotations

import struct

import cv2
import numpy as np
import numpy.typing as npt
import png_bytes
import pytest

from bridgenet_ros.errors import FrameError
from bridgenet_ros.image_file import MAX_PIXELS, decode_file, encode_file

DEPTH_PNG = png_bytes.png([[1, 258, 65535], [0, 1000, 7]], bits=16, kind=png_bytes.GREY)
NOTHING = bytes(range(64))


def decode(data: bytes) -> npt.NDArray[np.generic]:
    return decode_file(np.frombuffer(data, np.uint8))


def jpeg(width: int = 16, height: int = 8) -> bytes:
    return encode_file(np.full((height, width, 3), (50, 100, 200), np.uint8), "jpeg")


END = png_bytes.chunk(b"IEND", b"")


def png_of_size(width: int, height: int, content: bytes = NOTHING) -> bytes:
    head = png_bytes.header(width, height, 16, png_bytes.GREY)
    return png_bytes.SIGNATURE + head + png_bytes.chunk(b"IDAT", content) + END


def with_thumbnail(data: bytes) -> bytes:
    """With another JPEG, and so another end, in its metadata."""
    inner = b"\xff\xe1\0\x08" + b"\xff\xd8\xff\xd9ab"
    return data[:2] + inner + data[2:]


def with_jpeg_size(data: bytes, width: int, height: int) -> bytes:
    frame = data.index(b"\xff\xc0")
    return data[: frame + 5] + struct.pack(">HH", height, width) + data[frame + 9 :]


def test_a_16_bit_png_keeps_its_bits() -> None:
    pixels = decode(DEPTH_PNG)
    assert pixels.dtype == np.uint16
    assert pixels.tolist() == [[1, 258, 65535], [0, 1000, 7]]


def test_colours_come_blue_first() -> None:
    rgb = png_bytes.png([[10, 20, 30, 1, 2, 3]], bits=8, kind=png_bytes.RGB, channels=3)
    rgba = png_bytes.png([[10, 20, 30, 99]], bits=8, kind=png_bytes.RGBA, channels=4)
    assert decode(rgb).tolist() == [[[30, 20, 10], [3, 2, 1]]]
    assert decode(rgba).tolist() == [[[30, 20, 10, 99]]]


def test_a_jpeg_is_read_as_it_lies() -> None:
    """An orientation in its metadata is for people, not for calibrated cameras."""
    file = jpeg()
    tiff = b"II*\0\x08\0\0\0" + struct.pack("<HHHIII", 1, 0x0112, 3, 1, 6, 0)
    exif = b"Exif\0\0" + tiff
    turned = file[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + file[2:]
    for data in (file, turned, file + b"padding"):
        pixels = decode(data)
        assert pixels.shape == (8, 16, 3)
        np.testing.assert_allclose(pixels.reshape(-1, 3).mean(axis=0), (50, 100, 200), atol=4)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3])
def test_png_keeps_every_pixel(
    dtype: type[np.unsignedinteger], channels: int, rng: np.random.Generator
) -> None:
    pixels = rng.integers(0, np.iinfo(dtype).max, (7, 5, channels), dtype, endpoint=True)
    pixels = pixels[..., 0] if channels == 1 else pixels
    np.testing.assert_array_equal(decode(encode_file(pixels, "png")), pixels)


@pytest.mark.parametrize(
    ("data", "reason", "words"),
    [
        (b"", "undecodable", "b''"),
        (b"GIF89a" + NOTHING, "undecodable", "GIF89a"),
        (png_bytes.SIGNATURE, "truncated", "8 bytes ends within a chunk"),
        (DEPTH_PNG[:-13], "truncated", "chunk b'IDAT' of 22"),
        (DEPTH_PNG[:-1], "truncated", "ends within a chunk"),
        (DEPTH_PNG + b"?", "truncated", "ends within a chunk"),
        (DEPTH_PNG[:8] + b"\xff" * 4 + DEPTH_PNG[12:], "truncated", "b'IHDR' of 4294967295"),
        (DEPTH_PNG[:50] + b"?" + DEPTH_PNG[51:], "undecodable", "wrong checksum in its chunk"),
        (DEPTH_PNG[: -len(END)], "undecodable", "b'IHDR' to b'IDAT'"),
        (png_bytes.SIGNATURE + END, "undecodable", "b'IEND' to b'IEND'"),
        (png_bytes.SIGNATURE + png_bytes.chunk(b"IHDR", b"") + END, "undecodable", "b'IHDR' to"),
        (DEPTH_PNG[: -len(END)] + png_bytes.chunk(b"acTL", b"") + END, "undecodable", "animated"),
        (png_of_size(0, 5), "size", "0x5"),
        (png_of_size(5, 0), "size", "5x0"),
        (png_of_size(2**31 - 1, 2**31 - 1), "size", "2147483647x2147483647"),
        (png_of_size(MAX_PIXELS // 16, 17), "size", str(MAX_PIXELS)),
        (png_of_size(4000, 4000), "truncated", "4000x4000 has only"),
        (png_of_size(8, 8), "undecodable", "8x8 is damaged"),
        (jpeg()[:-2], "truncated", "no end marker"),
        (with_thumbnail(jpeg())[:-2], "truncated", "no end marker"),
        (b"\xff\xd8\xff\xd9", "undecodable", "no frame header"),
        (b"\xff\xd8\xff\xe0\0\0" * 9 + b"\xff\xd9", "undecodable", "no frame header"),
        (with_jpeg_size(jpeg(), 0, 8), "size", "0x8"),
        (with_jpeg_size(jpeg(), 65535, 65535), "size", "65535x65535"),
        (with_jpeg_size(jpeg(), 4096, 4096), "truncated", "4096x4096"),
        (jpeg().replace(b"\xff\xc0\0\x11\x08", b"\xff\xc0\0\x11\x0c"), "undecodable", "12 bits"),
    ],
)
def test_what_is_no_image_is_named(data: bytes, reason: str, words: str) -> None:
    with pytest.raises(FrameError) as caught:
        decode(data)
    assert caught.value.reason == reason
    assert words in str(caught.value)


def test_a_file_that_another_size_was_written_into_is_refused() -> None:
    taller = png_bytes.SIGNATURE + png_bytes.header(3, 9, 16, png_bytes.GREY) + DEPTH_PNG[33:]
    with pytest.raises(FrameError, match="3x9 is damaged"):
        decode(taller)


def test_what_opencv_cannot_write_is_named() -> None:
    with pytest.raises(FrameError, match=r"float64 \(2, 2, 7\) cannot become png"):
        encode_file(np.zeros((2, 2, 7)), "png")


def test_a_progressive_jpeg_is_read() -> None:
    grey = np.full((9, 9), 77, np.uint8)
    _, data = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])
    pixels = decode(data.tobytes())
    assert pixels.shape == (9, 9)
    np.testing.assert_allclose(pixels, 77, atol=2)
