"""Random still lifes: things crowded before a backdrop, as in stereo benchmarks."""

from __future__ import annotations

import numpy as np

from bridgenet_ros.scenes import clutter
from bridgenet_ros.scenes.furniture import Top
from bridgenet_ros.scenes.geometry import room
from bridgenet_ros.scenes.palette import Palette
from bridgenet_ros.scenes.render import Item
from bridgenet_ros.scenes.spot import Spot
from bridgenet_ros.scenes.stage import Region, Stage, random_light
from bridgenet_ros.scenes.textures import by_face

NEAREST_M = 0.6
FRONT_M, BACK_M = 1.1, 2.7
"""Where the things stand, from the camera's wall."""
WIDTH_M, DEPTH_M, HEIGHT_M = 3.6, 3.2, 2.4


def random_still_life(rng: np.random.Generator) -> Stage:
    """Boards, piles and soft things in several layers of depth on a table or on the floor."""
    palette = Palette(rng, vivid=0.95)
    skin = by_face(palette.backdrop(), palette.floor(), palette.ceiling())
    items = [Item(room((0, 0, 0), (WIDTH_M, DEPTH_M, HEIGHT_M)), skin)]
    ground = float(rng.choice([0.0, rng.uniform(0.5, 0.8)]))
    stand = Spot(WIDTH_M / 2, (FRONT_M + BACK_M) / 2, ground)
    depth = BACK_M - FRONT_M
    if ground:
        items.append(stand.box((0, 0, -0.02), (2.2, depth, 0.04), palette.timber()))
    items += _backdrop(palette, rng)
    for _ in range(int(rng.integers(4, 11))):
        items += _board(stand, depth, palette, rng)
    top = Top(stand, 2.0, 0.95 * depth)
    items += clutter.scatter_things(top, int(rng.integers(6, 16)), palette, rng, size=1.8)
    lamp = (rng.uniform(0.4, WIDTH_M - 0.4), rng.uniform(0.3, 1.8), HEIGHT_M - 0.1)
    middle, level = WIDTH_M / 2, ground + 0.35
    return Stage(
        items,
        lamp,
        random_light(rng),
        Region((middle - 0.5, 0.1, level), (middle + 0.5, 0.5, level + 0.7)),
        Region((middle - 0.5, 2.0, level - 0.2), (middle + 0.5, BACK_M, level + 0.2)),
        NEAREST_M,
    )


def _backdrop(palette: Palette, rng: np.random.Generator) -> list[Item]:
    """Large panels and hanging cloth near the far wall."""
    wall, items = Spot(WIDTH_M / 2, DEPTH_M), []
    for _ in range(int(rng.integers(1, 5))):
        size = (rng.uniform(0.4, 1.5), 0.02, rng.uniform(0.6, 2.2))
        place = (rng.uniform(-1.3, 1.3), rng.uniform(-0.5, -0.05), rng.uniform(0.6, 1.3))
        turn, tilt = rng.normal(0, 12), rng.normal(0, 5)
        items.append(wall.box(place, size, palette.backdrop(), yaw_deg=turn, tilt_deg=tilt))
    return items


def _board(stand: Spot, depth: float, palette: Palette, rng: np.random.Generator) -> list[Item]:
    """A standing panel or crate, turned and tilted: a slanted plane of disparity."""
    at = stand.spot(rng.uniform(-1.1, 1.1), rng.uniform(-0.5, 0.5) * depth, 0, rng.uniform(-55, 55))
    wide, tall = rng.uniform(0.15, 0.6), rng.uniform(0.15, 0.7)
    thick = float(rng.choice([0.01, 0.02, rng.uniform(0.1, 0.3)]))
    tilt = rng.normal(0, 12)
    return [at.box((0, 0, tall / 2), (wide, thick, tall), palette.anything(), tilt_deg=tilt)]
