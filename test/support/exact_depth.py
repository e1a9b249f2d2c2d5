"""A small scene and its exact depth along any rays of any camera; colour's frame is the world."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from transforms3d.euler import euler2mat

from bridgenet_ros.frame import FloatArray
from bridgenet_ros.registration.lens import Lens
from bridgenet_ros.registration.projection import in_cells
from bridgenet_ros.rigid_transform import IDENTITY, RigidTransform, transform_of_matrix
from bridgenet_ros.scenes.geometry import Solid, bar, box, room, sphere

Array = npt.NDArray[np.float64]

QUANTUM_M = 0.001

SCENE: tuple[Solid, ...] = (
    room((-2.0, -1.3, -1.0), (2.2, 1.2, 3.4)),
    box((0.5, 0.4, 1.9), (0.7, 0.8, 0.5), 20.0),
    sphere((-0.5, 0.1, 1.5), 0.3),
    bar((-0.15, -0.9, 1.2), (-0.1, 0.9, 1.3), 0.02),
)


class Seen(NamedTuple):
    """What a cell of the colour view shows; each (h, w) metres along colour's axis."""

    centre: Array
    nearest: Array
    farthest: Array
    """Least and greatest depth within the cell."""
    visible: npt.NDArray[np.bool_]
    """The depth camera sees the centre too."""


def turned(degrees: Sequence[float], translation: Sequence[float]) -> RigidTransform:
    """A transform from rotations about x, y and z in degrees."""
    return transform_of_matrix(euler2mat(*np.deg2rad(degrees)), translation)


def depth_along(x: Array, y: Array, to_color: RigidTransform = IDENTITY) -> Array:
    """Depth of the scene along rays (x, y, 1) of a camera."""
    rays = np.stack([x, y, np.ones_like(x)])
    directions = np.tensordot(to_color.matrix, rays, axes=1).astype(np.float32)
    origin = np.array(to_color.translation, np.float32)
    hits = [solid.intersect(origin, directions) for solid in SCENE]
    return np.min(hits, axis=0).astype(np.float64)


def depth_image(lens: Lens, size: tuple[int, int], to_color: RigidTransform) -> FloatArray:
    """What a camera measures, (h, w) float32 metres in whole millimetres."""
    x, y = _rays(lens, size, 0.0, 0.0)
    millimetres = np.rint(depth_along(x, y, to_color) / QUANTUM_M)
    return (millimetres * QUANTUM_M).astype(np.float32)


def seen_in_cells(
    color: Lens,
    color_size: tuple[int, int],
    grid: tuple[int, int],
    depth: Lens,
    depth_size: tuple[int, int],
    to_color: RigidTransform,
) -> Seen:
    """The truth about every cell of a grid over the colour view."""
    cells = in_cells(color, color_size, grid)
    x, y = _rays(cells, grid, 0.0, 0.0)
    centre = depth_along(x, y)
    parts = [
        depth_along(*_rays(cells, grid, across, down))
        for across in (-0.5, -0.25, 0.0, 0.25, 0.5)
        for down in (-0.5, -0.25, 0.0, 0.25, 0.5)
    ]
    back = to_color.inverse()
    points = np.tensordot(back.matrix, np.stack([x, y, np.ones_like(x)]) * centre, axes=1)
    points += np.array(back.translation)[:, None, None]
    there_x, there_y, there_z = points[0] / points[2], points[1] / points[2], points[2]
    other = depth_along(there_x, there_y, to_color)
    u, v = depth.fx * there_x + depth.cx, depth.fy * there_y + depth.cy  # distortion left aside
    inside = (u >= 1) & (v >= 1) & (u <= depth_size[1] - 2) & (v <= depth_size[0] - 2)
    visible = inside & (np.abs(other - there_z) < QUANTUM_M)
    return Seen(centre, np.min(parts, axis=0), np.max(parts, axis=0), visible)


def _rays(lens: Lens, size: tuple[int, int], across: float, down: float) -> tuple[Array, Array]:
    v, u = np.mgrid[: size[0], : size[1]].astype(np.float64)
    x, y = lens.rays(torch.from_numpy(u + across), torch.from_numpy(v + down))
    return x.numpy(), y.numpy()
