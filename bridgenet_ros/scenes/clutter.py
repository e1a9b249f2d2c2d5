"""Small things that stand and lie about."""

from __future__ import annotations

import numpy as np

from bridgenet_ros.scenes.furniture import Top
from bridgenet_ros.scenes.palette import Palette
from bridgenet_ros.scenes.render import Item
from bridgenet_ros.scenes.spot import Spot
from bridgenet_ros.scenes.textures import plain


def scatter_things(
    top: Top, count: int, palette: Palette, rng: np.random.Generator, *, size: float = 1.0
) -> list[Item]:
    """Random things on a surface; ``size`` scales them."""
    items = []
    for _ in range(count):
        x, y = rng.uniform(-0.5, 0.5) * top.width, rng.uniform(-0.5, 0.5) * top.depth
        at = top.spot.spot(x, y, 0, rng.uniform(0, 360))
        items += thing(at, palette, rng, size * rng.uniform(0.7, 1.3))
    return items


def thing(at: Spot, palette: Palette, rng: np.random.Generator, k: float) -> list[Item]:
    """One thing of about 20 cm times ``k``."""
    makers = (_boxes, _bottle, _mug, _ball, _leaning_board, _twigs, _lump, _wire_stand)
    shares = (0.25, 0.16, 0.14, 0.12, 0.12, 0.08, 0.08, 0.05)
    return makers[int(rng.choice(len(makers), p=shares))](at, palette, rng, k)


def screen(at: Spot, palette: Palette, rng: np.random.Generator) -> list[Item]:
    """A monitor or an open laptop."""
    dark, picture = plain((0.03, 0.03, 0.035)), palette.anything()
    glow = float(rng.choice([0.0, 0.5]))
    if rng.random() < 0.5:
        lean = rng.uniform(5, 30)
        lid = at.spot(0, -0.12)
        return [
            at.box((0, 0, 0.01), (0.34, 0.24, 0.018), dark),
            lid.box((0, -0.05, 0.12), (0.34, 0.008, 0.23), dark, tilt_deg=lean),
            lid.box((0, -0.044, 0.12), (0.31, 0.004, 0.2), picture, tilt_deg=lean)._replace(
                glow=glow
            ),
        ]
    wide = rng.uniform(0.4, 0.7)
    return [
        at.box((0, 0, 0.01), (0.22, 0.16, 0.02), dark),
        at.bar((0, 0, 0), (0, 0, 0.2), 0.02, dark),
        at.box((0, 0.02, 0.32), (wide, 0.03, 0.58 * wide), dark),
        at.box((0, 0.036, 0.32), (wide - 0.03, 0.004, 0.58 * wide - 0.03), picture)._replace(
            glow=glow
        ),
    ]


def _boxes(at: Spot, palette: Palette, rng: np.random.Generator, k: float) -> list[Item]:
    """A box or a pile of them, each a little turned."""
    items, z = [], 0.0
    wide, deep = k * rng.uniform(0.08, 0.3), k * rng.uniform(0.06, 0.25)
    for _ in range(int(rng.choice([1, 1, 2, 4]))):
        high = k * rng.uniform(0.02, 0.2)
        shrink = rng.uniform(0.8, 1.0)
        size = (wide * shrink, deep * shrink, high)
        turn = rng.uniform(-20, 20)
        items.append(at.box((0, 0, z + high / 2), size, palette.thing(), yaw_deg=turn))
        z += high
    return items


def _bottle(at: Spot, palette: Palette, rng: np.random.Generator, k: float) -> list[Item]:
    glass, radius, high = palette.thing(), k * rng.uniform(0.02, 0.05), k * rng.uniform(0.12, 0.25)
    neck = high + k * rng.uniform(0.03, 0.1)
    return [
        at.bar((0, 0, 0), (0, 0, high), radius, glass),
        at.ball((0, 0, high), (2 * radius, 2 * radius, 1.2 * radius), glass),
        at.bar((0, 0, high), (0, 0, neck), 0.35 * radius, glass),
    ]


