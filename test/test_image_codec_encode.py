"""Arrays to image messages; reading them back gives the same."""

from __future__ import annotations

import time
from array import array

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import DepthArray
from bridgenet_ros.image_codec import (
    decode_color,
    decode_depth,
    encode_color,
    encode_depth,
    encode_picture,
)


@given(
    height=st.integers(1, 5),
    width=st.integers(1, 5),
    real=st.booleans(),
    transposed=st.booleans(),
    seed=st.integers(0, 9),
)
def test_encoded_depth_decodes_to_itself(
    height: int, width: int, real: bool, transposed: bool, seed: int
) -> None:
    drawn = np.random.default_rng(seed).integers(0, 65536, (height, width))
    drawn = drawn.T if transposed else drawn
    depth: DepthArray = drawn.astype(np.float32) if real else drawn.astype(np.uint16)
    payload = encode_depth(depth)
    assert payload.encoding == ("32FC1" if real else "16UC1")
    assert (payload.height, payload.width) == depth.shape
    assert len(payload.data) == payload.height * payload.step
    np.testing.assert_array_equal(decode_depth(payload), depth)


def test_a_contiguous_array_is_encoded_in_place() -> None:
    depth = np.ones((2, 3), np.float32)
    assert np.shares_memory(np.frombuffer(encode_depth(depth).data, np.uint8), depth)


def test_foreign_byte_order_is_brought_home_on_encoding() -> None:
    swapped = np.array([[1.5, 2.5]], np.dtype(np.float32).newbyteorder("S"))
    assert decode_depth(encode_depth(swapped)).tolist() == [[1.5, 2.5]]


def test_encoded_colour_decodes_to_itself() -> None:
    rgb = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    np.testing.assert_array_equal(decode_color(encode_color(rgb)), rgb)
    np.testing.assert_array_equal(decode_color(encode_color(rgb[:, ::-1])), rgb[:, ::-1])


@pytest.mark.parametrize(
    ("depth", "reason"),
    [
        (np.zeros((2, 2), np.float64), "encoding"),
        (np.zeros((0, 2), np.float32), "size"),
        (np.zeros((2, 2, 1), np.uint16), "size"),
    ],
)
def test_what_is_no_depth_is_not_encoded(depth: npt.NDArray[np.float32], reason: str) -> None:
    with pytest.raises(FrameError) as caught:
        encode_depth(depth)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("rgb", "reason"),
    [(np.zeros((2, 2, 3), np.float32), "encoding"), (np.zeros((2, 2), np.uint8), "size")],
)
def test_what_is_no_colour_is_not_encoded(rgb: npt.NDArray[np.uint8], reason: str) -> None:
    with pytest.raises(FrameError) as caught:
        encode_color(rgb)
    assert caught.value.reason == reason


def test_pictures_keep_opencv_s_order(rng: np.random.Generator) -> None:
    picture = rng.integers(0, 256, (3, 5, 3), dtype=np.uint8)
    payload = encode_picture(picture)
    assert (payload.encoding, payload.step) == ("bgr8", 15)
    np.testing.assert_array_equal(decode_color(payload), picture[..., ::-1])
    grey = encode_picture(picture[..., 0])
    assert (grey.encoding, grey.step, grey.data.tobytes()) == (
        "mono8",
        5,
        picture[..., 0].tobytes(),
    )


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (np.zeros((2, 2, 3), np.uint16), "encoding"),
        (np.zeros((2, 2, 2), np.uint8), "size"),
        (np.zeros((2, 2, 1), np.uint8), "size"),
        (np.zeros(2, np.uint8), "size"),
        (np.zeros((0, 2), np.uint8), "size"),
    ],
)
def test_what_is_no_picture_is_not_encoded(picture: npt.NDArray[np.uint8], reason: str) -> None:
    with pytest.raises(FrameError) as caught:
        encode_picture(picture)
    assert caught.value.reason == reason


def test_filling_a_720p_message_takes_less_than_three_milliseconds() -> None:
    depth = np.ones((720, 1280), np.float32)

    def build() -> float:
        start = time.perf_counter()
        data = array("B")
        data.frombytes(encode_depth(depth).data)
        assert len(data) == 4 * 720 * 1280
        return time.perf_counter() - start

    assert min(build() for _ in range(20)) < 0.003
