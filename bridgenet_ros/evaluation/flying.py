"""How many points hang in the air beside a depth edge, where the truth is known."""

from __future__ import annotations

import cv2
import numpy as np

from bridgenet_ros.frame import BoolArray, FloatArray

_EDGE_REACH = 6
"""Pixels around a true step in which a point counts as beside it."""
_STEP = 0.08
"""Least relative spread of true depth there."""
_SURFACE_REACH = 2
"""A true surface this many pixels away is as good as one at the pixel itself."""
_OFF = 0.05
"""A point further than this share of its depth from every such surface flies."""


def flying_points(depth_m: FloatArray, truth_m: FloatArray) -> BoolArray:
    """Marks the points between foreground and background that lie on neither.

    A point flies if it is beside a true step, between the step's two depths, and on no true
    surface within two pixels. On a scene of two planes these are the points between them.

    Args:
        depth_m: (H, W) metres, NaN where invalid.
        truth_m: (H, W) metres, known everywhere.
    """
    window = np.ones((2 * _EDGE_REACH + 1, 2 * _EDGE_REACH + 1), np.uint8)
    near, far = cv2.erode(truth_m, window), cv2.dilate(truth_m, window)
    between = (far - near > _STEP * near) & (depth_m > near) & (depth_m < far)
    return between & (_distance_to_surfaces(depth_m, truth_m) > _OFF * depth_m)


def flying_share(depth_m: FloatArray, truth_m: FloatArray) -> float:
    """The share of the valid points that fly; NaN where no point is valid."""
    valid = int(np.isfinite(depth_m).sum())
    return int(flying_points(depth_m, truth_m).sum()) / valid if valid else float("nan")


def _distance_to_surfaces(depth_m: FloatArray, truth_m: FloatArray) -> FloatArray:
    """(H, W) metres to the nearest true depth within `_SURFACE_REACH` pixels."""
    around = np.pad(truth_m, _SURFACE_REACH, mode="edge")
    side = 2 * _SURFACE_REACH + 1
    height, width = depth_m.shape
    nearest = np.full(depth_m.shape, np.inf, np.float32)
    for row in range(side):
        for column in range(side):
            shifted = around[row : row + height, column : column + width]
            nearest = np.fmin(nearest, np.abs(depth_m - shifted))
    return nearest
