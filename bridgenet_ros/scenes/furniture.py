"""Furniture of boxes, bars and balls; each piece stands at a `Spot` with its back towards -y."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bridgenet_ros.scenes.render import Item
from bridgenet_ros.scenes.spot import Spot
from bridgenet_ros.scenes.textures import Texture, books, plain

CORNERS = ((-1, -1), (-1, 1), (1, -1), (1, 1))


class Top(NamedTuple):
    """A level surface that things can stand on."""

    spot: Spot
    """Its middle."""
    width: float
    depth: float


class Piece(NamedTuple):
    """A piece of furniture."""

    items: list[Item]
    tops: list[Top]


def chair(
    at: Spot,
    metal: Texture,
    seat: Texture,
    *,
    width: float = 0.40,
    height: float = 0.92,
    bar_m: float = 0.011,
) -> list[Item]:
    """A slender chair of round bars of radius ``bar_m``."""
    k, thin = width / 0.40, bar_m * 0.68
    items = [at.box((0, 0, 0.455), (0.40 * k, 0.40 * k, 0.035), seat)]
    for side in (-k, k):
        front, back = (0.20 * side, 0.20 * k, 0.0), (0.19 * side, -0.21 * k, 0.0)
        items += [
            at.bar(front, (0.17 * side, 0.17 * k, 0.45), bar_m, metal),
            at.bar(back, (0.17 * side, -0.19 * k, height), bar_m, metal),
            at.bar((0.19 * side, 0.19 * k, 0.2), (0.18 * side, -0.2 * k, 0.2), thin, metal),
        ]
    top = height - 0.02
    items += [
        at.bar((x * k, -0.18 * k, 0.47), (x * k, -0.19 * k, top), thin, metal)
        for x in (-0.09, 0.0, 0.09)
    ]
    rail = ((-0.18 * k, -0.19 * k, top), (0.18 * k, -0.19 * k, top))
    return [*items, at.bar(*rail, 1.36 * bar_m, metal)]


def office_chair(at: Spot, metal: Texture, cloth: Texture, rng: np.random.Generator) -> list[Item]:
    """A swivel chair: five feet, a column, cushions, arms."""
    seat_z, back_z = rng.uniform(0.42, 0.52), rng.uniform(0.4, 0.65)
    items = [at.bar((0, 0, 0.08), (0, 0, seat_z), 0.025, metal)]
    for angle in np.arange(5) * 2 * np.pi / 5 + rng.uniform(0, 1):
        foot = (0.3 * float(np.cos(angle)), 0.3 * float(np.sin(angle)), 0.05)
        items += [at.bar((0, 0, 0.1), foot, 0.015, metal), at.ball(foot, (0.06,) * 3, metal)]
    items += [
        at.box((0, 0, seat_z + 0.03), (0.48, 0.46, 0.07), cloth),
        at.bar((0, -0.2, seat_z), (0, -0.27, seat_z + 0.3), 0.02, metal),
        at.box((0, -0.27, seat_z + 0.2 + back_z / 2), (0.44, 0.06, back_z), cloth, tilt_deg=8),
    ]
    for x in (-0.27, 0.27):
        arm = seat_z + 0.22
        items += [
            at.bar((x, -0.05, seat_z), (x, -0.05, arm), 0.012, metal),
            at.box((x, -0.03, arm), (0.06, 0.26, 0.03), metal),
        ]
    return items


def table(
    at: Spot, size: tuple[float, float, float], top: Texture, leg: Texture, rng: np.random.Generator
) -> Piece:
    """A table of full ``size`` on four round or square legs, or on one column if it is round."""
    width, depth, height = size
    slab = rng.uniform(0.015, 0.05)
    if abs(width - depth) < 0.1:
        items = [
            at.bar((0, 0, height - slab), (0, 0, height), width / 2, top),
            at.bar((0, 0, 0), (0, 0, height - slab), rng.uniform(0.02, 0.06), leg),
            at.bar((0, 0, 0), (0, 0, 0.03), width / 3.5, leg),
        ]
        return Piece(items, [Top(at.spot(0, 0, height), 0.65 * width, 0.65 * depth)])
    items = [at.box((0, 0, height - slab / 2), (width, depth, slab), top)]
    thick, inset = rng.uniform(0.01, 0.035), rng.uniform(0.03, 0.12)
    splay, square = rng.choice([0.0, 0.06]), rng.random() < 0.4
    for sx, sy in CORNERS:
        x, y = sx * (width / 2 - inset), sy * (depth / 2 - inset)
        if square:
            middle = (x, y, (height - slab) / 2)
            items.append(at.box(middle, (2 * thick, 2 * thick, height - slab), leg))
        else:
            items.append(
                at.bar((x + sx * splay, y + sy * splay, 0), (x, y, height - slab), thick, leg)
            )
    if rng.random() < 0.4:
        apron = (width - 2 * inset, 0.02, 0.08)
        items += [
            at.box((0, s * (depth / 2 - inset), height - slab - 0.04), apron, top) for s in (-1, 1)
        ]
    return Piece(items, [Top(at.spot(0, 0, height), 0.9 * width, 0.9 * depth)])


def sofa(
    at: Spot, width: float, cloth: Texture, cushion: Texture, rng: np.random.Generator
) -> list[Item]:
    """A sofa or, 0.9 m wide, an armchair: base, back, arms, cushions."""
    depth, seat, back = rng.uniform(0.75, 0.95), rng.uniform(0.36, 0.46), rng.uniform(0.7, 0.95)
    arm = rng.uniform(0.1, 0.22)
    lift = rng.choice([0.0, 0.1])
    items = [
        at.box((0, 0, (seat + lift) / 2), (width, depth, seat - lift), cloth),
        at.box((0, 0.11 - depth / 2, back / 2), (width, 0.22, back - 2 * lift), cloth, tilt_deg=6),
    ]
    for s in (-1, 1):
        x = s * (width - arm) / 2
        items.append(
            at.box((x, 0, (seat + 0.2 + lift) / 2), (arm, depth, seat + 0.2 - lift), cloth)
        )
        items.append(at.bar((x, depth / 2, seat + 0.2), (x, 0, seat + 0.2), arm / 2, cloth))
    places = max(round((width - 2 * arm) / 0.65), 1)
    wide = (width - 2 * arm) / places
    for i in range(places):
        x = (i + 0.5 - places / 2) * wide
        items.append(at.ball((x, 0.08, seat + 0.02), (1.1 * wide, 0.8 * depth, 0.16), cloth))
        if rng.random() < 0.6:
            place = (x + rng.uniform(-0.1, 0.1), 0.3 - depth / 2, seat + 0.25)
            turn, tilt = rng.uniform(-25, 25), rng.uniform(5, 30)
            items.append(at.ball(place, (0.42, 0.16, 0.4), cushion, yaw_deg=turn, tilt_deg=tilt))
    return items


def bed(
    at: Spot, width: float, timber: Texture, sheet: Texture, blanket: Texture,
    rng: np.random.Generator,
) -> list[Item]:  # fmt: skip
    """A bed, its head at -y: frame, mattress, pillows and an uneven blanket."""
    length, high = 2.05, rng.uniform(0.35, 0.55)
    items = [
        at.box((0, 0, 0.2), (width, length, 0.22), timber),
        at.box((0, -length / 2, 0.5), (width + 0.06, 0.05, rng.uniform(0.7, 1.1)), timber),
        at.box((0, 0, high - 0.08), (width - 0.06, length - 0.08, 0.2), sheet),
        at.box((0, 0.35, high), (width + 0.02, 1.3, 0.09), blanket),
    ]
    for _ in range(int(rng.integers(3, 9))):
        size = (rng.uniform(0.3, 0.9), rng.uniform(0.3, 0.9), rng.uniform(0.12, 0.3))
        x, y = rng.uniform(-width / 2, width / 2) * 0.7, rng.uniform(-0.2, 0.9)
        turn, tilt = rng.uniform(0, 180), rng.uniform(-8, 8)
        items.append(at.ball((x, y, high), size, blanket, yaw_deg=turn, tilt_deg=tilt))
    for x in (-0.25, 0.25) if width > 1.2 else (0.0,):
        place = (x * width, 0.3 - length / 2, high + 0.08)
        items.append(at.ball(place, (0.62, 0.4, 0.2), sheet, tilt_deg=rng.uniform(0, 30)))
    return items


def bookcase(
    at: Spot, size: tuple[float, float, float], timber: Texture, rng: np.random.Generator
) -> Piece:
    """Shelves with rows of books; the free places are tops."""
    width, depth, height = size
    board = rng.uniform(0.015, 0.03)
    items = [
        at.box((s * width / 2, 0, height / 2), (board, depth, height), timber) for s in (-1, 1)
    ]
    if rng.random() < 0.75:
        items.append(at.box((0, -depth / 2, height / 2), (width, 0.012, height), timber))
    tops = []
    levels = np.arange(rng.uniform(0.05, 0.15), height - 0.1, rng.uniform(0.28, 0.42))
    for z in [*levels.tolist(), height]:
        items.append(at.box((0, 0, z), (width, depth, board), timber))
        if z < height - 0.25 and rng.random() < 0.75:
            long, tall = width * rng.uniform(0.3, 0.9), rng.uniform(0.17, 0.26)
            x = rng.uniform(-1, 1) * (width - long) / 2
            row = (x, rng.uniform(-0.03, 0.03), z + board / 2 + tall / 2)
            spines = books(int(rng.integers(10_000)), rng.uniform(0.02, 0.05))
            items.append(at.box(row, (long, 0.7 * depth, tall), spines))
        else:
            tops.append(Top(at.spot(0, 0, z + board / 2), 0.85 * width, 0.7 * depth))
    return Piece(items, tops)


def cupboard(
    at: Spot, size: tuple[float, float, float], body: Texture, metal: Texture,
    rng: np.random.Generator,
) -> Piece:  # fmt: skip
    """A wardrobe, dresser or kitchen unit: doors or drawers with dark gaps and knobs."""
    width, depth, height = size
    items = [at.box((0, 0, height / 2), size, body)]
    columns, rows = max(round(width / rng.uniform(0.4, 0.7)), 1), max(round(height / 0.6), 1)
    if rng.random() < 0.5:
        rows = max(round(height / 0.25), 1)
    gap = plain((0.02, 0.02, 0.02))
    front = depth / 2
    for i in range(1, columns):
        x = (i / columns - 0.5) * width
        items.append(at.box((x, front, height / 2), (0.006, 0.004, 0.96 * height), gap))
    items += [
        at.box((0, front, i / rows * height), (0.98 * width, 0.004, 0.006), gap)
        for i in range(1, rows)
    ]
    for i in range(columns):
        for j in range(rows):
            x, z = ((i + 0.5) / columns - 0.5) * width, (j + 0.8) / rows * height
            items.append(
                at.bar((x - 0.05, front + 0.02, z), (x + 0.05, front + 0.02, z), 6e-3, metal)
            )
    return Piece(items, [Top(at.spot(0, 0, height), 0.9 * width, 0.8 * depth)])


def floor_lamp(at: Spot, metal: Texture, shade: Texture) -> list[Item]:
    """A foot, a thin post and a glowing shade."""
    return [
        at.bar((0, 0, 0), (0, 0, 0.025), 0.15, metal),
        at.bar((0, 0, 0), (0, 0, 1.5), 0.0105, metal),
        at.bar((0, 0, 1.4), (0, 0, 1.7), 0.17, shade)._replace(glow=1.0),
    ]


def plant(
    at: Spot, clay: Texture, rng: np.random.Generator, *, stems: int = 9, flat: float = 1.0
) -> list[Item]:
    """Stems that fan out from a pot, with round leaves, ``flat`` times as high as wide."""
    items, stem = [at.bar((0, 0, 0), (0, 0, 0.34), 0.16, clay)], plain((0.16, 0.26, 0.08))
    for number in range(stems):
        angle = number * 2.4
        lean, tall = rng.uniform(0.10, 0.34), rng.uniform(0.75, 1.3)
        tip = (lean * float(np.cos(angle)), lean * float(np.sin(angle)), tall)
        items.append(at.bar((0, 0, 0.3), tip, 0.008, stem))
        green = plain((0.07 + 0.06 * rng.random(), 0.26 + 0.12 * rng.random(), 0.06), grain=0.4)
        wide = 2 * rng.uniform(0.05, 0.085)
        items.append(at.ball(tip, (wide, wide, flat * wide), green))
    return items


def clothes_rack(
    at: Spot, metal: Texture, cloths: list[Texture], rng: np.random.Generator
) -> list[Item]:
    """A rail on two thin posts with hanging clothes."""
    half, high = 0.6, rng.uniform(1.4, 1.7)
    items = [at.bar((-half, 0, high), (half, 0, high), 0.012, metal)]
    for x in (-half, half):
        items.append(at.bar((x, 0, 0), (x, 0, high), 0.012, metal))
        items.append(at.bar((x, -0.22, 0.03), (x, 0.22, 0.03), 0.012, metal))
    for cloth in cloths:
        x, long = rng.uniform(-0.9, 0.9) * half, rng.uniform(0.5, 1.0)
        turn = rng.uniform(-15, 15)
        items.append(at.box((x, 0, high - 0.06 - long / 2), (0.04, 0.4, long), cloth, yaw_deg=turn))
    return items
