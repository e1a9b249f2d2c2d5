from __future__ import annotations

import numpy as np
import pytest

from bridgenet_ros.scenes.geometry import Surface, f32
from bridgenet_ros.scenes.textures import (
    Texture,
    books,
    by_face,
    checker,
    fractal,
    painting,
    plain,
    rug,
    stripes,
    wood,
)

RED, BLUE = (0.8, 0.1, 0.1), (0.1, 0.1, 0.7)


def places(uv: list[tuple[float, float]], face: int = 0) -> Surface:
    return Surface(f32(np.zeros((len(uv), 3))), f32(uv), np.full(len(uv), face, np.intp))


def test_checker_alternates() -> None:
    colours = checker(RED, BLUE, 0.5)(places([(0.1, 0.1), (0.6, 0.1), (0.6, 0.6), (-0.1, 0.1)]))

    assert colours == pytest.approx(f32([RED, BLUE, RED, BLUE]))


def test_stripes_run_along_the_chosen_axis() -> None:
    paint = stripes([RED, BLUE], 0.1, axis=1)

    assert paint(places([(0.35, 0.05), (0.05, 0.15)])) == pytest.approx(f32([RED, BLUE]))


def test_plain_without_grain_is_one_colour() -> None:
    assert plain(RED)(places([(0, 0), (3, 4)])) == pytest.approx(f32([RED, RED]))


def test_by_face_gives_each_side_its_own() -> None:
    paint = by_face(plain(RED), plain(BLUE), plain((1, 1, 1)))
    skin = Surface(f32(np.zeros((3, 3))), f32(np.zeros((3, 2))), np.array([1, 4, 5]))

    assert paint(skin) == pytest.approx(f32([RED, BLUE, (1, 1, 1)]))


def test_books_show_paper_on_top() -> None:
    paint = books(3)

    spines = paint(places([(0.0175 + 0.035 * k, 0.1) for k in range(6)], face=2))
    paper = paint(places([(0.0175, 0.1)], face=5))

    assert len(np.unique(spines, axis=0)) > 3
    assert paper[0] == pytest.approx([0.7, 0.66, 0.55])


@pytest.mark.parametrize(
    "paint",
    [
        plain(RED, grain=0.4),
        wood(RED, along=0, plank_m=0.1),
        books(1),
        painting(2),
        rug(RED, BLUE, (1.0, 1.0)),
    ],
)
def test_albedo_is_in_range_and_repeatable(paint: Texture) -> None:
    rng = np.random.default_rng(0)
    skin = places([(float(u), float(v)) for u, v in rng.uniform(-1, 1, (400, 2))])

    colours = paint(skin)

    assert colours.shape == (400, 3)
    assert colours.dtype == np.float32
    assert colours.min() >= 0
    assert colours.max() <= 1.2
    assert colours.std() > 0.01
    assert np.array_equal(colours, paint(skin))


def test_fractal_is_continuous() -> None:
    line = f32(np.stack([np.linspace(0, 5, 2001), np.full(2001, 0.3)], axis=1))

    values = fractal(line)

    assert np.abs(np.diff(values)).max() < 0.02
    assert values.min() >= 0
    assert values.max() <= 1