def _mug(at: Spot, palette: Palette, rng: np.random.Generator, k: float) -> list[Item]:
    """A tin, a mug or a candle."""
    radius, high = k * rng.uniform(0.02, 0.08), k * rng.uniform(0.05, 0.2)
    return [at.bar((0, 0, 0), (0, 0, high), radius, palette.thing())]


def _ball(at: Spot, palette: Palette, rng: np.random.Generator, k: float) -> list[Item]:
    side = 2 * k * rng.uniform(0.03, 0.12)
    return [at.ball((0, 0, 0.45 * side), (side, side, 0.9 * side), palette.thing())]


def _leaning_board(at: Spot, palette: Palette, rng: np.random.Generator, k: float) -> list[Item]:
    """A tilted plane, as a photo frame or a note stand."""
    wide, tall, tilt = k * rng.uniform(0.1, 0.35), k * rng.uniform(0.12, 0.4), rng.uniform(10, 65)
    z = tall / 2 * float(np.cos(np.deg2rad(tilt)))
    return [at.box((0, 0, z), (wide, 0.008, tall), palette.anything(), tilt_deg=tilt)]


def _twigs(at: Spot, palette: Palette, rng: np.random.Generator, k: float) -> list[Item]:
    """A vase or a pen pot with thin sticks, some with leaves or blossoms."""
    radius, high = k * rng.uniform(0.03, 0.06), k * rng.uniform(0.08, 0.18)
    items = [at.bar((0, 0, 0), (0, 0, high), radius, palette.thing())]
    stick, leaf, leafy = palette.frame(), palette.cloth(), rng.random() < 0.6
    for _ in range(int(rng.integers(3, 9))):
        angle, lean = rng.uniform(0, 2 * np.pi), k * rng.uniform(0, 0.2)
        x, y = lean * float(np.cos(angle)), lean * float(np.sin(angle))
        tip = (x, y, high + k * rng.uniform(0.05, 0.4))
        items.append(at.bar((0, 0, 0.8 * high), tip, k * rng.uniform(0.002, 0.006), stick))
        if leafy:
            size = (k * rng.uniform(0.03, 0.1), k * rng.uniform(0.02, 0.05), k * 0.02)
            items.append(
                at.ball(tip, size, leaf, yaw_deg=rng.uniform(0, 360), tilt_deg=rng.uniform(-60, 60))
            )
    return items


def _lump(at: Spot, palette: Palette, rng: np.random.Generator, k: float) -> list[Item]:
    """Something soft: a few flattened balls of one cloth."""
    cloth = palette.cloth()
    return [
        at.ball(
            (k * rng.uniform(-0.1, 0.1), k * rng.uniform(-0.1, 0.1), k * rng.uniform(0, 0.06)),
            (k * rng.uniform(0.1, 0.35), k * rng.uniform(0.1, 0.3), k * rng.uniform(0.06, 0.25)),
            cloth,
            yaw_deg=rng.uniform(0, 180),
            tilt_deg=rng.uniform(-25, 25),
        )
        for _ in range(int(rng.integers(2, 6)))
    ]


def _wire_stand(at: Spot, palette: Palette, rng: np.random.Generator, k: float) -> list[Item]:
    """A desk lamp: thin arms in a zigzag and a head."""
    metal = palette.frame()
    elbow = (k * rng.uniform(-0.15, 0.15), 0.0, k * rng.uniform(0.15, 0.3))
    head = (k * rng.uniform(-0.25, 0.25), 0.0, k * rng.uniform(0.3, 0.5))
    return [
        at.bar((0, 0, 0), (0, 0, 0.015), k * 0.08, metal),
        at.bar((0, 0, 0), elbow, k * 0.007, metal),
        at.bar(elbow, head, k * 0.007, metal),
        at.ball(head, (k * 0.16, k * 0.16, k * 0.1), palette.thing(), tilt_deg=20),
    ]
