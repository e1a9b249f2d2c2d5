"""Image messages of every accepted encoding, well-formed and malformed."""

from __future__ import annotations

import struct
import sys
from array import array
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from bridgenet_ros.errors import FrameError
from bridgenet_ros.image_codec import (
    ByteBuffer,
    ImageLike,
    decode_color,
    decode_depth,
)

NATIVE_IS_BIG = int(sys.byteorder == "big")
PIXEL_BYTES = {"rgb8": 3, "bgr8": 3, "rgba8": 4, "bgra8": 4, "mono8": 1, "rgb16": 6, "mono16": 2}


@dataclass
class Message:
    """The fields of ``sensor_msgs/Image`` that the codec reads."""

    height: int
    width: int
    encoding: str
    step: int
    data: ByteBuffer
    is_bigendian: int = NATIVE_IS_BIG


def color_message(encoding: str) -> Message:
    """One row of two pixels with red 10, green 20, blue 30 (alpha 99), then 1, 2, 3."""
    first, second = {
        "rgb8": ((10, 20, 30), (1, 2, 3)),
        "bgr8": ((30, 20, 10), (3, 2, 1)),
        "rgba8": ((10, 20, 30, 99), (1, 2, 3, 99)),
        "bgra8": ((30, 20, 10, 99), (3, 2, 1, 99)),
    }[encoding]
    data = bytes(first + second)
    return Message(1, 2, encoding, len(data), data)


@pytest.mark.parametrize("encoding", ["rgb8", "bgr8", "rgba8", "bgra8"])
def test_every_colour_encoding_gives_red_first(encoding: str) -> None:
    rgb = decode_color(color_message(encoding))
    assert rgb.dtype == np.uint8
    assert rgb.tolist() == [[[10, 20, 30], [1, 2, 3]]]


def test_grey_is_repeated_over_the_three_channels() -> None:
    rgb = decode_color(Message(2, 1, "mono8", 1, bytes([7, 9])))
    assert rgb.tolist() == [[[7, 7, 7]], [[9, 9, 9]]]


@pytest.mark.parametrize("big", [0, 1])
@pytest.mark.parametrize(
    ("encoding", "samples"),
    [
        ("rgb16", (0x0AFF, 0x14FF, 0x1EFF)),
        ("bgr16", (0x1EFF, 0x14FF, 0x0AFF)),
        ("rgba16", (0x0AFF, 0x14FF, 0x1EFF, 0x63FF)),
        ("bgra16", (0x1EFF, 0x14FF, 0x0AFF, 0x63FF)),
    ],
)
def test_of_sixteen_bits_the_higher_byte_counts(
    encoding: str, samples: tuple[int, ...], big: int
) -> None:
    data = struct.pack(f"{'>' if big else '<'}{len(samples)}H", *samples)
    rgb = decode_color(Message(1, 1, encoding, len(data), data, is_bigendian=big))
    assert rgb.tolist() == [[[10, 20, 30]]]


@pytest.mark.parametrize("big", [0, 1])
def test_sixteen_bit_grey_is_repeated(big: int) -> None:
    data = struct.pack(f"{'>' if big else '<'}2H", 0x07FF, 0x0900)
    rgb = decode_color(Message(1, 2, "mono16", 4, data, is_bigendian=big))
    assert rgb.tolist() == [[[7, 7, 7], [9, 9, 9]]]


@pytest.mark.parametrize("pattern", ["rggb", "bggr", "gbrg", "grbg"])
@pytest.mark.parametrize("form", ["8", "16 little", "16 big"])
def test_bayer_of_one_colour_is_that_colour(pattern: str, form: str) -> None:
    """Rows of four pixels and one byte that is none of them."""
    code = {"8": "B", "16 little": "<H", "16 big": ">H"}[form]
    level = {"r": 200, "g": 100, "b": 50}
    shift = 0 if form == "8" else 8
    pairs = [
        b"".join(struct.pack(code, level[c] << shift) for c in pattern[k : k + 2]) for k in (0, 2)
    ]
    row = [pair * 2 + b"?" for pair in pairs]
    message = Message(
        4, 4, f"bayer_{pattern}{form[:2].strip()}", len(row[0]), (row[0] + row[1]) * 2
    )
    message.is_bigendian = int(form == "16 big")
    assert np.unique(decode_color(message).reshape(-1, 3), axis=0).tolist() == [[200, 100, 50]]


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("uyvy", [128, 81, 128, 145, 0] * 2),
        ("yuv422", [128, 81, 128, 145, 0] * 2),
        ("yuyv", [81, 128, 145, 128, 0] * 2),
        ("yuv422_yuy2", [81, 128, 145, 128, 0] * 2),
        ("nv12", [81, 145, 0, 0, 0, 81, 145, 0, 0, 0, 128, 128, 0, 0, 0]),
        ("nv21", [81, 145, 0, 0, 0, 81, 145, 0, 0, 0, 128, 128, 0, 0, 0]),
    ],
)
def test_grey_yuv_is_stretched_to_full_range(encoding: str, data: list[int]) -> None:
    """Two rows of a step of five; 1.164 (81 - 16) is 76, 1.164 (145 - 16) is 150."""
    rgb = decode_color(Message(2, 2, encoding, 5, bytes(data)))
    np.testing.assert_allclose(rgb, [[[76] * 3, [150] * 3]] * 2, atol=1)


