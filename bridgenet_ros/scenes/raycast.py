"""First hit of every ray, with solids skipped where their outline cannot reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from bridgenet_ros.frame import FloatArray
from bridgenet_ros.scenes.camera import Intrinsics, Pose
from bridgenet_ros.scenes.geometry import Solid


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


class Bundle(Protocol):
    """Rays of one camera, in any arrangement."""

    directions: FloatArray

    def inside(self, window: Window) -> Any:  # noqa: ANN401 - whatever numpy takes between brackets
        """An index into the bundle of the rays within ``window``, or None if there are none."""
        ...


class GridBundle:
    """One ray for each pixel, (H, W, 3); windows are slices."""

    def __init__(self, camera: Intrinsics, pose: Pose) -> None:
        self._width, self._height = camera.width, camera.height
        self.directions: FloatArray = camera.rays(*camera.grid()) @ pose.axes

    def inside(self, window: Window) -> tuple[slice, slice] | None:
        """The smallest block of pixels that covers ``window``."""
        left, top = max(int(np.floor(window.left)), 0), max(int(np.floor(window.top)), 0)
        right = min(int(np.ceil(window.right)) + 1, self._width)
        bottom = min(int(np.ceil(window.bottom)) + 1, self._height)
        if left >= right or top >= bottom:
            return None
        return slice(top, bottom), slice(left, right)


class ListBundle:
    """Rays through a list of image points (N,), which may lie between pixels."""

    def __init__(self, camera: Intrinsics, pose: Pose, u: FloatArray, v: FloatArray) -> None:
        self._u, self._v = u, v
        self.directions: FloatArray = camera.rays(u, v) @ pose.axes

    def inside(self, window: Window) -> npt.NDArray[np.intp] | None:
        """Indices of the points within ``window``."""
        across = (self._u >= window.left) & (self._u <= window.right)
        chosen = np.flatnonzero(across & (self._v >= window.top) & (self._v <= window.bottom))
        return chosen if len(chosen) else None


def cast(solids: Sequence[Solid], bundle: Bundle, camera: Intrinsics, pose: Pose) -> Hits:
    """The nearest hit of each ray of the bundle."""
    shape = bundle.directions.shape[:-1]
    depth = np.full(shape, np.inf, np.float32)
    solid = np.full(shape, -1, np.int16)
    for index, item in enumerate(solids):
        window = outline(item, camera, pose)
        chosen = None if window is None else bundle.inside(window)
        if chosen is None:
            continue
        hit = item.intersect(pose.position, bundle.directions[chosen])
        nearer = hit < depth[chosen]
        depth[chosen] = np.where(nearer, hit, depth[chosen])
        solid[chosen] = np.where(nearer, np.int16(index), solid[chosen])
    return Hits(depth, solid)


def outline(solid: Solid, camera: Intrinsics, pose: Pose) -> Window | None:
    """A rectangle that holds the solid's image; None where it is behind the camera."""
    corners = pose.to_camera(solid.corners())
    z = corners[:, 2]
    if z.max() <= 0:
        return None
    if z.min() < 0.02:  # a corner beside or behind the camera projects nowhere useful
        return Window(-1, -1, camera.width, camera.height)
    u = corners[:, 0] / z * camera.focal + camera.cx
    v = corners[:, 1] / z * camera.focal + camera.cy
    return Window(u.min() - 1, v.min() - 1, u.max() + 1, v.max() + 1)
