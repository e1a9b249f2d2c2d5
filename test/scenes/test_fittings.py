from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bridgenet_ros.scenes import fittings
from bridgenet_ros.scenes.palette import Palette
from bridgenet_ros.scenes.render import Item
from bridgenet_ros.scenes.spot import Spot

Maker = Callable[[Spot, Palette, np.random.Generator], list[Item]]

FITTINGS: dict[str, Maker] = {
    "picture": fittings.picture,
    "window": fittings.window,
    "door": fittings.door,
    "curtain": lambda at, palette, rng: fittings.curtain(at, 1.0, palette.cloth(), rng),
    "radiator": lambda at, palette, rng: fittings.radiator(at, rng),
}


@pytest.mark.parametrize("name", FITTINGS)
@pytest.mark.parametrize("seed", range(5))
def test_fittings_hang_on_the_wall(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)

    items = FITTINGS[name](Spot(0, 0), Palette(rng), rng)

    corners = np.concatenate([item.solid.corners() for item in items])
    low, high = corners.min(axis=0), corners.max(axis=0)
    assert low[1] > -0.2  # the wall is at y = 0 and hides what lies behind it
    assert high[1] < 1.0  # a door may be ajar
    assert low[2] > -0.02
    assert high[2] < 2.4
    assert high[0] - low[0] < 3.2


def test_a_picture_hardly_stands_out() -> None:
    rng = np.random.default_rng(1)
    corners = [item.solid.corners() for item in fittings.picture(Spot(0, 0), Palette(rng), rng)]

    assert np.concatenate(corners)[:, 1].max() < 0.03


def test_windows_are_bright() -> None:
    rng = np.random.default_rng(1)

    assert any(item.glow > 0.2 for item in fittings.window(Spot(0, 0), Palette(rng), rng))
