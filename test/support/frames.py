"""Frames and results for tests that care about a part of them only."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridgenet_ros.frame import DepthArray, DepthResult, FloatArray, RgbdFrame, UInt8Array

COLOR_SIZE, DEPTH_SIZE = (24, 32), (6, 8)


def make_frame(
    rgb: UInt8Array | None = None,
    depth: DepthArray | None = None,
    *,
    stamp_ns: int = 1,
    frame_id: str = "c",
    **others: Any,
) -> RgbdFrame:
    """Both images of one stamp and frame; black, and 1 m at a quarter of the size by default."""
    if rgb is None:
        rgb = np.zeros((*COLOR_SIZE, 3), np.uint8)
    if depth is None:
        depth = np.full(DEPTH_SIZE, 1000, np.uint16)
    own = {"depth_stamp_ns": stamp_ns, "depth_frame_id": frame_id, **others}
    return RgbdFrame(rgb=rgb, depth=depth, stamp_ns=stamp_ns, frame_id=frame_id, **own)


def make_result(
    sr_m: FloatArray | None = None, *, stamp_ns: int = 1, frame_id: str = "c", **others: Any
) -> DepthResult:
    """1 m everywhere by default; the sensor's depth and the unguarded one are the published one."""
    if sr_m is None:
        sr_m = np.ones(COLOR_SIZE, np.float32)
    own = {"sensor_m": sr_m, "unguarded_m": sr_m, "mde_m": None, **others}
    return DepthResult(sr_m=sr_m, stamp_ns=stamp_ns, frame_id=frame_id, **own)


def result_for(frame: RgbdFrame, sr_m: FloatArray | None = None, **others: Any) -> DepthResult:
    """As `make_result`, with the frame's size, stamp and frame."""
    if sr_m is None:
        sr_m = np.ones(frame.rgb.shape[:2], np.float32)
    own = {"stamp_ns": frame.stamp_ns, "frame_id": frame.frame_id, **others}
    return make_result(sr_m, **own)
