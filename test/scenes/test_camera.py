from __future__ import annotations

import numpy as np
import pytest

from bridgenet_ros.scenes.camera import VGA, Intrinsics, look_at
from bridgenet_ros.scenes.geometry import f32


def test_rays_have_depth_as_their_parameter() -> None:
    rays = VGA.rays(*VGA.grid())

    assert rays.shape == (3, 480, 640)
    assert (rays[2] == 1).all()
    assert rays[:, 0, 0] == pytest.approx([-319.5 / 525, -239.5 / 525, 1])


def test_look_at_puts_the_target_on_the_axis_with_down_pointing_down() -> None:
    pose = look_at((1, 2, 3), (4, 2, 3))

    assert pose.to_camera(f32([[4, 2, 3]]))[0] == pytest.approx([0, 0, 3], abs=1e-6)
    assert pose.to_camera(f32([[4, 2, 2]]))[0] == pytest.approx([0, 1, 3], abs=1e-6)  # below
    assert pose.to_camera(f32([[4, 1, 3]]))[0] == pytest.approx([1, 0, 3], abs=1e-6)  # right


def test_axes_are_a_rotation_with_and_without_roll() -> None:
    for roll in (0.0, 30.0):
        axes = look_at((0, 0, 0), (1, 2, 0.3), roll_deg=roll).axes.astype(np.float64)
        assert axes @ axes.T == pytest.approx(np.eye(3), abs=1e-6)
        assert np.linalg.det(axes) == pytest.approx(1, abs=1e-6)


def test_small_camera_grid_counts_from_zero() -> None:
    columns, rows = Intrinsics(width=3, height=2, focal=1, cx=1, cy=0.5).grid()

    assert columns.tolist() == [[0, 1, 2]]
    assert rows.tolist() == [[0], [1]]
