from __future__ import annotations

import numpy as np
import pytest

from bridgenet_ros.scenes.camera import Intrinsics, Pose, look_at
from bridgenet_ros.scenes.geometry import Solid, bar, box, f32, room, sphere
from bridgenet_ros.scenes.raycast import GridBundle, ListBundle, Solids, Window, cast, outlines

CAMERA = Intrinsics(width=40, height=30, focal=30.0, cx=19.5, cy=14.5)
AHEAD = look_at((0, 0, 0), (1, 0, 0))
SOLIDS = [
    room((-5, -4, -3), (5, 4, 3)),
    box((3, 0, 0), (0.5, 1, 1), 20),
    sphere((2, 0.5, 0.2), 0.3),
    bar((2, -0.6, -0.8), (2.2, -0.5, 0.8), 0.05),
]


def test_depth_of_a_wall_ahead_is_the_same_in_every_pixel() -> None:
    wall = Solids([room((-5, -9, -9), (5, 9, 9))])

    hits = cast(wall, GridBundle(CAMERA, AHEAD), CAMERA, AHEAD)

    assert hits.depth == pytest.approx(np.full((30, 40), 5.0), abs=1e-5)
    assert (hits.solid == 0).all()


def test_skipping_by_outline_changes_nothing() -> None:
    pose = look_at((-0.5, 0.2, 0.3), (3, 0, 0), roll_deg=15)
    bundle = GridBundle(CAMERA, pose)

    hits = cast(Solids(SOLIDS), bundle, CAMERA, pose)

    every = np.stack([s.intersect(pose.position, bundle.directions) for s in SOLIDS])
    assert np.array_equal(hits.depth, every.min(axis=0))
    assert np.array_equal(hits.solid, every.argmin(axis=0))
    assert set(np.unique(hits.solid)) == {0, 1, 2, 3}


def test_a_list_of_pixel_centres_gives_what_the_grid_gives() -> None:
    grid = cast(Solids(SOLIDS), GridBundle(CAMERA, AHEAD), CAMERA, AHEAD)
    rows, columns = np.mgrid[0:30, 0:40]
    bundle = ListBundle(CAMERA, AHEAD, f32(columns.ravel()), f32(rows.ravel()))

    listed = cast(Solids(SOLIDS), bundle, CAMERA, AHEAD)

    assert np.array_equal(listed.solid, grid.solid.ravel())
    assert listed.depth == pytest.approx(grid.depth.ravel(), abs=1e-5)


def outline(solid: Solid, pose: Pose = AHEAD) -> Window | None:
    return outlines(solid.corners()[None], CAMERA, pose)[0]


def test_outline_surrounds_the_image_of_the_solid() -> None:
    # Corners at z = 1.5 and half size 0.5: u = 19.5 +- 30 * 0.5 / 1.5, and one pixel more.
    assert outline(box((2, 0, 0), (1, 1, 1))) == pytest.approx((8.5, 3.5, 30.5, 25.5))


def test_outline_behind_is_none_and_around_is_everything() -> None:
    assert outline(sphere((-3, 0, 0), 1)) is None
    around = outline(sphere((0, 0, 0), 1))
    assert around is not None
    assert GridBundle(CAMERA, AHEAD).inside(around) == (slice(0, 30), slice(0, 40))


def test_outline_of_a_solid_half_behind_ends_where_it_is_cut() -> None:
    beside = outline(box((0, -2, 0), (6, 1, 1)))  # y from -2.5 to -1.5 is to the right

    assert beside is not None
    # Its farthest inner corner: 1.5 to the right at z = 3.
    assert beside.left == pytest.approx(19.5 + 30 * 1.5 / 3 - 1)


@pytest.mark.parametrize("yaw", [0, 40, 140, 220])
def test_a_box_around_the_camera_plane_is_drawn_as_without_outline(yaw: float) -> None:
    pose = look_at((0, 0, 0), (np.cos(np.deg2rad(yaw)), np.sin(np.deg2rad(yaw)), 0.1))
    solids = [box((0.3, -0.8, 0), (3, 1, 1), 25, 10), bar((-1, 0.5, -1), (2, 0.4, 1), 0.1)]
    bundle = GridBundle(CAMERA, pose)

    hits = cast(Solids(solids), bundle, CAMERA, pose)

    every = np.stack([s.intersect(pose.position, bundle.directions) for s in solids])
    assert np.array_equal(hits.depth, every.min(axis=0))


def test_windows_outside_the_image_choose_nothing() -> None:
    assert GridBundle(CAMERA, AHEAD).inside(Window(-9, 0, -3, 5)) is None
    points = ListBundle(CAMERA, AHEAD, f32([1, 2]), f32([1, 2]))
    assert points.inside(Window(5, 5, 9, 9)) is None


def test_nothing_hit_is_infinite() -> None:
    ball = Solids([sphere((3, 0, 0), 0.1)])

    hits = cast(ball, GridBundle(CAMERA, AHEAD), CAMERA, AHEAD)

    assert np.isinf(hits.depth[0, 0])
    assert hits.solid[0, 0] == -1
    assert hits.solid[15, 20] == 0
