"""Each fault of the sensor model alone, and the mixture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenet_ros.data import degrade


def step(near: float = 1.0, far: float = 3.0) -> np.ndarray:
    """8x16: near on the left half, far on the right."""
    depth = np.full((8, 16), far, dtype=np.float32)
    depth[:, :8] = near
    return depth


def test_blobs_only_invalidate(rng: np.random.Generator) -> None:
    depth = step()
    out = degrade.blob_holes(depth, rng, count=2, radius=3)
    hole = out == 0
    assert 0 < hole.mean() < 0.6
    np.testing.assert_array_equal(out[~hole], depth[~hole])


def test_shadow_is_as_wide_as_the_disparity_step() -> None:
    # 6 px/m: disparity 6 px at 1 m and 2 px at 3 m, so 4 columns right of the edge are hidden.
    out = degrade.occlusion_shadow(step(), baseline_px_m=6)
    assert (out[0] == 0).nonzero()[0].tolist() == [8, 9, 10]


def test_flat_depth_casts_no_shadow() -> None:
    flat = np.full((4, 9), 2, dtype=np.float32)
    np.testing.assert_array_equal(degrade.occlusion_shadow(flat, baseline_px_m=50), flat)


def test_highlights_are_holes() -> None:
    rgb = np.full((16, 32, 3), 90, dtype=np.uint8)
    rgb[:2, :2] = 255
    out = degrade.specular_holes(step(), rgb)
    assert np.argwhere(out == 0).tolist() == [[0, 0]]


def test_noise_grows_with_depth_squared(rng: np.random.Generator) -> None:
    for metres in (1.0, 4.0):
        depth = np.full((200, 200), metres, dtype=np.float32)
        noisy = degrade.range_noise(depth, rng, floor_m=0.001, growth_per_m=0.002)
        assert noisy.std() == pytest.approx(0.001 + 0.002 * metres**2, rel=0.03)
        assert noisy.mean() == pytest.approx(metres, abs=0.001)


def test_noise_leaves_holes(rng: np.random.Generator) -> None:
    depth = step()
    depth[2] = 0
    out = degrade.range_noise(depth, rng, floor_m=0.1, growth_per_m=0.1)
    np.testing.assert_array_equal(out == 0, depth == 0)


def test_disparity_is_rounded_to_steps() -> None:
    depth = np.array([[0.0, 1.0, 2.1, 7.9]], dtype=np.float32)
    out = degrade.quantise_disparity(depth, baseline_px_m=40, step_px=0.5)
    # Disparities 40, 19.05 and 5.06 px become 40, 19 and 5.
    np.testing.assert_allclose(out, [[0, 1, 40 / 19, 8]], rtol=1e-6)


def test_flying_pixels_lie_between_the_sides_and_only_at_edges(rng: np.random.Generator) -> None:
    depth = step()
    out = degrade.flying_pixels(depth, rng, share=1.0)
    changed = (out != depth).any(axis=0).nonzero()[0]
    assert changed.tolist() == [7, 8]
    assert out.min() >= 1.0
    assert out.max() <= 3.0


def test_flying_pixels_ignore_holes(rng: np.random.Generator) -> None:
    depth = np.full((6, 6), 2, dtype=np.float32)
    depth[2, 2] = 0
    np.testing.assert_array_equal(degrade.flying_pixels(depth, rng, share=1.0), depth)


def test_misalignment_moves_the_colour() -> None:
    rgb = np.zeros((8, 8, 3), dtype=np.uint8)
    rgb[4, 3] = 200
    moved = degrade.misalign(rgb, dx=2, dy=-1)
    assert np.argwhere(moved[..., 0] > 0).tolist() == [[3, 5]]


def test_blur_spreads_and_keeps_the_mean() -> None:
    rgb = np.zeros((15, 15, 3), dtype=np.uint8)
    rgb[5:10, 5:10] = 200
    blurred = degrade.blur_colour(rgb, sigma_px=1.0)
    assert blurred[7, 4, 0] > 0
    assert blurred.mean() == pytest.approx(rgb.mean(), rel=0.02)
    assert degrade.blur_colour(rgb, sigma_px=0) is rgb


def test_exposure_by_hand() -> None:
    rgb = np.array([[[0, 64, 255]]], dtype=np.uint8)
    assert degrade.expose(rgb, gain=2, gamma=1).tolist() == [[[0, 128, 255]]]
    assert degrade.expose(rgb, gain=1, gamma=0.5).tolist() == [[[0, 128, 255]]]


@given(seed=st.integers(0, 2**32 - 1))
def test_the_mixture_is_seeded_keeps_shapes_and_leaves_depth(seed: int) -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (64, 128, 3), dtype=np.uint8)
    once, again = (
        degrade.apply_sensor(rgb, step(), np.random.default_rng(seed), degrade.SensorModel())
        for _ in range(2)
    )
    for a, b in zip(once, again, strict=True):
        np.testing.assert_array_equal(a, b)
    colour, depth = once
    assert (colour.shape, colour.dtype) == (rgb.shape, np.uint8)
    assert (depth.shape, depth.dtype) == ((8, 16), np.float32)
    assert np.isfinite(depth).all()
    assert (depth >= 0).all()
    assert (depth > 0).any()


@given(seed=st.integers(0, 2**32 - 1))
def test_disparity_stays_disparity(seed: int) -> None:
    disparity = np.linspace(0.01, 0.9, 128, dtype=np.float32).reshape(8, 16)
    rgb = np.full((64, 128, 3), 100, dtype=np.uint8)
    rng = np.random.default_rng(seed)
    _, out = degrade.apply_sensor_to_disparity(rgb, disparity, rng, degrade.SensorModel())
    measured = out > 0
    assert measured.any()
    assert np.abs(out - disparity)[measured].mean() < 0.1
    assert out.max() <= degrade.MOST_DISPARITY
    far = disparity < degrade.LEAST_DISPARITY
    np.testing.assert_array_equal(out[far], disparity[far])
