"""The flying-pixel guard: pixels that hang in the air between foreground and background.

A depth image with a blurred edge has points between the two surfaces, where nothing is; costmaps
mark them as obstacles and maps grow thick. The guard needs no truth and no calibration. A pixel
flies if all of this holds in a window around it:

- inverse depth changes by more than a share of itself from one end to the other: a step, in one
  direction at least. Where colour has an edge too, half the step is enough;
- the pixel keeps clear of both the nearest and the farthest depth of the window;
- inverse depth is bent. On a plane, however steep, it is linear in the image (1/z = ax + by + c).

OpenCV computes on views of an image three times as fast as NumPy; this runs for every frame.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TypeVar

import cv2
import numpy as np

from bridgenet_ros.frame import BoolArray, FloatArray, UInt8Array

PRESETS = MappingProxyType({"slam": 0.2, "nav": 0.1, "viz": 0.3})
"""Least relative step by consumer: a costmap suffers most from a ghost, a viewer from gaps."""

_CLEAR = 0.03
"""A flying pixel is further than this share of its depth from both ends of its window."""
_BENT = 0.5
"""Least second difference of inverse depth, as a share of the step that is needed."""
_COLOR_EDGE = 16
"""Grey levels across two pixels that make an edge."""
_REACH_SHARE = 0.25
"""How far the window reaches, as a share of a low-resolution pixel: edges blur over one."""
_Array = TypeVar("_Array", FloatArray, BoolArray)


class FlyingPixelGuard:
    """Marks flying pixels. Its buffers are made once for each image size; not thread-safe."""

    def __init__(self) -> None:
        self._buffers = np.empty((4, 0, 0), np.float32)

    def __call__(
        self, depth_m: FloatArray, rgb: UInt8Array, *, scale: float, threshold: float
    ) -> BoolArray:
        """The flying pixels of a frame.

        Args:
            depth_m: (H, W) metres, NaN where invalid.
            rgb: (H, W, 3), the colour image of the same view.
            scale: by how much depth was upsampled, colour columns per column of the sensor.
            threshold: least relative step across the window, as in `PRESETS`.

        Returns:
            (H, W), never true where depth is invalid.
        """
        reach = max(1, round(scale * _REACH_SHARE))
        if min(depth_m.shape) <= 4 * reach:
            return np.zeros(depth_m.shape, np.bool_)  # smaller than the windows
        if self._buffers.shape[1:] != depth_m.shape:
            self._buffers = np.empty((4, *depth_m.shape), np.float32)
        inverse, needed, work, bent = self._buffers
        window = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
        np.reciprocal(depth_m, out=inverse)  # NaN stays NaN and makes every comparison false

        np.multiply(inverse, np.float32(threshold), out=needed)
        np.multiply(needed, np.float32(0.5), out=work)
        cv2.copyTo(work, _near_color_edges(rgb, window), needed)
        flying = np.zeros(depth_m.shape, np.bool_)
        bent.fill(0)
        for axis in (0, 1):
            change = _steps(inverse, needed, reach, axis, work, flying)
            _bends(change, reach, axis, bent)

        cv2.dilate(bent, window, dst=work)
        needed *= np.float32(_BENT)
        flying &= work > needed
        flying &= self._behind_the_nearest(window)
        flying &= self._before_the_farthest(depth_m, window)
        return flying

    def _behind_the_nearest(self, window: UInt8Array) -> BoolArray:
        inverse, _, nearest, _ = self._buffers
        cv2.patchNaNs(inverse, 0)  # a missing depth is never the nearest
        cv2.dilate(inverse, window, dst=nearest)
        inverse *= np.float32(1 + _CLEAR)
        behind: BoolArray = inverse < nearest
        return behind

    def _before_the_farthest(self, depth_m: FloatArray, window: UInt8Array) -> BoolArray:
        depth, _, farthest, _ = self._buffers
        np.copyto(depth, depth_m)
        cv2.patchNaNs(depth, 0)  # nor the farthest
        cv2.dilate(depth, window, dst=farthest)
        farthest *= np.float32(1 - _CLEAR)
        before: BoolArray = depth < farthest
        return before


def _steps(
    inverse: FloatArray,
    needed: FloatArray,
    reach: int,
    axis: int,
    work: FloatArray,
    flying: BoolArray,
) -> FloatArray:
    """Mark steps along an axis in ``flying``.

    Returns:
        What inverse depth changes by from ``reach`` before a pixel to ``reach`` behind it, a view
        of ``work`` without the pixels that have no such neighbours.
    """
    before, behind = _trim(inverse, 0, 2 * reach, axis), _trim(inverse, 2 * reach, 0, axis)
    marked = _trim(flying, reach, reach, axis)
    marked |= cv2.absdiff(behind, before) > _trim(needed, reach, reach, axis)
    change = _trim(work, reach, reach, axis)
    cv2.subtract(behind, before, dst=change)
    return change


def _bends(change: FloatArray, reach: int, axis: int, out: FloatArray) -> None:
    """Raise ``out`` to the second differences along an axis; not where a value is missing."""
    second = cv2.absdiff(_trim(change, 2 * reach, 0, axis), _trim(change, 0, 2 * reach, axis))
    cv2.patchNaNs(second, 0)
    inner = _trim(out, 2 * reach, 2 * reach, axis)
    cv2.max(inner, second, dst=inner)


def _trim(array: _Array, before: int, behind: int, axis: int) -> _Array:
    """A view without so many rows (axis 0) or columns (axis 1) at its ends."""
    kept = slice(before, array.shape[axis] - behind)
    return array[kept] if axis == 0 else array[:, kept]


def _near_color_edges(rgb: UInt8Array, window: UInt8Array) -> UInt8Array:
    """(H, W) not 0 where colour has an edge within the window."""
    grey = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY)
    edges = np.zeros(grey.shape, np.uint8)
    edges[:, 1:-1] = cv2.absdiff(grey[:, 2:], grey[:, :-2])
    edges[1:-1] = cv2.max(edges[1:-1], cv2.absdiff(grey[2:], grey[:-2]))
    near: BoolArray = cv2.dilate(edges, window) > _COLOR_EDGE
    return near.view(np.uint8)
