"""First hit of every ray, with solids skipped where their outline cannot reach."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from bridgenet_ros.frame import FloatArray
from bridgenet_ros.scenes.camera import Intrinsics, Pose
from bridgenet_ros.scenes.geometry import NEAR_M, Solid

_EDGES = np.array(
    [(a, b) for a in range(8) for b in range(8) if b - a in (1, 2, 4) and a & (b - a) == 0]
).T
"""(2, 12) corners that the edges of a box join; `Placement.corners` numbers them in binary."""


class Window(NamedTuple):
    """A rectangle of the image, pixels, borders included."""

    left: float
    top: float
    right: float
    bottom: float


class Hits(NamedTuple):
    """What the rays met."""

    depth: FloatArray
    """Z along the optical axis, metres; inf where nothing was hit."""
    solid: npt.NDArray[np.int16]
    """Index of the solid; -1 where nothing was hit."""


class Solids:
    """Things to be hit, with the boxes around them."""

    def __init__(self, solids: Sequence[Solid]) -> None:
        self.each = tuple(solids)
        self.corners = np.stack([solid.corners() for solid in solids])
        """(N, 8, 3) world."""


class Bundle(Protocol):
    """Rays of one camera, in any arrangement."""

    directions: FloatArray
    """(3, ...) world; x, y and z lie apart, because they are used one by one."""

    def inside(self, window: Window) -> tuple[Any, ...] | None:
        """An index of the rays within ``window`` behind the first axis; None if there are none."""
        ...


class GridBundle:
    """One ray for each pixel, (3, H, W); windows are slices."""

    def __init__(self, camera: Intrinsics, pose: Pose) -> None:
        self._width, self._height = camera.width, camera.height
        self.directions: FloatArray = pose.to_world(camera.rays(*camera.grid()))

    def inside(self, window: Window) -> tuple[slice, slice] | None:
        """The smallest block of pixels that covers ``window``."""
        left, top = max(floor(window.left), 0), max(floor(window.top), 0)
        right = min(ceil(window.right) + 1, self._width)
        bottom = min(ceil(window.bottom) + 1, self._height)
        if left >= right or top >= bottom:
            return None
        return slice(top, bottom), slice(left, right)


class ListBundle:
    """Rays through a list of image points (N,), which may lie between pixels."""

    def __init__(self, camera: Intrinsics, pose: Pose, u: FloatArray, v: FloatArray) -> None:
        self._u, self._v = u, v
        self.directions: FloatArray = pose.to_world(camera.rays(u, v))

    def inside(self, window: Window) -> tuple[npt.NDArray[np.intp]] | None:
        """Indices of the points within ``window``."""
        across = (self._u >= window.left) & (self._u <= window.right)
        chosen = np.flatnonzero(across & (self._v >= window.top) & (self._v <= window.bottom))
        return (chosen,) if len(chosen) else None


def cast(solids: Solids, bundle: Bundle, camera: Intrinsics, pose: Pose) -> Hits:
    """The nearest hit of each ray of the bundle."""
    shape = bundle.directions.shape[1:]
    depth = np.full(shape, np.inf, np.float32)
    solid = np.full(shape, -1, np.int16)
    for index, window in enumerate(outlines(solids.corners, camera, pose)):
        chosen = None if window is None else bundle.inside(window)
        if chosen is None:
            continue
        within = (slice(None), *chosen)
        hit = solids.each[index].intersect(pose.position, bundle.directions[within])
        before = depth[chosen]
        nearer = hit < before
        if nearer.any():
            depth[chosen] = np.minimum(hit, before)
            solid[chosen] = np.where(nearer, np.int16(index), solid[chosen])
    return Hits(depth, solid)


def outlines(corners: FloatArray, camera: Intrinsics, pose: Pose) -> list[Window | None]:
    """Rectangles that hold the images of solids; None for those behind the camera.

    Args:
        corners: (N, 8, 3) of the boxes around the solids, world.
        camera: whose image is meant.
        pose: where it stands.
    """
    points, seen = _before_camera(pose.to_camera(corners))
    z = np.where(seen, points[..., 2], np.float32(1))
    u = points[..., 0] / z * camera.focal + camera.cx
    v = points[..., 1] / z * camera.focal + camera.cy
    low = [np.where(seen, part, np.inf).min(axis=1) - 1 for part in (u, v)]
    high = [np.where(seen, part, -np.inf).max(axis=1) + 1 for part in (u, v)]
    windows = [Window(*box) for box in np.stack([*low, *high], axis=1).tolist()]
    return [window if ahead.any() else None for window, ahead in zip(windows, seen, strict=True)]


def _before_camera(corners: FloatArray) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Corners of the parts of boxes that lie beyond `NEAR_M`: (N, 20, 3), and which exist.

    Args:
        corners: (N, 8, 3) of whole boxes, camera coordinates.
    """
    start, end = corners[:, _EDGES[0]], corners[:, _EDGES[1]]  # (N, 12, 3)
    rise = end[..., 2] - start[..., 2]
    along = (NEAR_M - start[..., 2]) / np.where(rise == 0, np.float32(1), rise)
    cuts = start + along[..., None] * (end - start)
    crossing = (start[..., 2] > NEAR_M) != (end[..., 2] > NEAR_M)
    seen = np.concatenate([corners[..., 2] > NEAR_M, crossing], axis=1)
    return np.concatenate([corners, cuts], axis=1), seen
