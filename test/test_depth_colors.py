"""Colours of depth: a fixed range, the same in every picture."""

from __future__ import annotations

import numpy as np
import pytest

from bridgenet_ros.depth_colors import INVALID, TURBO, color_depth, round_range

NAN, INF = float("nan"), float("inf")


def test_the_range_runs_through_the_whole_table() -> None:
    depth = np.linspace(1.0, 3.0, 256, dtype=np.float32)[None]
    np.testing.assert_array_equal(color_depth(depth, 1.0, 3.0)[0, :, ::-1], TURBO)


def test_a_depth_has_its_colour_whatever_else_is_in_the_image() -> None:
    alone = color_depth(np.array([[2.5]], np.float32), 0.0, 6.0)
    among = color_depth(np.array([[0.3, 2.5, 50.0, NAN]], np.float32), 0.0, 6.0)
    np.testing.assert_array_equal(alone[0, 0], among[0, 1])


def test_depth_beyond_the_range_has_the_colour_of_its_end() -> None:
    colors = color_depth(np.array([[0.1, 1.0, 3.0, 99.0]], np.float32), 1.0, 3.0)[0]
    np.testing.assert_array_equal(colors[0], colors[1])
    np.testing.assert_array_equal(colors[2], colors[3])


def test_invalid_depth_is_a_grey_that_no_depth_has() -> None:
    colors = color_depth(np.array([[NAN, INF, -INF]], np.float32), 0.0, 1.0)
    assert (colors == INVALID).all()
    assert np.ptp(TURBO.astype(int), axis=1).min() > 0


def test_near_is_blue_and_far_is_red() -> None:
    near, far = color_depth(np.array([[0.5, 5.5]], np.float32), 0.0, 6.0)[0]
    assert near[0] > near[2]
    assert far[2] > far[0]


def test_the_table_is_matplotlib_s_turbo() -> None:
    mpl = pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    expected = np.asarray(mpl.colormaps["turbo"](np.arange(256)))[:, :3] * 255
    assert np.abs(expected - TURBO).max() <= 1.0


def test_a_range_is_in_half_metres_around_the_data() -> None:
    assert round_range(np.array([0.0, NAN, INF, 1.2, 2.1], np.float32)) == (1.0, 2.5)
    assert round_range(np.array([1.0], np.float32)) == (1.0, 1.5)
    assert round_range(np.array([0.0, NAN], np.float32)) == (0.0, 1.0)
