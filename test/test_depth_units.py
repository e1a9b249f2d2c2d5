"""Millimetres and metres, and what counts as no measurement."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenet_ros.depth_units import UINT16_MAX, from_metres, to_metres
from bridgenet_ros.errors import ConfigError, FrameError
from bridgenet_ros.frame import DepthArray, FloatArray

NAN, INF = float("nan"), float("inf")


def metres(depth: DepthArray, low: float = 0.1, high: float = 10.0) -> FloatArray:
    return to_metres(depth, scale_m=0.001, min_m=low, max_m=high)


def test_integers_are_units_of_the_scale() -> None:
    depth = np.array([[0, 99, 100, 1234, 10000, 10001, UINT16_MAX]], np.uint16)
    expected = [[0, 0, 0.1, 1.234, 10.0, 0, 0]]
    assert metres(depth) == pytest.approx(np.array(expected), rel=1e-6)
    # A tenth of a millimetre, as some cameras send.
    fine = to_metres(depth, scale_m=0.0001, min_m=0.1, max_m=10.0)
    assert fine == pytest.approx(np.array([[0, 0, 0, 0.1234, 1.0, 1.0001, 6.5535]]), rel=1e-6)


def test_floats_are_metres_whatever_the_scale() -> None:
    depth = np.array([[NAN, INF, -INF, 0.0, -0.0, -1.0, 0.05, 0.1, 2.5, 10.0, 60.0]], np.float32)
    expected = np.array([[0, 0, 0, 0, 0, 0, 0, 0.1, 2.5, 10.0, 0]], np.float32)
    assert np.array_equal(metres(depth), expected)


def test_with_no_nearest_depth_zero_is_still_invalid() -> None:
    depth = np.array([[0.0, -1.0, 1e-6]], np.float32)
    assert metres(depth, low=0.0).tolist() == [[0.0, 0.0, np.float32(1e-6)]]


@given(unit=st.integers(1, UINT16_MAX))
def test_bounds_are_inclusive(unit: int) -> None:
    depth = np.array([[unit]], np.uint16)
    assert metres(depth, low=unit / 1000, high=unit / 1000).any()


@pytest.mark.parametrize(
    "depth", [np.array([[0, 1, 2000]], np.uint16), np.array([[np.nan, 1, 2]], np.float32)]
)
def test_the_input_is_left_alone(depth: DepthArray) -> None:
    depth.flags.writeable = False  # a view of a message
    before = depth.copy()
    result = metres(depth)
    np.testing.assert_array_equal(depth, before)
    assert not np.shares_memory(result, depth)
    assert result.dtype == np.float32


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.uint8, np.float64, ">u2", ">f4"])
def test_other_types_are_named(dtype: str) -> None:
    with pytest.raises(
        FrameError, match=r"depth has dtype .*; expected uint16 or float32"
    ) as caught:
        metres(np.ones((1, 1), dtype))
    assert caught.value.reason == "dtype"


def test_published_millimetres_are_rounded_and_0_where_invalid() -> None:
    depth = np.array(
        [[NAN, INF, -INF, -1.0, 0.0, 0.0004, 1.2344, 1.2346, 65.535, 65.54]], np.float32
    )
    published = from_metres(depth, "16UC1")
    assert published.dtype == np.uint16
    assert published.tolist() == [[0, 0, 0, 0, 0, 0, 1234, 1235, 65535, 0]]


def test_published_metres_are_handed_on_as_they_are() -> None:
    depth = np.array([[NAN, 1.5]], np.float32)
    assert from_metres(depth, "32FC1") is depth


@given(st.lists(st.integers(0, UINT16_MAX), min_size=1, max_size=50))
def test_millimetres_survive_the_round_trip(units: list[int]) -> None:
    depth = np.array([units], np.uint16)
    in_metres = metres(depth, low=0.0, high=100.0)
    with_nan = np.where(in_metres > 0, in_metres, np.float32(NAN))
    assert np.array_equal(from_metres(with_nan, "16UC1"), depth)


def test_other_encodings_are_named() -> None:
    with pytest.raises(ConfigError, match="depth encoding 'mono8'; expected one of 32FC1, 16UC1"):
        from_metres(np.ones((1, 1), np.float32), "mono8")
