from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bridgenet_ros.scenes import furniture
from bridgenet_ros.scenes.geometry import Cylinder
from bridgenet_ros.scenes.render import Item
from bridgenet_ros.scenes.spot import Spot
from bridgenet_ros.scenes.textures import plain

GREY = plain((0.5, 0.5, 0.5))
AT = Spot(10, 20, 0, 30)


def rng() -> np.random.Generator:
    return np.random.default_rng(4)


PIECES: dict[str, Callable[[Spot], list[Item]]] = {
    "chair": lambda at: furniture.chair(at, GREY, GREY),
    "office chair": lambda at: furniture.office_chair(at, GREY, GREY, rng()),
    "table": lambda at: furniture.table(at, (1.4, 0.8, 0.74), GREY, GREY, rng()).items,
    "round table": lambda at: furniture.table(at, (0.8, 0.8, 0.74), GREY, GREY, rng()).items,
    "sofa": lambda at: furniture.sofa(at, 1.8, GREY, GREY, rng()),
    "bed": lambda at: furniture.bed(at, 1.6, GREY, GREY, GREY, rng()),
    "bookcase": lambda at: furniture.bookcase(at, (1, 0.3, 1.9), GREY, rng()).items,
    "cupboard": lambda at: furniture.cupboard(at, (1, 0.5, 1), GREY, GREY, rng()).items,
    "lamp": lambda at: furniture.floor_lamp(at, GREY, GREY),
    "plant": lambda at: furniture.plant(at, GREY, rng()),
    "rack": lambda at: furniture.clothes_rack(at, GREY, [GREY] * 3, rng()),
}


def bounds(items: list[Item]) -> tuple[np.ndarray, np.ndarray]:
    corners = np.concatenate([item.solid.corners() for item in items])
    return corners.min(axis=0), corners.max(axis=0)


@pytest.mark.parametrize("name", PIECES)
def test_a_piece_stands_on_the_floor_around_its_spot(name: str) -> None:
    low, high = bounds(PIECES[name](AT))

    assert -0.12 < low[2] < 0.12
    assert 0.4 < high[2] < 2.3
    assert (low[:2] < (10, 20)).all()
    assert (high[:2] > (10, 20)).all()
    assert (high - low < 2.8).all()


def test_a_chair_has_thin_bars_and_scales() -> None:
    bars = [item.solid for item in furniture.chair(AT, GREY, GREY, bar_m=0.01)]
    radii = [solid.radius for solid in bars if isinstance(solid, Cylinder)]

    assert len(radii) == 10
    assert max(radii) < 0.015
    wide = bounds(furniture.chair(Spot(0, 0), GREY, GREY, width=0.6, height=1.1))
    assert wide[1] - wide[0] == pytest.approx([0.6, 0.61, 1.1], abs=0.06)


def test_leaves_may_be_flat() -> None:
    leaves = furniture.plant(Spot(0, 0), GREY, rng(), stems=1, flat=0.2)[-1].solid.corners()

    width, _, height = np.ptp(leaves, axis=0)
    assert height == pytest.approx(0.2 * width, rel=1e-4)


@pytest.mark.parametrize("size", [(1.4, 0.8, 0.74), (0.8, 0.8, 0.5)])
def test_things_can_stand_on_the_table(size: tuple[float, float, float]) -> None:
    piece = furniture.table(Spot(1, 2), size, GREY, GREY, rng())

    (top,) = piece.tops
    assert (top.spot.x, top.spot.y, top.spot.z) == (1, 2, size[2])
    assert bounds(piece.items)[1][2] == pytest.approx(size[2])
    assert top.width < size[0]


def test_a_bookcase_has_books_or_room_on_every_shelf() -> None:
    piece = furniture.bookcase(Spot(0, 0), (1.0, 0.3, 1.9), GREY, rng())

    assert piece.tops
    assert all(0 < top.spot.z < 1.95 for top in piece.tops)
    assert piece.tops[-1].spot.z == pytest.approx(1.9, abs=0.02)
