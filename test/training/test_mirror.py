"""Depth that colour does not show."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bridgenet_ros.training.mirror import DISTANCE, mirrored

FLAT = np.full((96, 96), 0.5, np.float32)


def test_there_are_two_distances_and_each_has_its_share() -> None:
    shares = []
    for seed in range(40):
        near, far = np.unique(mirrored(FLAT, np.random.default_rng(seed)))
        assert near == 0.5 or far == 0.5
        assert DISTANCE[0] - 1e-3 < np.log(far / near) < DISTANCE[1] + 1e-3
        shares.append((mirrored(FLAT, np.random.default_rng(seed)) != 0.5).mean())
    assert 0.15 < np.mean(shares) < 0.35  # half of the region, which is half of the sample


def test_blobs_are_neither_dust_nor_one_surface() -> None:
    changed = mirrored(FLAT, np.random.default_rng(0)) != 0.5
    borders = (changed[:, 1:] != changed[:, :-1]).mean()
    assert 0.01 < borders < 0.2


@given(st.integers(0, 10_000), st.floats(0.01, 1.0))
def test_depth_stays_within_the_range_and_holes_stay_holes(seed: int, deepest: float) -> None:
    target = np.linspace(0.0, deepest, 48 * 48, dtype=np.float32).reshape(48, 48)
    changed = mirrored(target, np.random.default_rng(seed))
    assert changed.dtype == np.float32
    assert changed.max() <= 1.0
    assert np.array_equal(changed == 0, target == 0)


def test_beyond_the_range_nothing_goes_farther() -> None:
    target = np.full((48, 48), 1.5, np.float32)
    assert max(mirrored(target, np.random.default_rng(s)).max() for s in range(20)) == 1.5
