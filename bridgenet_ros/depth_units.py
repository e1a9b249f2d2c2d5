"""Depth encodings and metres (REP 118): uint16 millimetres with 0, float32 metres with NaN."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridgenet_ros.errors import ConfigError, FrameError
from bridgenet_ros.frame import DepthArray, FloatArray

MILLIMETRE = 0.001
UINT16_MAX = 65535

DEPTH_ENCODINGS = ("32FC1", "16UC1")
"""Encodings that depth is published in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthUnits:
    """What a uint16 depth image means: see `to_metres`."""

    scale_m: float
    min_m: float
    max_m: float


def to_metres(depth: DepthArray, *, scale_m: float, min_m: float, max_m: float) -> FloatArray:
    """Depth in metres with 0 where it is invalid.

    Args:
        depth: (h, w) uint16 in units of ``scale_m``, or float32 in metres.
        scale_m: metres of one unit of an integer depth; ignored for float32.
        min_m: nearer is invalid.
        max_m: farther is invalid. NaN and infinities are invalid.

    Raises:
        FrameError: ``dtype``, the array is neither uint16 nor float32.
    """
    if depth.dtype == np.uint16:
        # In float64: the product in float32 can land one step beyond a bound it is equal to.
        metres: FloatArray = np.multiply(depth, scale_m, dtype=np.float64).astype(np.float32)
    elif depth.dtype == np.float32:
        metres = depth.astype(np.float32, copy=True)
    else:
        raise FrameError("dtype", f"depth has dtype {depth.dtype}; expected uint16 or float32")
    # A comparison with NaN is False, so NaN falls out with the rest.
    valid = (metres >= np.float32(min_m)) & (metres <= np.float32(max_m)) & (metres > 0)
    metres[~valid] = 0.0
    return metres


def from_metres(depth_m: FloatArray, encoding: str) -> DepthArray:
    """Metres with NaN (H, W) to what is published: float32 as it is, or rounded millimetres.

    Raises:
        ConfigError: the encoding is not one of `DEPTH_ENCODINGS`.
    """
    if encoding == "32FC1":
        return depth_m
    if encoding == "16UC1":
        return to_counts(depth_m, MILLIMETRE)
    raise ConfigError(f"depth encoding {encoding!r}; expected one of {', '.join(DEPTH_ENCODINGS)}")


def to_counts(depth_m: FloatArray, unit_m: float) -> npt.NDArray[np.uint16]:
    """Metres in rounded steps of ``unit_m``; 0 where invalid, or not within 1 to 65535 steps."""
    steps = np.rint(depth_m / np.float32(unit_m))
    usable = (steps >= 1) & (steps <= UINT16_MAX)  # NaN compares False
    return np.where(usable, steps, 0).astype(np.uint16)