@pytest.mark.parametrize(
    ("encoding", "strong"), [("nv12", 2), ("nv21", 0), ("uyvy", 2), ("yuyv", 2)]
)
def test_chroma_goes_to_the_right_colour(encoding: str, strong: int) -> None:
    """The first chroma sample is high: U, and so blue, but in nv21 V, and so red."""
    planar = encoding.startswith("nv")
    pair = [200, 100, 100, 100] if encoding == "uyvy" else [100, 200, 100, 100]
    data = [100] * 4 + [200, 100] if planar else pair * 2
    rgb = decode_color(Message(2, 2, encoding, 2 if planar else 4, bytes(data)))
    assert (rgb.argmax(axis=2) == strong).all()


@pytest.mark.parametrize("encoding", PIXEL_BYTES)
@pytest.mark.parametrize("kind", ["array", "bytes", "numpy", "bytearray"])
def test_reading_colour_copies_nothing(encoding: str, kind: str) -> None:
    raw = bytes(range(PIXEL_BYTES[encoding] * 6))
    buffers: dict[str, ByteBuffer] = {
        "array": array("B", raw),
        "bytes": raw,
        "numpy": np.frombuffer(raw, np.uint8),
        "bytearray": bytearray(raw),
    }
    data = buffers[kind]
    message = Message(2, 3, encoding, PIXEL_BYTES[encoding] * 3, data)
    assert np.shares_memory(decode_color(message), np.frombuffer(data, np.uint8))


@pytest.mark.parametrize(("encoding", "code"), [("16UC1", "H"), ("mono16", "H"), ("32FC1", "f")])
def test_native_depth_copies_nothing(encoding: str, code: str) -> None:
    data = array("B", struct.pack(f"=6{code}", 1, 2, 3, 4, 5, 6))
    depth = decode_depth(Message(2, 3, encoding, 3 * struct.calcsize(code), data))
    assert depth.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert depth.dtype == (np.uint16 if code == "H" else np.float32)
    assert depth.dtype.isnative
    assert np.shares_memory(depth, np.frombuffer(data, np.uint8))


@pytest.mark.parametrize(("encoding", "code"), [("16UC1", "H"), ("32FC1", "f")])
@pytest.mark.parametrize("big", [0, 1])
def test_byte_order_is_respected(encoding: str, code: str, big: int) -> None:
    data = struct.pack(f"{'>' if big else '<'}2{code}", 258, 3)
    depth = decode_depth(Message(1, 2, encoding, len(data), data, is_bigendian=big))
    assert depth.tolist() == [[258, 3]]
    assert depth.dtype.isnative


def test_padding_at_the_end_of_rows_is_skipped() -> None:
    depth = decode_depth(Message(2, 1, "16UC1", 5, struct.pack("=HxxxHxxx", 11, 12)))
    rgb = decode_color(Message(2, 1, "rgb8", 4, bytes([1, 2, 3, 0, 4, 5, 6, 0])))
    assert depth.tolist() == [[11], [12]]
    assert rgb.tolist() == [[[1, 2, 3]], [[4, 5, 6]]]


def test_an_unaligned_buffer_is_read_right() -> None:
    raw = np.frombuffer(b"\0" + struct.pack("=2f", 1.5, 2.5), np.uint8)[1:]
    assert decode_depth(Message(1, 2, "32FC1", 8, raw)).tolist() == [[1.5, 2.5]]


