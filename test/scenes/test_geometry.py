from __future__ import annotations

import math

import numpy as np
import pytest

from bridgenet_ros.scenes.geometry import Solid, bar, box, ellipsoid, f32, room, sphere

ORIGIN = f32([0, 0, 0])


def first_hit(solid: Solid, direction: tuple[float, float, float]) -> float:
    return float(solid.intersect(ORIGIN, f32(direction)[:, None])[0])


def test_box_is_hit_on_its_near_face() -> None:
    solid = box((0, 0, 3), (2, 2, 1))

    assert first_hit(solid, (0, 0, 1)) == pytest.approx(2.5)
    assert first_hit(solid, (0.45, 0, 1)) == math.inf  # x = 1.125 at z = 2.5
    assert first_hit(solid, (0, 0, -1)) == math.inf


@pytest.mark.parametrize("yaw", [0.0, 45.0, 90.0])
def test_turned_box_shows_its_corner_nearer(yaw: float) -> None:
    solid = box((3, 0, 0), (2, 2, 2), yaw)

    reach = math.sqrt(2) if yaw == 45.0 else 1.0
    assert first_hit(solid, (1, 0, 0)) == pytest.approx(3 - reach, abs=1e-5)


def test_room_is_hit_from_inside() -> None:
    solid = room((-1, -2, -3), (1, 2, 3))

    assert first_hit(solid, (1, 0, 0)) == pytest.approx(1)
    assert first_hit(solid, (0, -1, 0)) == pytest.approx(2)
    assert first_hit(solid, (0, 0, 0.5)) == pytest.approx(6)
    assert solid.surface(f32([[1, 0, 0]])).normal[0] == pytest.approx([-1, 0, 0])


def test_sphere() -> None:
    solid = sphere((0, 0, 5), 2)

    assert first_hit(solid, (0, 0, 1)) == pytest.approx(3)
    assert first_hit(solid, (0, 0, 2)) == pytest.approx(1.5)
    assert first_hit(solid, (0.45, 0, 1)) == math.inf  # tangent at tan(asin(2 / 5)) = 0.436
    assert solid.surface(f32([[0, 0, 3]])).normal[0] == pytest.approx([0, 0, -1])


def test_ellipsoid_has_three_half_axes() -> None:
    lying = ellipsoid((5, 0, 0), (2, 4, 1))

    assert first_hit(lying, (1, 0, 0)) == pytest.approx(4)
    assert first_hit(lying, (5, 0, 0.6)) == math.inf  # 0.6 above the middle, where it ends at 0.5
    assert first_hit(ellipsoid((5, 0, 0), (2, 4, 1), 90), (1, 0, 0)) == pytest.approx(3)


def test_tilt_leans_the_top_towards_minus_y() -> None:
    board = box((0, 0, 0), (2, 0.01, 2), tilt_deg=30)
    above = f32([0, 0, 5])

    assert board.surface(f32([[0, 0.005, 0]])).normal[0] == pytest.approx(
        [0, math.cos(math.radians(30)), math.sin(math.radians(30))], abs=1e-6
    )
    assert math.isfinite(board.intersect(above, f32([[0], [-0.08], [-1]]))[0])
    assert board.intersect(above, f32([[0], [0.15], [-1]]))[0] == math.inf


def test_bar_has_a_mantle_and_two_ends() -> None:
    upright = bar((2, 0, -1), (2, 0, 1), 0.5)

    assert first_hit(upright, (1, 0, 0)) == pytest.approx(1.5)
    assert first_hit(upright, (1, 0, 0.8)) == math.inf  # z = 1.2 at x = 1.5
    above = upright.intersect(f32([0, 0, 2]), f32([[1], [0], [-0.5]]))
    assert above[0] == pytest.approx(2.0)  # over the rim at t = 1.5, on the end at t = 2
    skin = upright.surface(f32([[1.5, 0, 0], [2.1, 0, 1]]))
    assert skin.normal == pytest.approx(f32([[-1, 0, 0], [0, 0, 1]]), abs=1e-6)
    assert list(skin.face) == [0, 2]


def test_slanted_bar_is_as_thick_as_its_radius() -> None:
    solid = bar((3, -1, -1), (3, 1, 1), 0.01)

    assert first_hit(solid, (1, 0, 0)) == pytest.approx(2.99, abs=1e-4)
    off = 0.02 * math.sqrt(0.5) / 3  # 2 cm across the bar
    assert first_hit(solid, (1, off, -off)) == math.inf


@pytest.mark.parametrize(
    "solid",
    [
        box((4, 1, 0), (1, 2, 0.5), 30, 20),
        sphere((4, 1, 0), 0.7),
        ellipsoid((4, 1, 0), (1.5, 0.8, 0.5), 40, 25),
        bar((4, 0, -1), (3, 1, 1), 0.2),
    ],
)
def test_normals_are_unit_and_face_the_ray_at_every_hit(solid: Solid) -> None:
    rng = np.random.default_rng(0)
    aim = f32([4, 1, 0]) + f32(rng.uniform(-1, 1, (500, 3)))
    distance = solid.intersect(ORIGIN, aim.T)
    hit = np.isfinite(distance)
    assert hit.sum() > 20

    points = aim[hit] * distance[hit, None]
    skin = solid.surface(points)

    assert np.linalg.norm(skin.normal, axis=1) == pytest.approx(np.ones(hit.sum()), abs=1e-4)
    assert (np.einsum("ij,ij->i", skin.normal, aim[hit]) < 1e-4).all()
    low, high = solid.corners().min(axis=0), solid.corners().max(axis=0)
    assert ((points > low - 1e-3) & (points < high + 1e-3)).all()


def test_behind_the_origin_is_not_seen() -> None:
    for solid in (
        box((-3, 0, 0), (1, 1, 1)),
        sphere((-3, 0, 0), 1),
        bar((-3, 0, -1), (-3, 0, 1), 1),
    ):
        assert first_hit(solid, (1, 0, 0)) == math.inf
