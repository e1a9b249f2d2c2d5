"""The picture for RViz and the web: colour, the sensor's depth and ours, and what the colours mean.

A 32FC1 image looks black or inverted in most viewers; this one is bgr8.
"""

from __future__ import annotations

import cv2
import numpy as np

from bridgenet_ros.depth_colors import INVALID, color_depth
from bridgenet_ros.frame import FloatArray, UInt8Array

MAX_PANEL_COLUMNS = 640
BAR_ROWS = 44
"""Height of the scale bar with its numbers."""

_RAMP_ROWS = 16
_MARGIN = 12
_TICK_SPACING = 96
"""Least pixels between two numbers."""
_STEPS_M = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0)
_INK, _PAPER = (235, 235, 235), (INVALID // 2,) * 3
_FONT, _FONT_SCALE = cv2.FONT_HERSHEY_SIMPLEX, 0.45


def draw_preview(
    rgb: UInt8Array, sensor_m: FloatArray, sr_m: FloatArray, *, near_m: float, far_m: float
) -> UInt8Array:
    """Colour, sensor depth and super-resolved depth side by side above a scale bar.

    Args:
        rgb: (H, W, 3).
        sensor_m: (h, w) metres, 0 where invalid; drawn pixel by pixel at colour's size.
        sr_m: (H, W) metres, NaN where invalid.
        near_m: depth at the near end of the colours.
        far_m: depth at the far end, greater than ``near_m``.

    Returns:
        (rows, columns, 3) uint8, blue first. A panel is as large as colour, or smaller by a whole
        factor so that it has at most `MAX_PANEL_COLUMNS` columns.
    """
    stride = -(-rgb.shape[1] // MAX_PANEL_COLUMNS)
    # Picked, not averaged: the mean of two sides of an edge is a depth that is not there.
    found = color_depth(sr_m[::stride, ::stride], near_m, far_m)
    size = (found.shape[1], found.shape[0])
    measured = color_depth(np.where(sensor_m > 0, sensor_m, np.float32(np.nan)), near_m, far_m)
    panels = [
        (
            cv2.cvtColor(np.ascontiguousarray(rgb[::stride, ::stride]), cv2.COLOR_RGB2BGR),
            f"colour {_size(rgb)}",
        ),
        (
            cv2.resize(measured, size, interpolation=cv2.INTER_NEAREST_EXACT),
            f"sensor {_size(sensor_m)}",
        ),
        (found, f"super-resolved {_size(sr_m)}"),
    ]
    row = np.hstack([_titled(np.asarray(picture, np.uint8), title) for picture, title in panels])
    return np.vstack([row, scale_bar(row.shape[1], near_m, far_m)])


def scale_bar(columns: int, near_m: float, far_m: float) -> UInt8Array:
    """(`BAR_ROWS`, columns, 3) the colours from near to far with depths in metres, blue first."""
    bar = np.full((BAR_ROWS, columns, 3), _PAPER, np.uint8)
    left, right = _MARGIN, max(columns - _MARGIN, _MARGIN + 1)
    ramp = np.linspace(near_m, far_m, right - left, dtype=np.float32)[None]
    bar[4 : 4 + _RAMP_ROWS, left:right] = color_depth(ramp, near_m, far_m)
    for depth_m in ticks(near_m, far_m, right - left):
        x = left + round((depth_m - near_m) / (far_m - near_m) * (right - left - 1))
        cv2.line(bar, (x, 4 + _RAMP_ROWS), (x, 8 + _RAMP_ROWS), _INK)
        text = f"{depth_m:g} m"
        (width, height), _ = cv2.getTextSize(text, _FONT, _FONT_SCALE, 1)
        place = (min(max(x - width // 2, 0), columns - width), 12 + _RAMP_ROWS + height)
        cv2.putText(bar, text, place, _FONT, _FONT_SCALE, _INK, 1, cv2.LINE_AA)
    return bar


def _titled(picture: UInt8Array, title: str) -> UInt8Array:
    """The picture with a title in its upper left corner, readable on every colour."""
    (width, height), below = cv2.getTextSize(title, _FONT, _FONT_SCALE, 1)
    cv2.rectangle(picture, (0, 0), (width + 11, height + below + 7), _PAPER, cv2.FILLED)
    cv2.putText(picture, title, (6, height + 4), _FONT, _FONT_SCALE, _INK, 1, cv2.LINE_AA)
    return picture


def _size(image: FloatArray | UInt8Array) -> str:
    return f"{image.shape[1]}x{image.shape[0]}"


def ticks(near_m: float, far_m: float, columns: int) -> list[float]:
    """Round depths from near to far that leave room for their numbers."""
    fitting = max(columns // _TICK_SPACING, 1)
    step = next((s for s in _STEPS_M if (far_m - near_m) / s <= fitting), far_m - near_m)
    first, last = int(np.ceil(near_m / step - 1e-6)), int(np.floor(far_m / step + 1e-6))
    return [round(number * step, 6) for number in range(first, last + 1)]
