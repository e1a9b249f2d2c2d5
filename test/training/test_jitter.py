"""Changes of colour and depth that leave a sample true."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenet_ros.training.jitter import depth_factor, jitter_colour

RAMP = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_without_spread_nothing_changes() -> None:
    assert np.array_equal(jitter_colour(RAMP, rng(), 0.0), RAMP)
    assert depth_factor(np.full((2, 2), 0.5, np.float32), rng(), 0.0) == 1.0


@given(st.integers(0, 10_000))
def test_colour_keeps_its_order_and_black(seed: int) -> None:
    jittered = jitter_colour(RAMP, rng(seed), 0.3)
    assert jittered.dtype == np.uint8
    assert (jittered[0, 0] == 0).all()
    assert (np.diff(jittered.astype(int), axis=1) >= 0).all()


def test_colour_is_the_power_law_that_was_drawn() -> None:
    twin = rng(5)
    gamma, exposure = np.exp(twin.normal(0, 0.1, 2))
    gains = exposure * np.exp(twin.normal(0, 0.05, 3))
    expected = np.rint(np.clip((100 / 255) ** gamma * gains, 0, 1) * 255)
    assert jitter_colour(RAMP, rng(5), 0.1)[0, 100].tolist() == expected.tolist()


def test_channels_differ_by_less_than_exposures() -> None:
    drawn = np.stack([jitter_colour(RAMP, rng(i), 0.2)[0, 60] for i in range(400)]).astype(float)
    logs = np.log(drawn)
    assert logs.std(axis=1).mean() < 0.5 * logs.mean(axis=1).std()


@given(st.integers(0, 10_000), st.floats(0.0, 0.99))
def test_depth_below_one_stays_there(seed: int, deepest: float) -> None:
    target = np.array([[0.0, deepest]], np.float32)
    assert depth_factor(target, rng(seed), 0.5) * deepest <= 1 + 1e-6


def test_depth_beyond_one_is_not_enlarged() -> None:
    beyond = np.array([[1.4]], np.float32)
    factors = [depth_factor(beyond, rng(i), 0.3) for i in range(50)]
    assert max(factors) == 1.0
    assert min(factors) < 0.9


def test_factor_has_the_spread_that_was_asked_for() -> None:
    near = np.full((1, 1), 0.01, np.float32)
    logs = np.log([depth_factor(near, rng(i), 0.15) for i in range(2000)])
    assert logs.mean() == pytest.approx(0, abs=0.01)
    assert logs.std() == pytest.approx(0.15, rel=0.1)
