"""The demo's living room: textured furniture, and thin things that low resolution loses."""

from __future__ import annotations

import numpy as np

from bridgenet_ros.scenes.furniture import chair, floor_lamp, plant
from bridgenet_ros.scenes.geometry import bar, box, room, sphere
from bridgenet_ros.scenes.render import Item, Renderer
from bridgenet_ros.scenes.spot import Spot
from bridgenet_ros.scenes.textures import (
    Texture,
    books,
    by_face,
    checker,
    painting,
    plain,
    rug,
    stripes,
    wood,
)

ROOM_LOW = (0.0, 0.0, 0.0)
ROOM_HIGH = (5.0, 4.2, 2.6)
LAMP = (2.35, 1.9, 2.45)

_OAK = (0.52, 0.33, 0.17)
_WALNUT = (0.26, 0.15, 0.08)
_STEEL = (0.30, 0.31, 0.33)
_WHITE = (0.78, 0.77, 0.74)


def living_room(seed: int = 0) -> Renderer:
    """The room, ready to draw; ``seed`` chooses the books and the paintings."""
    metal, seat = plain((0.06, 0.06, 0.065)), plain((0.08, 0.20, 0.24), grain=0.35)
    clay = plain((0.55, 0.24, 0.13), grain=0.2)
    items = [
        *_shell(seed),
        *_table(),
        *chair(Spot(2.02, 1.72, yaw_deg=205.0), metal, seat),
        *chair(Spot(2.72, 2.98, yaw_deg=15.0), metal, seat),
        *_shelf(seed),
        *floor_lamp(Spot(4.70, 3.62), plain(_STEEL), plain((0.95, 0.80, 0.52))),
        *plant(Spot(2.72, 3.82), clay, np.random.default_rng(3)),
        *_sofa(),
    ]
    return Renderer(items, lamp=LAMP)


def _shell(seed: int) -> list[Item]:
    wall = plain((0.66, 0.63, 0.56))
    floor = wood(_OAK, along=0, plank_m=0.14)
    ceiling = plain((0.82, 0.82, 0.80))
    carpet = rug((0.33, 0.07, 0.06), (0.06, 0.09, 0.20), (1.15, 0.85))
    frame = plain(_WALNUT)
    return [
        Item(room(ROOM_LOW, ROOM_HIGH), by_face(wall, floor, ceiling)),
        Item(box((2.55, 2.2, 0.006), (2.3, 1.7, 0.012)), carpet),
        Item(box((4.985, 2.15, 1.62), (0.03, 0.98, 0.68)), frame),
        Item(box((4.965, 2.15, 1.62), (0.03, 0.90, 0.60)), painting(seed + 11)),
        Item(box((2.35, 4.185, 1.62), (0.62, 0.03, 0.82)), frame),
        Item(box((2.35, 4.165, 1.62), (0.54, 0.03, 0.74)), painting(seed + 4)),
        Item(box((2.5, 4.19, 0.045), (5.0, 0.02, 0.09)), plain(_WHITE)),
        Item(box((4.99, 2.1, 0.045), (0.02, 4.2, 0.09)), plain(_WHITE)),
    ]


def _table() -> list[Item]:
    top, leg, z = wood(_WALNUT, along=0), plain(_STEEL), 0.74
    x, y = 2.75, 2.2
    globe = checker((0.05, 0.20, 0.42), (0.62, 0.55, 0.30), 0.055)
    cover = [(0.55, 0.10, 0.08), (0.62, 0.58, 0.48), (0.10, 0.24, 0.20)]
    items = [Item(box((x, y, z), (1.35, 0.75, 0.03)), top)]
    for sx in (-1, 1):
        for sy in (-1, 1):
            foot, head = (x + 0.62 * sx, y + 0.33 * sy), (x + 0.56 * sx, y + 0.28 * sy)
            items.append(Item(bar((*foot, 0.0), (*head, z), 0.014), leg))
    items += [
        Item(sphere((x + 0.1, y + 0.12, z + 0.165), 0.12), globe),
        Item(bar((x + 0.1, y + 0.12, z + 0.01), (x + 0.1, y + 0.12, z + 0.05), 0.06), leg),
        Item(box((x - 0.38, y - 0.05, z + 0.035), (0.26, 0.19, 0.04), 18), plain(cover[0])),
        Item(box((x - 0.37, y - 0.05, z + 0.072), (0.23, 0.17, 0.034), -7), plain(cover[1])),
        Item(box((x - 0.38, y - 0.04, z + 0.102), (0.20, 0.15, 0.026), 31), plain(cover[2])),
        *_mug((x - 0.08, y - 0.22), z + 0.015),
        *_vase((x + 0.47, y - 0.12), z + 0.015),
    ]
    return items


