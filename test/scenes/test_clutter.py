from __future__ import annotations

import numpy as np
import pytest

from bridgenet_ros.scenes import clutter
from bridgenet_ros.scenes.furniture import Top
from bridgenet_ros.scenes.palette import Palette
from bridgenet_ros.scenes.spot import Spot


def test_things_are_small_and_lie_on_the_surface() -> None:
    rng = np.random.default_rng(2)
    palette = Palette(rng)
    for _ in range(60):
        items = clutter.thing(Spot(0, 0, 0.7), palette, rng, 1.0)
        corners = np.concatenate([item.solid.corners() for item in items])
        assert corners[:, 2].min() > 0.5  # soft things sink in
        assert corners[:, 2].max() < 1.6
        assert np.abs(corners[:, :2]).max() < 0.6


def test_scattered_things_keep_to_the_top() -> None:
    rng = np.random.default_rng(2)
    top = Top(Spot(5, 5, 0.7, 90), 2.0, 0.2)  # turned: long in the world's y

    items = clutter.scatter_things(top, 40, Palette(rng), rng, size=0.1)

    centres = np.stack([item.solid.corners().mean(axis=0) for item in items])
    assert np.ptp(centres[:, 1]) > 1.2
    assert np.ptp(centres[:, 0]) < 0.4
    assert clutter.scatter_things(top, 0, Palette(rng), rng) == []


@pytest.mark.parametrize("seed", range(4))
def test_a_screen_stands_upright(seed: int) -> None:
    rng = np.random.default_rng(seed)

    items = clutter.screen(Spot(0, 0, 0.7), Palette(rng), rng)

    corners = np.concatenate([item.solid.corners() for item in items])
    assert corners[:, 2].min() == pytest.approx(0.7, abs=0.01)
    assert 0.9 < corners[:, 2].max() < 1.3
