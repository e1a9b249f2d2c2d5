from __future__ import annotations

import numpy as np
import pytest

from bridgenet_ros.scenes.camera import Intrinsics, look_at
from bridgenet_ros.scenes.geometry import bar, box, f32, room
from bridgenet_ros.scenes.raycast import Solids
from bridgenet_ros.scenes.render import Item, Lighting, Renderer, ShadowMap
from bridgenet_ros.scenes.textures import checker, plain

CAMERA = Intrinsics(width=64, height=48, focal=50.0, cx=31.5, cy=23.5)
GREY = plain((0.5, 0.5, 0.5))
ROOM = Item(room((0, 0, 0), (4, 4, 2.5)), GREY)
TABLE = Item(box((2, 2, 1), (1, 1, 0.04)), plain((0.6, 0.1, 0.1)))
POSE = look_at((0.4, 2, 1.6), (2.5, 2, 0.8))


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer([ROOM, TABLE], lamp=(2, 2, 2.4))


def test_view_has_the_cameras_size_and_is_repeatable(renderer: Renderer) -> None:
    first, second = renderer.render(CAMERA, POSE), renderer.render(CAMERA, POSE)

    assert first.rgb.shape == (48, 64, 3)
    assert first.rgb.dtype == np.uint8
    assert np.array_equal(first.rgb, second.rgb)
    assert np.array_equal(first.depth_m, second.depth_m)
    assert np.array_equal(renderer.depth(CAMERA, POSE), first.depth_m)


def test_depth_is_exact(renderer: Renderer) -> None:
    down = look_at((2, 2, 2), (2, 2, 0), up=(0, 1, 0))

    depth = renderer.depth(CAMERA, down)

    assert depth[24, 32] == pytest.approx(2 - 1.02, abs=1e-5)
    assert depth[0, 0] == pytest.approx(2.0, abs=1e-5)


def test_below_the_table_is_darker_than_beside_it() -> None:
    shadow = ShadowMap(Solids([TABLE.solid]), (2, 2, 2.4))

    assert shadow.lit(f32([[2, 2, 0], [0.2, 2, 0], [2, 2, 1.02], [2, 2, 2.45]])).tolist() == [
        0,
        1,
        1,
        1,
    ]


def test_a_glowing_thing_throws_no_shadow() -> None:
    below = look_at((2, 2, 0.8), (2.01, 2, 0), up=(0, 1, 0))
    dark = Renderer([ROOM, TABLE], lamp=(2, 2, 2.4)).render(CAMERA, below).rgb
    light = Renderer([ROOM, TABLE._replace(glow=1.0)], lamp=(2, 2, 2.4)).render(CAMERA, below).rgb

    assert light.mean() > dark.mean() + 20


def test_thin_bar_is_blended_where_it_covers_part_of_a_pixel() -> None:
    white = Item(room((0, 0, 0), (4, 4, 2.5)), plain((0.9, 0.9, 0.9)))
    thread = Item(bar((2, 2.0, 0.0), (2, 2.3, 2.5), 0.025), plain((0, 0, 0)))
    rgb = (
        Renderer([white, thread], lamp=(1, 2, 2.4))
        .render(CAMERA, look_at((0.4, 2, 1.2), (2, 2, 1.2)))
        .rgb
    )

    row = rgb[24, :, 1].astype(int)
    assert row.min() < 60  # black in its middle
    assert ((row > 60) & (row < row.max() - 40)).any()  # and grey beside it


def test_texture_reaches_the_picture() -> None:
    floor = Item(room((0, 0, 0), (4, 4, 2.5)), checker((0.9, 0.9, 0.9), (0.05, 0.05, 0.05), 0.5))
    down = look_at((2, 2, 2), (2.001, 2, 0), up=(0, 1, 0))

    rgb = Renderer([floor], lamp=(2, 2, 2.4)).render(CAMERA, down).rgb

    assert rgb[..., 1].max() > 120
    assert rgb[..., 1].min() < 60


def test_light_from_all_sides_brightens_the_shadow_below_the_table() -> None:
    below = look_at((2, 2, 0.8), (2.01, 2, 0), up=(0, 1, 0))
    dim, soft = Lighting(around=0.1), Lighting(around=0.5)

    shadows = [Renderer([ROOM, TABLE], lamp=(2, 2, 2.4), light=x) for x in (dim, soft)]

    dark, light = (r.render(CAMERA, below).rgb.mean() for r in shadows)
    assert light > dark + 30