@pytest.mark.parametrize(
    ("message", "reason", "words"),
    [
        (Message(0, 2, "rgb8", 6, b""), "size", ["2x0"]),
        (Message(2, 0, "rgb8", 0, b""), "size", ["0x2"]),
        (Message(1, 2, "rgb8", 5, bytes(6)), "step", ["5", "6", "rgb8"]),
        (Message(2, 2, "rgb8", 6, bytes(11)), "truncated", ["11", "12"]),
        (Message(2, 2, "rgb8", 6, b""), "truncated", ["0 bytes", "12"]),
        (Message(1, 1, "8UC3", 3, bytes(3)), "encoding", ["8UC3", "colour", "bgra8", "nv12"]),
        (Message(1, 1, "16UC1", 2, bytes(2)), "encoding", ["16UC1", "colour", "mono8"]),
        (Message(1, 1, "", 2, bytes(2)), "encoding", ["''"]),
        (Message(1, 2, "rgb16", 11, bytes(12)), "step", ["11", "12", "rgb16"]),
        (Message(1, 2, "uyvy", 3, bytes(4)), "step", ["3", "4", "uyvy"]),
        (Message(2, 2, "nv12", 2, bytes(5)), "truncated", ["5", "6", "3 rows"]),
        (Message(2, 2, "nv12", 1, bytes(6)), "step", ["1", "2", "nv12"]),
        (Message(3, 2, "nv12", 2, bytes(12)), "size", ["height", "3"]),
        (Message(2, 3, "nv21", 3, bytes(9)), "size", ["width", "3"]),
        (Message(2, 3, "yuyv", 6, bytes(12)), "size", ["width", "3"]),
        (Message(0, 2, "nv12", 2, b""), "size", ["2x0"]),
        (Message(2, 2, "bayer_rggb8", 2, bytes(4)), "size", ["Bayer", "2x2"]),
        (Message(4, 4, "bayer_rggb16", 7, bytes(32)), "step", ["7", "8"]),
        (Message(4, 4, "bayer_rggb8", 4, array("B")), "truncated", ["0 bytes", "16"]),
    ],
)
def test_a_malformed_colour_image_is_refused_by_name(
    message: Message, reason: str, words: list[str]
) -> None:
    with pytest.raises(FrameError) as caught:
        decode_color(message)
    assert caught.value.reason == reason
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("message", "reason", "words"),
    [
        (Message(0, 0, "16UC1", 0, b""), "size", ["0x0"]),
        (Message(1, 2, "32FC1", 4, bytes(8)), "step", ["4", "8", "32FC1"]),
        (Message(3, 2, "16UC1", 4, bytes(8)), "truncated", ["8 bytes", "12"]),
        (Message(1, 1, "rgb8", 3, bytes(3)), "encoding", ["rgb8", "depth", "16UC1, mono16, 32FC1"]),
    ],
)
def test_a_malformed_depth_image_is_refused_by_name(
    message: Message, reason: str, words: list[str]
) -> None:
    with pytest.raises(FrameError) as caught:
        decode_depth(message)
    assert caught.value.reason == reason
    for word in words:
        assert word in str(caught.value)


def test_other_encodings_go_to_the_fallback_alone() -> None:
    asked: list[tuple[str, str]] = []

    def fallback(msg: ImageLike, wanted: str) -> npt.NDArray[np.uint8]:
        asked.append((msg.encoding, wanted))
        return np.full((1, 1, 3), 5, np.uint8)

    assert decode_color(Message(1, 1, "nv24", 1, bytes(3)), fallback).tolist() == [[[5, 5, 5]]]
    decode_color(Message(1, 1, "rgb8", 3, bytes(3)), fallback)
    assert asked == [("nv24", "rgb8")]


def test_depth_from_the_fallback_keeps_its_kind_of_unit() -> None:
    message = Message(1, 2, "64FC1", 16, bytes(16))
    metres = decode_depth(message, lambda _msg, _wanted: np.array([[0.5, 2.0]]))
    counts = decode_depth(message, lambda _msg, _wanted: np.array([[-3, 70000]], np.int32))
    assert metres.dtype == np.float32
    assert metres.tolist() == [[0.5, 2.0]]
    assert counts.dtype == np.uint16
    assert counts.tolist() == [[0, 65535]]


@pytest.mark.parametrize(
    "given_back", [np.zeros((1, 2), np.uint8), np.zeros((2, 2), np.float32), np.zeros((1, 2, 3))]
)
def test_a_fallback_that_gives_no_depth_is_refused(given_back: npt.NDArray[np.generic]) -> None:
    with pytest.raises(FrameError, match="weird"):
        decode_depth(Message(1, 2, "weird", 2, bytes(2)), lambda _msg, _wanted: given_back)


def test_a_fallback_that_gives_no_colour_is_refused() -> None:
    with pytest.raises(FrameError, match="weird"):
        decode_color(Message(1, 2, "weird", 2, bytes(2)), lambda _m, _w: np.zeros((1, 2), np.uint8))
