"""The flying-pixel guard: pixels that hang in the air between foreground and background.

A depth image with a blurred edge has points between the two surfaces, where nothing is; costmaps
mark them as obstacles and maps grow thick. The guard needs no truth and no calibration. A pixel
flies if all of this holds in a window around it:

- inverse depth changes by more than a share of itself from one end to the other: a step, in one
  direction at least. Where colour has an edge too, half the step is enough;
- the pixel keeps clear of both the nearest and the farthest depth of the window;
- inverse depth is bent. On a plane, however steep, it is linear in the image (1/z = ax + by + c).
"""

from __future__ import annotations

from types import MappingProxyType

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
_NEVER_THE_FARTHEST = 1e9
"""Inverse depth of a missing pixel."""


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
        inverse, needed, change, spare = self._buffers
        window = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
        np.reciprocal(depth_m, out=inverse)  # NaN stays NaN and makes every comparison false

        np.multiply(inverse, np.float32(threshold), out=needed)
        needed[_color_edges(rgb, window)] *= np.float32(0.5)
        _steps(inverse, reach, change, spare)
        flying: BoolArray = change > needed

        _bends(inverse, 2 * reach, change, spare)
        cv2.dilate(change, window, dst=spare)
        needed *= np.float32(_BENT)
        flying &= spare > needed

        flying &= self._behind_the_nearest(window)
        flying &= self._before_the_farthest(window)
        return flying

    def _behind_the_nearest(self, window: UInt8Array) -> BoolArray:
        inverse, nearest, filled, limit = self._buffers
        np.fmax(inverse, np.float32(0), out=filled)  # a missing depth is never the nearest
        cv2.dilate(filled, window, dst=nearest)
        behind: BoolArray = np.multiply(inverse, np.float32(1 + _CLEAR), out=limit) < nearest
        return behind

    def _before_the_farthest(self, window: UInt8Array) -> BoolArray:
        inverse, farthest, filled, limit = self._buffers
        np.copyto(filled, inverse)
        np.nan_to_num(filled, copy=False, nan=_NEVER_THE_FARTHEST)
        cv2.erode(filled, window, dst=farthest)
        before: BoolArray = np.multiply(inverse, np.float32(1 - _CLEAR), out=limit) > farthest
        return before


def _steps(inverse: FloatArray, reach: int, out: FloatArray, spare: FloatArray) -> None:
    """(H, W) largest change from ``reach`` before to ``reach`` behind, along rows and columns."""
    height = inverse.shape[0]
    out.fill(0)
    across = out[:, reach:-reach]
    np.subtract(inverse[:, 2 * reach :], inverse[:, : -2 * reach], out=across)
    np.abs(across, out=across)
    down = spare[: height - 2 * reach]
    np.subtract(inverse[2 * reach :], inverse[: -2 * reach], out=down)
    np.abs(down, out=down)
    np.fmax(out[reach:-reach], down, out=out[reach:-reach])


def _bends(inverse: FloatArray, reach: int, out: FloatArray, spare: FloatArray) -> None:
    """(H, W) largest second difference along rows and columns; 0 where a value is missing."""
    height = inverse.shape[0]
    out.fill(0)
    across = out[:, reach:-reach]
    np.add(inverse[:, 2 * reach :], inverse[:, : -2 * reach], out=across)
    across -= inverse[:, reach:-reach]
    across -= inverse[:, reach:-reach]
    np.abs(across, out=across)
    down = spare[: height - 2 * reach]
    np.add(inverse[2 * reach :], inverse[: -2 * reach], out=down)
    down -= inverse[reach:-reach]
    down -= inverse[reach:-reach]
    np.abs(down, out=down)
    np.fmax(out[reach:-reach], down, out=out[reach:-reach])
    np.fmax(out, np.float32(0), out=out)


def _color_edges(rgb: UInt8Array, window: UInt8Array) -> BoolArray:
    """(H, W) true where colour has an edge within the window."""
    grey = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY)
    edges = np.zeros(grey.shape, np.uint8)
    edges[:, 1:-1] = cv2.absdiff(grey[:, 2:], grey[:, :-2])
    edges[1:-1] = cv2.max(edges[1:-1], cv2.absdiff(grey[2:], grey[:-2]))
    near: BoolArray = cv2.dilate(edges, window) > _COLOR_EDGE
    return near
