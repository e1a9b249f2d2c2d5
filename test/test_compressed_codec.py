"""CompressedImage payloads written byte by byte, round trips, and what is refused."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import png_bytes
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bridgenet_ros.compressed_codec import (
    DEPTH_CODECS,
    decode_compressed_color,
    decode_compressed_depth,
    encode_compressed_color,
    encode_compressed_depth,
)
from bridgenet_ros.errors import FrameError
from bridgenet_ros.image_file import encode_file

NO_PARAMETERS = bytes(12)
# inverse depth (0), a = 10100 = 0x461DD000, b = -1009 = 0xC47C4000: image_transport's defaults
PARAMETERS = bytes.fromhex("00000000 00d01d46 00407cc4")
PIXELS = [[1000, 2500, 0], [0, 0, 65535]]
# 3 x 2. No zeros, two others: 1000 -> 2000 = 0o3720, then 1500 -> 3000 = 0o5670; three zeros, one
# other: 65535 - 2500 -> 126070 = 0o366166. Nibbles 0 2 8AF3 8FE5 3 1 EE9EE3, in words.
RVL = bytes.fromhex("03000000 020000008ff38a02 9eee31e5 000000e3")
PNG = png_bytes.png(PIXELS, bits=16, kind=png_bytes.GREY)
# 10100 / z - 1009 for 1 m, 10 m, NaN; 2 m, 0.2 m, 5 m
INVERSE = [[9091, 1, 0], [4041, 49491, 1011]]
METRES = [[1.0, 10.0, np.nan], [2.0, 0.2, 5.0]]


@dataclass
class Message:
    """The fields of ``sensor_msgs/CompressedImage`` that the codec reads."""

    format: str
    data: bytes


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("16UC1; compressedDepth png", PNG),
        ("16UC1; compressedDepth", PNG),
        ("16UC1", PNG),
        ("mono16; compressedDepth png", PNG),
        ("16UC1;compressedDepth  rvl ", RVL),
    ],
)
@pytest.mark.parametrize("parameters", [NO_PARAMETERS, b"\xff" * 12])
def test_16uc1_written_by_hand(form: str, body: bytes, parameters: bytes) -> None:
    """Its parameters are never set by image_transport, and may be anything."""
    depth = decode_compressed_depth(Message(form, parameters + body))
    assert depth.dtype == np.uint16
    assert depth.tolist() == PIXELS


def test_32fc1_png_written_by_hand() -> None:
    body = png_bytes.png(INVERSE, bits=16, kind=png_bytes.GREY)
    depth = decode_compressed_depth(Message("32FC1; compressedDepth png", PARAMETERS + body))
    assert depth.dtype == np.float32
    np.testing.assert_array_equal(depth, np.array(METRES, np.float32))


def test_32fc1_rvl_written_by_hand() -> None:
    # 2 x 1. 9091 -> 18182 = 0o43406, then -9090 -> 18179 = 0o43403. Nibbles 0 2 E8CB4 B8CB4.
    body = bytes.fromhex("02000000 010000004bcbe802 0000b48c")
    depth = decode_compressed_depth(Message("32FC1; compressedDepth rvl", PARAMETERS + body))
    np.testing.assert_array_equal(depth, np.array([[1.0, 10.0]], np.float32))


def test_our_rvl_is_these_bytes() -> None:
    counts = encode_compressed_depth(np.array(PIXELS, np.uint16), "rvl")
    assert (counts.format, counts.data) == ("16UC1; compressedDepth rvl", NO_PARAMETERS + RVL)
    metres = encode_compressed_depth(np.array([[1.0, 0.5]], np.float32), "rvl")
    assert metres.format == "32FC1; compressedDepth rvl"
    # a = 10100, b = 0; 10100 -> 20200 = 0o47350 twice. Nibbles 0 2 8DBF4 8DBF4.
    assert metres.data == bytes.fromhex(
        "00000000 00d01d46 0000000002000000 0100000048bf8d02 0000f4db"
    )


def test_our_png_is_grey_with_16_bits() -> None:
    payload = encode_compressed_depth(np.array(PIXELS, np.uint16), "png")
    assert payload.format == "16UC1; compressedDepth png"
    assert payload.data[:12] == NO_PARAMETERS
    assert payload.data[12:45] == png_bytes.SIGNATURE + png_bytes.header(3, 2, 16, png_bytes.GREY)


@given(
    depth=arrays(np.uint16, st.tuples(st.integers(1, 9), st.integers(1, 9))),
    codec=st.sampled_from(DEPTH_CODECS),
)
def test_millimetres_survive(depth: npt.NDArray[np.uint16], codec: str) -> None:
    decoded = decode_compressed_depth(encode_compressed_depth(depth, codec))
    assert decoded.dtype == np.uint16
    np.testing.assert_array_equal(decoded, depth)


@given(
    depth_m=arrays(
        np.float32,
        st.tuples(st.integers(1, 9), st.integers(1, 9)),
        elements=st.floats(allow_nan=True, allow_infinity=True, width=32),
    ),
    codec=st.sampled_from(DEPTH_CODECS),
)
def test_metres_survive_within_half_a_step(depth_m: npt.NDArray[np.float32], codec: str) -> None:
    decoded = decode_compressed_depth(encode_compressed_depth(depth_m, codec))
    assert decoded.dtype == np.float32
    with np.errstate(divide="ignore"):
        steps = 10100 / depth_m.astype(np.float64)
    kept = (steps >= 0.5001) & (steps < 65535.49)
    lost = ~((steps >= 0.4999) & (steps < 65535.51))
    np.testing.assert_allclose(10100 / decoded[kept].astype(np.float64), steps[kept], atol=0.51)
    assert np.isnan(decoded[lost]).all()
    again = decode_compressed_depth(encode_compressed_depth(decoded, codec))
    np.testing.assert_array_equal(again, decoded)


def test_what_is_no_depth_becomes_nan() -> None:
    depth = np.array([[np.nan, np.inf, -np.inf, 0.0, -0.0, -1.0, 0.154, 0.155]], np.float32)
    decoded = decode_compressed_depth(encode_compressed_depth(depth, "rvl"))
    assert np.isnan(decoded[0, :7]).all()
    assert decoded[0, 7] == pytest.approx(0.155, abs=1e-5)


@pytest.mark.parametrize("codec", DEPTH_CODECS)
def test_strides_and_foreign_byte_order_are_brought_home(codec: str) -> None:
    wide = np.arange(24, dtype=np.uint16).reshape(4, 6)
    foreign = wide.astype(wide.dtype.newbyteorder("S"))
    for depth in (wide[::2, ::3], foreign):
        decoded = decode_compressed_depth(encode_compressed_depth(depth, codec))
        np.testing.assert_array_equal(decoded, depth)


def test_quotients_without_meaning_are_nan() -> None:
    """With b = 2 the values 1 and 2 divide by less than nothing and by nothing."""
    body = png_bytes.png([[1, 2, 3]], bits=16, kind=png_bytes.GREY)
    message = Message("32FC1; compressedDepth png", struct.pack("<iff", 0, 8.0, 2.0) + body)
    np.testing.assert_array_equal(decode_compressed_depth(message), [[np.nan, np.nan, 8.0]])


@pytest.mark.parametrize(
    ("form", "data", "reason", "words"),
    [
        ("", PARAMETERS + PNG, "encoding", "format is ''"),
        ("rgb8; jpeg compressed bgr8", PARAMETERS + PNG, "encoding", "expected one of 16UC1"),
        ("8UC1; compressedDepth png", PARAMETERS + PNG, "encoding", "8UC1"),
        ("16UC1; compressedDepth zip", PARAMETERS + PNG, "encoding", "compressedDepth zip"),
        ("16UC1; png compressed ", PARAMETERS + PNG, "encoding", "png compressed"),
        ("16UC1;", PARAMETERS + PNG, "encoding", "16UC1;"),
        ("16UC1", PARAMETERS, "truncated", "12 bytes"),
        ("16UC1", b"", "truncated", "0 bytes"),
        ("16UC1", PARAMETERS + RVL, "undecodable", "expected a PNG"),
        ("16UC1; compressedDepth rvl", PARAMETERS + RVL[:7], "truncated", "7 bytes"),
        ("16UC1; compressedDepth rvl", PARAMETERS + RVL[:-4], "truncated", "RVL"),
        ("16UC1; compressedDepth rvl", PARAMETERS + RVL[:-3], "size", "RVL"),
        ("16UC1; compressedDepth rvl", PARAMETERS + RVL + bytes(4), "size", "16 bytes, more than"),
        ("16UC1; compressedDepth rvl", PARAMETERS + b"\xff" * 20, "size", "4294967295"),
        ("16UC1; compressedDepth rvl", PARAMETERS + bytes(20), "size", "0x0"),
        ("32FC1; compressedDepth png", struct.pack("<iff", 1, 1, 0) + PNG, "encoding", "form 1"),
        ("32FC1; compressedDepth png", NO_PARAMETERS + PNG, "encoding", "a 0,"),
        ("32FC1; compressedDepth png", struct.pack("<iff", 0, np.inf, 0) + PNG, "encoding", "inf"),
        ("32FC1; compressedDepth png", struct.pack("<iff", 0, 1, np.nan) + PNG, "encoding", "nan"),
    ],
)
def test_no_compressed_depth_is_named(form: str, data: bytes, reason: str, words: str) -> None:
    with pytest.raises(FrameError) as caught:
        decode_compressed_depth(Message(form, data))
    assert caught.value.reason == reason
    assert words in str(caught.value)


def test_eight_bits_are_a_picture_of_depth_and_no_depth() -> None:
    grey = png_bytes.png([[1, 2]], bits=8, kind=png_bytes.GREY)
    color = png_bytes.png([[1, 2, 3]], bits=16, kind=png_bytes.RGB, channels=3)
    jpeg = encode_file(np.zeros((2, 2), np.uint8), "jpeg")
    for body in (grey, color, jpeg):
        with pytest.raises(FrameError, match="one channel of 16 bits") as caught:
            decode_compressed_depth(Message("16UC1; compressedDepth png", PARAMETERS + body))
        assert caught.value.reason == "encoding"


@pytest.mark.parametrize(
    ("depth", "reason"),
    [
        (np.zeros((2, 2), np.float64), "encoding"),
        (np.zeros((0, 2), np.float32), "size"),
        (np.zeros((2, 2, 1), np.uint16), "size"),
    ],
)
def test_what_is_no_depth_is_not_compressed(depth: npt.NDArray[np.float32], reason: str) -> None:
    with pytest.raises(FrameError) as caught:
        encode_compressed_depth(depth, "png")
    assert caught.value.reason == reason


COLOR_PNG = png_bytes.png([[10, 20, 30, 1, 2, 3]], bits=8, kind=png_bytes.RGB, channels=3)


@pytest.mark.parametrize(
    ("form", "pixel"),
    [
        ("rgb8; png compressed bgr8", [10, 20, 30]),
        ("bgr8; png compressed bgr8", [10, 20, 30]),
        ("png", [10, 20, 30]),
        ("", [10, 20, 30]),
        ("bgr8; png", [10, 20, 30]),
        ("bgr8; png compressed rgb8", [30, 20, 10]),  # compressed the wrong way round
    ],
)
def test_the_colours_are_those_before_compression(form: str, pixel: list[int]) -> None:
    rgb = decode_compressed_color(Message(form, COLOR_PNG))
    assert rgb.dtype == np.uint8
    assert rgb[0, 0].tolist() == pixel


def test_alpha_is_left_out_and_of_16_bits_the_higher_byte_kept() -> None:
    rgba = png_bytes.png([[10, 20, 30, 99]], bits=8, kind=png_bytes.RGBA, channels=4)
    wide = png_bytes.png([[0x0AFF, 0x1400, 0x1E01]], bits=16, kind=png_bytes.RGB, channels=3)
    for data in (rgba, wide):
        message = Message("rgba8; png compressed bgr8", data)
        assert decode_compressed_color(message).tolist() == [[[10, 20, 30]]]


@pytest.mark.parametrize(
    "form", ["mono8; png compressed ", "png", "yuv422_yuy2; png compressed mono8"]
)
def test_grey_is_repeated(form: str) -> None:
    grey = png_bytes.png([[7, 9]], bits=8, kind=png_bytes.GREY)
    assert decode_compressed_color(Message(form, grey)).tolist() == [[[7] * 3, [9] * 3]]
    wide = png_bytes.png([[0x07FF, 0x0900]], bits=16, kind=png_bytes.GREY)
    assert decode_compressed_color(Message(form, wide)).tolist() == [[[7] * 3, [9] * 3]]


@pytest.mark.parametrize(
    ("form", "pixel"),
    [
        ("bayer_rggb8; png compressed ", [200, 100, 50]),
        ("bayer_rggb8; png compressed bayer_rggb8", [200, 100, 50]),
        ("bayer_rggb8; png compressed mono8", [200, 200, 200]),  # grey before it was compressed
    ],
)
def test_a_compressed_mosaic_gets_its_colours(form: str, pixel: list[int]) -> None:
    rows = [[200, 100, 200, 100], [100, 50, 100, 50]] * 2
    data = png_bytes.png(rows, bits=8, kind=png_bytes.GREY)
    assert decode_compressed_color(Message(form, data))[0, 0].tolist() == pixel


@pytest.mark.parametrize(
    ("form", "data", "reason", "words"),
    [
        ("16UC1; png compressed ", PNG, "encoding", "16UC1; png compressed"),
        ("32FC1; compressedDepth png", PARAMETERS + PNG, "encoding", "expected a colour image"),
        ("rgb8; h264", b"\0\0\1\x67", "undecodable", "expected a PNG or JPEG"),
        ("jpeg", b"", "undecodable", "b''"),
    ],
)
def test_no_compressed_colour_is_named(form: str, data: bytes, reason: str, words: str) -> None:
    with pytest.raises(FrameError) as caught:
        decode_compressed_color(Message(form, data))
    assert caught.value.reason == reason
    assert words in str(caught.value)


def test_colour_survives_png_exactly_and_jpeg_nearly() -> None:
    slope = np.linspace(0, 255, 96).reshape(4, 8, 3).astype(np.uint8)
    png, jpeg = (encode_compressed_color(slope, kind) for kind in ("png", "jpeg"))
    assert (png.format, jpeg.format) == (
        "rgb8; png compressed bgr8",
        "rgb8; jpeg compressed bgr8",
    )
    np.testing.assert_array_equal(decode_compressed_color(png), slope)
    flat = np.full((16, 16, 3), (200, 100, 50), np.uint8)
    decoded = decode_compressed_color(encode_compressed_color(flat, "jpeg"))
    np.testing.assert_allclose(decoded, flat, atol=4)
