"""Classical upsampling."""

from __future__ import annotations

import numpy as np
import pytest

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.evaluation.baselines import (
    GuidedFilter,
    JointBilateral,
    Method,
    baselines,
    bicubic,
    bilinear,
    nearest,
)


def two_sides() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Colour, low-resolution and true depth of a wall edge inside a low-resolution pixel."""
    truth = np.full((32, 32), 1.0, dtype=np.float32)
    truth[:, 14:] = 3.0
    rgb = np.where(truth[..., None] > 2, 200, 50).astype(np.uint8).repeat(3, axis=2)
    return rgb, truth.reshape(8, 4, 8, 4).mean(axis=(1, 3)), truth


@pytest.mark.parametrize("scale", [4, 8, 16])
@pytest.mark.parametrize("disparity", [False, True])
def test_every_method_keeps_a_plane(scale: int, disparity: bool, rng: np.random.Generator) -> None:
    rgb = rng.integers(0, 256, (64, 48, 3), dtype=np.uint8)
    low = np.full((64 // scale, 48 // scale), 2.5, dtype=np.float32)
    methods = baselines(scale, disparity=disparity)
    assert list(methods) == ["nearest", "bilinear", "bicubic", "joint bilateral", "guided filter"]
    for method in methods.values():
        result = method(rgb, low)
        assert result.dtype == np.float32
        np.testing.assert_allclose(result, np.full((64, 48), 2.5), rtol=1e-4)


@pytest.mark.parametrize(
    "method", [nearest, bilinear, bicubic, JointBilateral(), GuidedFilter(radius=2, epsilon=1e-3)]
)
def test_a_hole_is_filled_from_its_surroundings(method: Method) -> None:
    low = np.full((4, 4), 2.0, dtype=np.float32)
    low[1, 2] = 0
    result = method(np.full((16, 16, 3), 90, dtype=np.uint8), low)
    np.testing.assert_allclose(result, np.full((16, 16), 2.0), rtol=1e-4)


def test_joint_bilateral_follows_the_colour_edge() -> None:
    rgb, low, truth = two_sides()
    sharp = JointBilateral(sigma_colour=0.05)(rgb, low)
    assert np.abs(sharp - truth).mean() < 0.5 * np.abs(bicubic(rgb, low) - truth).mean()


def test_joint_bilateral_uses_bicubic_where_nothing_is_near() -> None:
    low = np.zeros((8, 8), dtype=np.float32)
    low[0, 0] = 2
    rgb = np.zeros((32, 32, 3), dtype=np.uint8)
    np.testing.assert_allclose(JointBilateral()(rgb, low), np.full((32, 32), 2), rtol=1e-4)


def test_guided_filter_is_linear_in_the_guide_within_a_window() -> None:
    rgb, low, truth = two_sides()
    filtered = GuidedFilter(radius=4, epsilon=1e-6)(rgb, low)
    assert np.abs(filtered - truth).mean() < np.abs(bicubic(rgb, low) - truth).mean()


def test_nearest_repeats() -> None:
    low = np.array([[1, 2]], dtype=np.float32)
    result = nearest(np.zeros((2, 4, 3), dtype=np.uint8), low)
    assert result.tolist() == [[1, 1, 2, 2]] * 2


def test_a_scale_that_was_not_tuned_is_named() -> None:
    with pytest.raises(ConfigError, match=r"x3; expected one of \[4, 8, 16\]"):
        baselines(3, disparity=False)
