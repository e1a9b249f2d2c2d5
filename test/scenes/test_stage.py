from __future__ import annotations

import numpy as np
import pytest

from bridgenet_ros.scenes import stage
from bridgenet_ros.scenes.geometry import f32, room
from bridgenet_ros.scenes.render import Item, Lighting
from bridgenet_ros.scenes.spot import Spot
from bridgenet_ros.scenes.stage import Region, Stage, random_light
from bridgenet_ros.scenes.textures import plain

GREY = plain((0.5, 0.5, 0.5))


def make_stage(*things: Item) -> Stage:
    return Stage(
        [Item(room((0, 0, 0), (6, 4, 2.5)), GREY), *things],
        (3, 2, 2.4),
        Lighting(shadow_px=16),
        Region((0.5, 0.5, 1.0), (5.5, 3.5, 1.5)),
        Region((0.5, 0.5, 0.5), (5.5, 3.5, 1.0)),
        0.5,
    )


def test_a_region_draws_inside_itself() -> None:
    region = Region((1, 2, 3), (2, 4, 3.5))
    rng = np.random.default_rng(0)

    points = np.stack([region.draw(rng) for _ in range(50)])

    assert points.dtype == np.float32
    assert (points >= (1, 2, 3)).all()
    assert (points <= (2, 4, 3.5)).all()


def test_cameras_look_at_where_there_is_something(monkeypatch: pytest.MonkeyPatch) -> None:
    crate = Spot(4.5, 2).box((0, 0, 0.6), (0.8, 0.8, 1.2), GREY)

    def count(tries: int) -> int:
        monkeypatch.setattr(stage, "TRIES", tries)
        rng, scene, seen = np.random.default_rng(0), make_stage(crate), 0
        for _ in range(25):
            pose = scene.pose(rng)
            way = f32([4.5, 2, 0.6]) - pose.position
            seen += pose.axes[2] @ way > 0.8 * np.linalg.norm(way)
        return seen

    assert count(6) > count(1) + 3


def test_cameras_keep_away_from_things() -> None:
    wall = Spot(2, 2).box((0, 0, 1.2), (0.3, 4, 2.4), GREY)
    scene, rng = make_stage(wall), np.random.default_rng(1)

    poses = [scene.pose(rng) for _ in range(15)]

    away = [abs(pose.position[0] - 2) for pose in poses]
    assert min(away) > 0.15  # none within the wall
    renderer = scene.renderer()
    assert min(renderer.depth(stage.SCOUT, pose).min() for pose in poses) > scene.nearest_m


def test_light_is_hard_or_from_everywhere() -> None:
    rng = np.random.default_rng(0)
    lights = [random_light(rng) for _ in range(50)]

    strength, around = (np.array([getattr(x, k) for x in lights]) for k in ("strength", "around"))
    assert np.corrcoef(strength, around)[0, 1] < -0.9
    assert around.min() > 0.15
