from __future__ import annotations

import numpy as np
import pytest

from bridgenet_ros.scenes.geometry import Surface, f32
from bridgenet_ros.scenes.palette import Palette, colour

MATERIALS = [
    "wall",
    "backdrop",
    "floor",
    "ceiling",
    "timber",
    "frame",
    "upholstery",
    "cloth",
    "thing",
    "anything",
]


def skin(count: int = 300) -> Surface:
    uv = f32(np.random.default_rng(1).uniform(-2, 2, (count, 2)))
    return Surface(np.zeros((count, 3), np.float32), uv, np.zeros(count, np.intp))


@pytest.mark.parametrize("material", MATERIALS)
def test_materials_are_albedo(material: str) -> None:
    palette = Palette(np.random.default_rng(3))
    for _ in range(30):
        albedo = getattr(palette, material)()(skin())
        assert albedo.shape == (300, 3)
        assert albedo.min() >= -1e-6
        assert albedo.max() < 1.4  # light times albedo is clipped by the renderer


def test_the_same_seed_draws_the_same_materials() -> None:
    first, second = (Palette(np.random.default_rng(5)) for _ in range(2))

    for _ in range(10):
        assert np.array_equal(first.thing()(skin()), second.thing()(skin()))


def test_some_things_have_the_walls_colour_and_some_are_faint() -> None:
    palette = Palette(np.random.default_rng(5))
    painted = [palette.thing()(skin()) for _ in range(200)]

    wall = sum(np.allclose(p, palette.wall_colour, atol=1e-6) for p in painted)
    faint = sum(0 < np.ptp(p, axis=0).max() < 0.1 for p in painted)
    assert 5 < wall < 60
    assert faint > 5


def test_colours_keep_to_their_bounds() -> None:
    rng = np.random.default_rng(0)
    drawn = np.array([colour(rng, vivid=0.5, low=0.1, high=0.4) for _ in range(200)])

    brightest, dimmest = drawn.max(axis=1), drawn.min(axis=1)
    assert 0.1 <= brightest.min() <= brightest.max() <= 0.4
    assert (1 - dimmest / brightest).max() <= 0.5 + 1e-9
