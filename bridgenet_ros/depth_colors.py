"""The colours of depth, the same in every picture: Turbo (A. Mikhailov, Google, 2019)."""

from __future__ import annotations

import cv2
import numpy as np

from bridgenet_ros.frame import FloatArray, UInt8Array

TURBO: UInt8Array = np.asarray(
    cv2.applyColorMap(np.arange(256, dtype=np.uint8)[:, None], cv2.COLORMAP_TURBO), np.uint8
)[:, 0, ::-1]
"""(256, 3) uint8, red first: from the near end of a range to the far one."""

INVALID = 40
"""Grey level of a pixel without depth; no colour of `TURBO` is grey."""


def round_range(depth_m: FloatArray) -> tuple[float, float]:
    """The depths, metres, at the two ends of the colours: whole half metres around the data.

    Args:
        depth_m: of any shape, metres; not finite or 0 where invalid.
    """
    valid = depth_m[np.isfinite(depth_m) & (depth_m > 0)]
    if valid.size == 0:
        return 0.0, 1.0
    low, high = np.percentile(valid, (0.5, 99.5))
    near = np.floor(float(low) * 2) / 2
    return float(near), float(max(np.ceil(float(high) * 2) / 2, near + 0.5))


def color_depth(depth_m: FloatArray, near_m: float, far_m: float) -> UInt8Array:
    """Depth in colours of a fixed range, so that a colour means the same in every image.

    Args:
        depth_m: (H, W) metres; not finite where invalid.
        near_m: depth of the first colour; nearer depth has it too.
        far_m: depth of the last colour, greater than ``near_m``; farther depth has it too.

    Returns:
        (H, W, 3) uint8, blue first.
    """
    levels = (depth_m - np.float32(near_m)) * np.float32(255 / (far_m - near_m))
    invalid = ~np.isfinite(levels)
    levels[invalid] = 0
    np.clip(levels, 0, 255, out=levels)
    np.rint(levels, out=levels)
    picture: UInt8Array = np.asarray(cv2.applyColorMap(levels.astype(np.uint8), cv2.COLORMAP_TURBO))
    picture[invalid] = INVALID
    return picture
