"""Random furnished rooms: the procedural counterpart of indoor RGB-D recordings."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bridgenet_ros.scenes import clutter, fittings, furniture
from bridgenet_ros.scenes.furniture import Piece
from bridgenet_ros.scenes.geometry import room
from bridgenet_ros.scenes.palette import Palette
from bridgenet_ros.scenes.render import Item
from bridgenet_ros.scenes.spot import Spot
from bridgenet_ros.scenes.stage import Region, Stage, random_light
from bridgenet_ros.scenes.textures import by_face, plain, rug

NEAREST_M = 0.5


class Size(NamedTuple):
    """A room's extent, metres; its lowest corner is the world's origin."""

    x: float
    y: float
    z: float


def random_room(rng: np.random.Generator) -> Stage:
    """A room with furniture along its walls and in its middle, and things everywhere."""
    palette = Palette(rng, vivid=float(rng.choice([0.3, 0.7, 0.95])))
    # The longest diagonal stays below 10 m, the far end of the depth range.
    long = rng.uniform(6.3, 8.3) if rng.random() < 0.15 else rng.uniform(2.6, 6.3)
    size = Size(long, rng.uniform(2.6, min(6.3, 10.9 - long)), rng.uniform(2.3, 3.0))
    items = _shell(size, palette)
    for number in range(4):
        items += _wall(size, number, palette, rng)
    items += _middle(size, palette, rng)
    lamp = (size.x * rng.uniform(0.25, 0.75), size.y * rng.uniform(0.25, 0.75), size.z - 0.1)
    return Stage(
        items,
        lamp,
        random_light(rng),
        Region((0.25, 0.25, 0.7), (size.x - 0.25, size.y - 0.25, 1.9)),
        Region((0.1, 0.1, 0.1), (size.x - 0.1, size.y - 0.1, 1.3)),
        NEAREST_M,
    )


def _shell(size: Size, palette: Palette) -> list[Item]:
    skin = by_face(palette.wall(), palette.floor(), palette.ceiling())
    board, at = plain((0.75, 0.74, 0.70)), Spot(size.x / 2, size.y / 2)
    items = [Item(room((0, 0, 0), size), skin)]
    for s in (-1, 1):
        items.append(at.box((0, s * size.y / 2, 0.04), (size.x, 0.03, 0.08), board))
        items.append(at.box((s * size.x / 2, 0, 0.04), (0.03, size.y, 0.08), board))
    return items


def _wall(size: Size, number: int, palette: Palette, rng: np.random.Generator) -> list[Item]:
    """Pieces side by side along one wall, and what hangs above them."""
    yaw = 90.0 * number
    long = size.x if number % 2 == 0 else size.y
    start = [(0.0, 0.0), (size.x, 0.0), (size.x, size.y), (0.0, size.y)][number]
    wall = Spot(*start, 0.0, yaw)
    items: list[Item] = []
    x = 0.5
    while x < long - 0.9:
        width = min(rng.uniform(0.7, 2.0), long - x - 0.4)
        at = wall.spot(x + width / 2, 0)
        if rng.random() < 0.75:
            items += _against_wall(at, width, palette, rng)
        else:
            items += _fitting(at, palette, rng)
        x += width + rng.choice([0.02, 0.15, 0.6])
    return items


def _fitting(at: Spot, palette: Palette, rng: np.random.Generator) -> list[Item]:
    kind = rng.random()
    if kind < 0.4:
        return fittings.door(at.spot(0, 0.02), palette, rng)
    if kind < 0.8:
        items = fittings.window(at.spot(0, 0.01), palette, rng)
        return items + (fittings.radiator(at, rng) if rng.random() < 0.6 else [])
    return fittings.curtain(at.spot(0, 0.1), rng.uniform(0.6, 1.4), palette.cloth(), rng)


def _against_wall(at: Spot, width: float, palette: Palette, rng: np.random.Generator) -> list[Item]:
    kind, items = rng.random(), []
    if kind < 0.22:
        piece = _shelves(at, width, palette, rng)
    elif kind < 0.42:
        piece = _cupboard(at, width, palette, rng)
    elif kind < 0.60:
        piece = _desk(at, width, palette, rng)
    else:
        piece, items = _low(at, width, palette, rng), fittings.picture(at, palette, rng)
    return items + _with_things(piece, palette, rng)


def _shelves(at: Spot, width: float, palette: Palette, rng: np.random.Generator) -> Piece:
    deep, tall = rng.uniform(0.22, 0.4), rng.uniform(0.8, 2.1)
    return furniture.bookcase(
        at.spot(0, deep / 2 + 0.02), (width, deep, tall), palette.timber(1), rng
    )


def _cupboard(at: Spot, width: float, palette: Palette, rng: np.random.Generator) -> Piece:
    deep, tall = rng.uniform(0.35, 0.65), float(rng.choice([rng.uniform(0.5, 1.1), 2.0]))
    place = at.spot(0, deep / 2 + 0.01)
    return furniture.cupboard(place, (width, deep, tall), palette.timber(1), palette.frame(), rng)


def _desk(at: Spot, width: float, palette: Palette, rng: np.random.Generator) -> Piece:
    """A table at the wall with a screen, and a chair before it."""
    deep = rng.uniform(0.5, 0.8)
    place = at.spot(0, deep / 2 + 0.03)
    size = (width, deep - 0.11 * (abs(width - deep) < 0.12), rng.uniform(0.68, 0.78))
    desk = furniture.table(place, size, palette.timber(), palette.frame(), rng)
    seat = place.spot(rng.uniform(-0.2, 0.2), deep / 2 + 0.15, 0, 180 + rng.normal(0, 25))
    items = desk.items + _seat(seat, palette, rng)
    if rng.random() < 0.7:
        items += clutter.screen(desk.tops[0].spot.spot(rng.uniform(-0.2, 0.2), 0), palette, rng)
    return Piece(items, desk.tops)


def _low(at: Spot, width: float, palette: Palette, rng: np.random.Generator) -> Piece:
    """Something with a free wall above."""
    kind = rng.random()
    if kind < 0.4:
        cloth, cushion = palette.upholstery(), palette.cloth()
        return Piece(furniture.sofa(at.spot(0, 0.5), max(width, 0.8), cloth, cushion, rng), [])
    if kind < 0.6:
        sheet, blanket, place = palette.cloth(), palette.cloth(), at.spot(0, 1.06)
        items = furniture.bed(place, max(width, 0.9), palette.timber(), sheet, blanket, rng)
        return Piece(items, [])
    if kind < 0.75:
        return Piece(_seat(at.spot(0, 0.35), palette, rng), [])
    if kind < 0.87:
        return Piece(_plant(at.spot(0, 0.35), palette, rng), [])
    cloths = [palette.cloth() for _ in range(int(rng.integers(2, 7)))]
    return Piece(furniture.clothes_rack(at.spot(0, 0.35), palette.frame(), cloths, rng), [])


def _middle(size: Size, palette: Palette, rng: np.random.Generator) -> list[Item]:
    """A rug, a table with chairs, and what else stands about."""
    at = Spot(
        size.x * rng.uniform(0.35, 0.65), size.y * rng.uniform(0.35, 0.65), 0, rng.uniform(0, 360)
    )
    items: list[Item] = []
    if rng.random() < 0.5:
        half = (rng.uniform(0.6, 1.2), rng.uniform(0.5, 1.0))
        cloth = rug(palette.any_colour(), palette.any_colour(), half)
        if rng.random() < 0.5:
            cloth = palette.cloth()
        items.append(at.box((0, 0, 0.005), (2 * half[0], 2 * half[1], 0.01), cloth))
    if rng.random() < 0.8:
        items += _table_group(at, palette, rng)
    free = Region((0.5, 0.5, 0), (size.x - 0.5, size.y - 0.5, 0))
    for _ in range(int(rng.integers(1, 4))):
        x, y, _z = free.draw(rng).tolist()
        items += _standing(Spot(x, y, 0, rng.uniform(0, 360)), palette, rng)
    floor = furniture.Top(Spot(size.x / 2, size.y / 2), 0.9 * size.x, 0.9 * size.y)
    return items + clutter.scatter_things(floor, int(rng.integers(1, 7)), palette, rng, size=1.5)


def _table_group(at: Spot, palette: Palette, rng: np.random.Generator) -> list[Item]:
    high = float(rng.choice([rng.uniform(0.35, 0.5), rng.uniform(0.68, 0.78)]))
    size = (rng.uniform(0.7, 1.6), rng.uniform(0.5, 0.9), high)
    piece = furniture.table(at, size, palette.timber(), palette.frame(), rng)
    items = _with_things(piece, palette, rng)
    if high > 0.6:
        metal, cloth = palette.frame(), palette.upholstery()
        for sx, sy in furniture.CORNERS[: int(rng.integers(1, 5))]:
            turn = (180 if sy > 0 else 0) + rng.normal(0, 20)
            place = at.spot(sx * size[0] / 4, sy * (size[1] / 2 + rng.uniform(0, 0.3)), 0, turn)
            items += furniture.chair(place, metal, cloth, bar_m=rng.uniform(0.008, 0.02))
    return items


def _standing(at: Spot, palette: Palette, rng: np.random.Generator) -> list[Item]:
    kind = rng.random()
    if kind < 0.45:
        return _seat(at, palette, rng)
    if kind < 0.6:
        shade = plain((0.95, 0.80, 0.52))
        return furniture.floor_lamp(at, palette.frame(), shade)
    if kind < 0.75:
        return _plant(at, palette, rng)
    if kind < 0.9:
        return clutter.thing(at, palette, rng, rng.uniform(2, 4))
    cloths = [palette.cloth() for _ in range(3)]
    return furniture.clothes_rack(at, palette.frame(), cloths, rng)


def _plant(at: Spot, palette: Palette, rng: np.random.Generator) -> list[Item]:
    stems, flat = int(rng.integers(4, 16)), rng.uniform(0.15, 1.2)
    return furniture.plant(at, palette.thing(), rng, stems=stems, flat=flat)


def _seat(at: Spot, palette: Palette, rng: np.random.Generator) -> list[Item]:
    kind = rng.random()
    if kind < 0.5:
        width, high, thin = rng.uniform(0.36, 0.5), rng.uniform(0.75, 1.1), rng.uniform(0.007, 0.02)
        metal, seat = palette.frame(), palette.upholstery()
        return furniture.chair(at, metal, seat, width=width, height=high, bar_m=thin)
    if kind < 0.75:
        return furniture.office_chair(at, palette.frame(), palette.upholstery(), rng)
    return furniture.sofa(at, rng.uniform(0.7, 0.95), palette.upholstery(), palette.cloth(), rng)


def _with_things(piece: Piece, palette: Palette, rng: np.random.Generator) -> list[Item]:
    items = list(piece.items)
    for top in piece.tops:
        most = 2 + int(5 * top.width)
        items += clutter.scatter_things(top, int(rng.integers(0, most)), palette, rng)
    return items