def _mug(at: tuple[float, float], z: float) -> list[Item]:
    bands = stripes([_WHITE, (0.75, 0.30, 0.06)], 0.03, axis=1)
    return [Item(bar((*at, z), (*at, z + 0.105), 0.042), bands)]


def _vase(at: tuple[float, float], z: float) -> list[Item]:
    """A vase with dry twigs, each a few millimetres thick."""
    x, y = at
    glaze, twig = plain((0.05, 0.22, 0.26), grain=0.3), plain((0.30, 0.22, 0.12))
    items = [
        Item(sphere((x, y, z + 0.075), 0.075), glaze),
        Item(bar((x, y, z + 0.12), (x, y, z + 0.2), 0.028), glaze),
    ]
    for angle, lean, length in (
        (0.4, 0.20, 0.44),
        (2.3, 0.26, 0.38),
        (3.6, 0.14, 0.50),
        (5.2, 0.3, 0.34),
    ):
        tip = (x + lean * np.cos(angle), y + lean * np.sin(angle), z + 0.18 + length)
        items.append(Item(bar((x, y, z + 0.18), tip, 0.006), twig))
        items.append(Item(sphere(tip, 0.022), plain((0.70, 0.45, 0.30))))
    return items


def _shelf(seed: int) -> list[Item]:
    """A bookcase against the far wall (y = 4.2)."""
    x, y, width, depth, height = 3.85, 4.02, 1.25, 0.30, 1.95
    timber: Texture = wood(_OAK, along=1)
    board: Texture = wood(_OAK, along=0)
    items = [
        Item(box((x, 4.165, height / 2), (width, 0.02, height)), plain((0.35, 0.24, 0.14))),
        Item(box((x - width / 2, y, height / 2), (0.025, depth, height)), timber),
        Item(box((x + width / 2, y, height / 2), (0.025, depth, height)), timber),
    ]
    levels = (0.08, 0.46, 0.83, 1.20, 1.57, 1.94)
    items += [Item(box((x, y, z), (width, depth, 0.022)), board) for z in levels]
    rows = (
        (0.08, -0.56, 0.62, 0.27),
        (0.08, 0.14, 0.36, 0.24),
        (0.46, -0.50, 0.30, 0.25),
        (0.46, 0.02, 0.52, 0.28),
        (0.83, -0.56, 0.70, 0.24),
        (1.20, -0.20, 0.45, 0.26),
        (1.57, -0.56, 0.40, 0.25),
        (1.57, 0.10, 0.42, 0.28),
    )
    for number, (z, start, length, tall) in enumerate(rows):
        centre = (x + start + length / 2, y + 0.02, z + 0.011 + tall / 2)
        items.append(Item(box(centre, (length, 0.2, tall)), books(seed + 20 + number)))
    items += [
        Item(sphere((x + 0.38, y, 0.83 + 0.10), 0.09), plain((0.62, 0.16, 0.10), grain=0.2)),
        Item(bar((x - 0.42, y, 1.21), (x - 0.42, y, 1.45), 0.05), plain((0.12, 0.30, 0.36))),
        Item(bar((x + 0.44, y, 1.21), (x + 0.44, y, 1.38), 0.06), plain((0.70, 0.66, 0.55))),
    ]
    return items


def _sofa() -> list[Item]:
    """Along the wall x = 5, under the painting."""
    cloth = plain((0.30, 0.34, 0.33), grain=0.3, grain_m=0.015)
    cushion = stripes([(0.72, 0.50, 0.12), (0.66, 0.62, 0.52)], 0.05)
    return [
        Item(box((4.52, 2.15, 0.22), (0.80, 1.75, 0.34)), cloth),
        Item(box((4.82, 2.15, 0.55), (0.24, 1.75, 0.50)), cloth),
        Item(box((4.52, 1.22, 0.32), (0.80, 0.16, 0.52)), cloth),
        Item(box((4.52, 3.08, 0.32), (0.80, 0.16, 0.52)), cloth),
        Item(box((4.55, 1.55, 0.55), (0.14, 0.38, 0.34), 20), cushion),
    ]
