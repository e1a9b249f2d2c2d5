"""The share of points between two planes, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from bridgenet_ros.evaluation.flying import flying_points, flying_share


def step_scene(near_m: float = 1.0, far_m: float = 2.0) -> np.ndarray:
    """(20, 40): near on the left, far from column 20 on."""
    return np.where(np.arange(40) < 20, near_m, far_m).astype(np.float32)[None].repeat(20, 0)


def test_the_truth_itself_has_none() -> None:
    assert flying_share(step_scene(), step_scene()) == 0.0


def test_points_between_the_planes_are_counted() -> None:
    depth = step_scene()
    depth[:, 19:21] = (1.3, 1.7)
    assert flying_points(depth, step_scene()).nonzero()[1].tolist() == [19, 20] * 20
    assert flying_share(depth, step_scene()) == pytest.approx(2 / 40)


def test_invalid_points_do_not_count() -> None:
    depth = step_scene()
    depth[:, 19] = 1.5
    depth[:, 20] = np.nan
    assert flying_share(depth, step_scene()) == pytest.approx(1 / 39)
    assert np.isnan(flying_share(np.full((20, 40), np.nan, np.float32), step_scene()))


def test_an_edge_that_is_a_pixel_off_does_not_fly() -> None:
    depth = step_scene()
    depth[:, 20] = 1.0
    assert flying_share(depth, step_scene()) == 0.0


def test_an_error_far_from_any_edge_is_none_of_these() -> None:
    depth = step_scene()
    depth[:, 5] = 1.5
    assert flying_share(depth, step_scene()) == 0.0


def test_the_truth_of_a_slope_has_none() -> None:
    slope = np.linspace(1.0, 9.0, 40, dtype=np.float32)[None].repeat(20, 0)
    assert flying_share(slope, slope) == 0.0
