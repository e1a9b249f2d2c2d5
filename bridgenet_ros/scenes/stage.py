"""A scene ready for views: what is there, its light, and where cameras may stand."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bridgenet_ros.frame import FloatArray
from bridgenet_ros.scenes.camera import Intrinsics, Pose, look_at
from bridgenet_ros.scenes.raycast import GridBundle, Solids, cast
from bridgenet_ros.scenes.render import Item, Lighting, Renderer
from bridgenet_ros.scenes.spot import Vector

SHADOW_PX = 160
SCOUT = Intrinsics(width=20, height=16, focal=15.0, cx=9.5, cy=7.5)
"""A coarse camera that looks whether a place is good before the picture is taken."""
TRIES = 6
LARGE_M = 0.25
"""What the coarse camera sees; small things would cost more time than they tell."""
JUMP = 0.15
"""A relative step of depth that is an edge."""
WANTED_EDGES = (0.1, 0.45)
"""Bounds of the share of edges at which the search is content; quiet views come too."""


class Region(NamedTuple):
    """An upright block of space, metres."""

    low: Vector
    high: Vector

    def draw(self, rng: np.random.Generator) -> FloatArray:
        """(3,) a point of it."""
        return rng.uniform(self.low, self.high).astype(np.float32)


class Stage(NamedTuple):
    """A furnished scene."""

    items: list[Item]
    """The first is the room."""
    lamp: Vector
    light: Lighting
    eyes: Region
    """Where cameras may be."""
    targets: Region
    """What they look at."""
    nearest_m: float
    """Nothing in view should be nearer."""

    def renderer(self) -> Renderer:
        """Ready to draw."""
        return Renderer(self.items, lamp=self.lamp, light=self.light)

    def pose(self, rng: np.random.Generator) -> Pose:
        """A place to look from: of a few, the first with much to see, or the best."""
        large = Solids([item.solid for item in self.items if _extent(item) > LARGE_M])
        best, most = look_at(self.eyes.high, self.targets.low), -1.0
        content = rng.uniform(*WANTED_EDGES)
        for _ in range(TRIES):
            eye, target = self.eyes.draw(rng), self.targets.draw(rng)
            straight_down = np.hypot(*(target - eye)[:2]) < 0.3
            if straight_down or _is_within(eye, large.corners[1:]):
                continue
            pose = look_at(eye, target, roll_deg=float(rng.normal(0, 3)))
            depth = cast(large, GridBundle(SCOUT, pose), SCOUT, pose).depth
            jumps = _jumps(depth) if depth.min() > self.nearest_m else -1.0
            if jumps > most:
                best, most = pose, jumps
            if most > content:
                break
        return best


def _is_within(eye: FloatArray, corners: FloatArray) -> bool:
    """Whether a point lies in the upright box around one of the solids (N, 8, 3)."""
    inside = (corners.min(axis=1) < eye) & (eye < corners.max(axis=1))
    return bool(inside.all(axis=1).any())


def _extent(item: Item) -> float:
    """The largest side of the upright box around an item."""
    return float(np.ptp(item.solid.corners(), axis=0).max())


def _jumps(depth: FloatArray) -> float:
    """The share of (H, W) depth at which there is an edge."""
    # The inverse depth of a plane is linear in the image, however slanted the plane is.
    across = np.abs(np.diff(1 / depth, 2, axis=1)) * depth[:, 1:-1] > JUMP
    down = np.abs(np.diff(1 / depth, 2, axis=0)) * depth[1:-1] > JUMP
    return float(across.mean() + down.mean())


def random_light(rng: np.random.Generator) -> Lighting:
    """From one hard lamp to light from everywhere, from warm to cool."""
    hard = rng.random()
    warmth, tint = rng.uniform(-0.06, 0.22), rng.uniform(-0.08, 0.12)
    return Lighting(
        strength=0.5 + 3.0 * hard,
        around=0.60 - 0.42 * hard,
        lamp_colour=(1.0, 1.0 - 0.4 * warmth, 1.0 - warmth),
        around_colour=(1.0 - tint, 1.0 - 0.4 * tint, 1.0 + 0.5 * tint),
        lamp_size_m=rng.uniform(0.1, 0.8),
        shadow_px=SHADOW_PX,
    )
