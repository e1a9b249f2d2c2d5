"""A pinhole camera and where it stands (REP 103 optical axes: x right, y down, z forward)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bridgenet_ros.frame import FloatArray
from bridgenet_ros.scenes.geometry import f32


@dataclass(frozen=True, slots=True, kw_only=True)
class Intrinsics:
    """Focal length and principal point in pixels; pixel centres lie on whole numbers."""

    width: int
    height: int
    focal: float
    cx: float
    cy: float

    def rays(self, u: FloatArray, v: FloatArray) -> FloatArray:
        """(3, ...) camera directions with z = 1, so that a ray's parameter is its depth."""
        x = (u - np.float32(self.cx)) / np.float32(self.focal)
        y = (v - np.float32(self.cy)) / np.float32(self.focal)
        return f32(np.stack(np.broadcast_arrays(x, y, np.float32(1))))

    def grid(self) -> tuple[FloatArray, FloatArray]:
        """Column (1, W) and row (H, 1) numbers of every pixel."""
        columns = np.arange(self.width, dtype=np.float32)
        return columns[None, :], np.arange(self.height, dtype=np.float32)[:, None]


VGA = Intrinsics(width=640, height=480, focal=525.0, cx=319.5, cy=239.5)
"""The demo's colour camera, about that of a Kinect."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pose:
    """Where the camera is and how it is turned.

    Attributes:
        position: (3,) world, metres.
        axes: (3, 3), rows are the camera's right, down and forward in the world.
    """

    position: FloatArray
    axes: FloatArray

    def to_camera(self, points: FloatArray) -> FloatArray:
        """World points (..., 3) in the camera's own coordinates."""
        return f32((points - self.position) @ self.axes.T)

    def to_world(self, directions: FloatArray) -> FloatArray:
        """Directions (3, ...) of the camera in the world."""
        return f32(np.tensordot(self.axes.T, directions, axes=1))


def look_at(
    position: Sequence[float] | FloatArray,
    target: Sequence[float] | FloatArray,
    *,
    up: Sequence[float] = (0.0, 0.0, 1.0),
    roll_deg: float = 0.0,
) -> Pose:
    """A camera at ``position`` that looks at ``target``, rolled about its axis."""
    eye = np.asarray(position, np.float64)
    forward = np.asarray(target, np.float64) - eye
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, np.asarray(up, np.float64))
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    c, s = np.cos(np.deg2rad(roll_deg)), np.sin(np.deg2rad(roll_deg))
    axes = np.stack([c * right + s * down, c * down - s * right, forward])
    return Pose(position=eye.astype(np.float32), axes=axes.astype(np.float32))
