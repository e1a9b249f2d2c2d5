"""The aim of registration, on the demo's room at VGA: 95 % of visible cells within a millimetre.

The room holds bars, twigs and leaves thinner than a cell. "Visible" is a cell whose centre both
cameras see; nothing near an edge is left out.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from exact_depth import QUANTUM_M, Array, turned

from bridgenet_ros.demo.scene import living_room
from bridgenet_ros.demo.trajectory import pose_at
from bridgenet_ros.registration.lens import Lens
from bridgenet_ros.registration.projection import DepthProjector, in_cells
from bridgenet_ros.rigid_transform import IDENTITY, RigidTransform

VGA = (480, 640)
COLOR = Lens(fx=613.0, fy=613.0, cx=319.5, cy=239.5)
DEPTH = Lens(fx=390.0, fy=390.0, cx=322.0, cy=238.0)
"""About the two cameras of a D435, 15 mm apart."""
TO_COLOR = turned((0.1, -0.2, 0.15), (0.015, 0.0002, 0.0003))


class Room:
    """Exact depth along the rays of cameras that stand in the room."""

    def __init__(self, phase: float) -> None:
        self._solids = living_room()._solids.each
        pose = pose_at(phase)
        self._axes, self._position = pose.axes.astype(np.float64), pose.position.astype(np.float64)

    def depth(self, x: Array, y: Array, to_color: RigidTransform) -> Array:
        """(h, w) metres along rays (x, y, 1) of a camera that stands so to colour."""
        rays = np.stack([x, y, np.ones_like(x)])
        to_world = self._axes.T @ to_color.matrix
        directions = np.tensordot(to_world, rays, axes=1).astype(np.float32)
        origin = self._position + self._axes.T @ np.array(to_color.translation)
        nearest = np.full(x.shape, np.inf, np.float32)
        for solid in self._solids:
            hit = solid.intersect(origin.astype(np.float32), directions)
            np.minimum(nearest, hit, out=nearest)
        return nearest.astype(np.float64)


def rays(lens: Lens, size: tuple[int, int]) -> tuple[Array, Array]:
    v, u = np.mgrid[: size[0], : size[1]].astype(np.float64)
    return (u - lens.cx) / lens.fx, (v - lens.cy) / lens.fy


def projector() -> DepthProjector:
    return DepthProjector(
        depth=DEPTH,
        depth_size=VGA,
        color=COLOR,
        color_size=VGA,
        depth_to_color=TO_COLOR,
        device=torch.device("cpu"),
    )


def measured(room: Room) -> torch.Tensor:
    """What the depth camera says, metres in whole millimetres."""
    depth = np.rint(room.depth(*rays(DEPTH, VGA), TO_COLOR) / QUANTUM_M) * QUANTUM_M
    return torch.from_numpy(depth.astype(np.float32))


@pytest.mark.parametrize("phase", [0.1, 0.4])
def test_95_percent_of_what_both_cameras_see_is_within_a_millimetre(phase: float) -> None:
    room, project = Room(phase), projector()
    found = project(measured(room)).numpy()

    x, y = rays(in_cells(COLOR, VGA, project.grid), project.grid)
    truth = room.depth(x, y, IDENTITY)
    back = TO_COLOR.inverse()
    there = np.tensordot(back.matrix, np.stack([x, y, np.ones_like(x)]) * truth, axes=1)
    there += np.array(back.translation).reshape(3, 1, 1)
    other_x, other_y = there[0] / there[2], there[1] / there[2]
    column, row = other_x * DEPTH.fx + DEPTH.cx, other_y * DEPTH.fy + DEPTH.cy
    inside = (column >= 0) & (row >= 0) & (column <= VGA[1] - 1) & (row <= VGA[0] - 1)
    seen = np.abs(room.depth(other_x, other_y, TO_COLOR) - there[2]) < QUANTUM_M
    visible = inside & seen
    assert visible.mean() > 0.97
    assert (np.abs(found - truth) <= QUANTUM_M)[visible].mean() >= 0.95
    assert (found > 0)[visible].mean() >= 0.995
