from __future__ import annotations

import numpy as np
import pytest

from bridgenet_ros.scenes.geometry import Surface, f32
from bridgenet_ros.scenes.patterns import clouds, dots, faint, lettering, moved, tiles, weave
from bridgenet_ros.scenes.textures import Texture, checker, plain

WHITE, BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)


def skin(*places: tuple[float, float]) -> Surface:
    uv = f32(places)
    return Surface(np.zeros((len(uv), 3), np.float32), uv, np.zeros(len(uv), np.intp))


def square(side_m: float = 1.0, count: int = 80) -> Surface:
    u, v = np.meshgrid(np.linspace(0, side_m, count), np.linspace(0, side_m, count))
    return skin(*zip(u.ravel(), v.ravel(), strict=True))


def test_tiles_have_joints_and_shifted_rows() -> None:
    paint = tiles(WHITE, BLACK, (0.2, 0.1), joint_m=0.02, shift=0.5)

    joint, middle = (0.2, 0.05), (0.1, 0.05)
    assert paint(skin(joint)).max() == 0
    assert paint(skin(middle)).min() > 0.8
    # One row up everything is half a tile to the side, but for the joint between the rows.
    assert paint(skin((0.1, 0.15))).max() == 0
    assert paint(skin((0.2, 0.15))).min() > 0.8
    assert paint(skin((0.15, 0.1))).max() == 0


def test_dots_lie_in_the_middle_of_their_cells() -> None:
    paint = dots(WHITE, BLACK, 0.1)

    assert paint(skin((0.05, 0.05), (0.15, 0.25))).max() == 0
    assert paint(skin((0.0, 0.0), (0.1, 0.05))).min() == 1


@pytest.mark.parametrize(
    "paint",
    [
        clouds((WHITE, BLACK), 0.1, 4),
        lettering(WHITE, BLACK, 0.05),
        weave(WHITE, BLACK, 0.05),
        tiles(WHITE, BLACK, (0.2, 0.1), joint_m=0.02, shift=0.0),
    ],
)
def test_patterns_show_both_colours_and_are_repeatable(paint: Texture) -> None:
    first, second = paint(square()), paint(square())

    assert first.shape == (6400, 3)
    assert first.dtype == np.float32
    assert np.array_equal(first, second)
    assert first.min() < 0.1
    assert first.max() > 0.9


def test_a_faint_texture_is_close_to_its_colour() -> None:
    paint = faint(checker(WHITE, BLACK, 0.1), (0.5, 0.5, 0.5), 0.2)

    assert np.unique(paint(square())) == pytest.approx([0.4, 0.6])
    assert np.ptp(faint(checker(WHITE, BLACK, 0.1), WHITE, 0.0)(square())) == 0


def test_a_moved_texture_shows_another_place() -> None:
    base = checker(WHITE, BLACK, 0.1)

    assert moved(base, (0.1, 0.0))(skin((0.05, 0.05)))[0] == pytest.approx(BLACK)
    # A quarter turn takes (0.05, 0.15) to (0.15, -0.05).
    assert moved(base, (0.0, 0.0), 90)(skin((0.05, 0.15)))[0] == pytest.approx(
        base(skin((0.15, -0.05)))[0]
    )
    assert np.ptp(moved(plain(WHITE), (3, 4), 30)(square())) == 0
