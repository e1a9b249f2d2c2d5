"""The values that flow from camera or bag to publisher or bag; no behaviour, no ROS, no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bridgenet_ros.calibration import Calibration
from bridgenet_ros.rigid_transform import RigidTransform

UInt8Array = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]
DepthArray = npt.NDArray[np.uint16] | FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """Two cameras and how they stand, of a frame whose depth lies in its own view.

    Attributes:
        color: K and D of the colour image as it is.
        depth: K and D of the depth image as it is.
        depth_to_color: takes points of the depth frame to the colour frame.
        source: where the transform is from, in words.
    """

    color: Calibration
    depth: Calibration
    depth_to_color: RigidTransform
    source: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RgbdFrame:
    """A paired colour and depth image. The arrays may be read-only views of messages.

    Attributes:
        rgb: (H, W, 3) uint8, in the order red, green, blue.
        depth: (h, w), h <= H and w <= W but where there is a rig: uint16 in units of
            ``input.depth_scale`` metres, or float32 in metres. 0, NaN and infinities are invalid.
            Z along the optical axis.
        stamp_ns: the colour image's stamp, nanoseconds.
        depth_stamp_ns: the depth image's stamp, nanoseconds.
        frame_id: the colour image's frame, an optical frame (REP 103).
        depth_frame_id: the depth image's frame.
        rig: how to project depth into the colour view; None where it lies there already.
    """

    rgb: UInt8Array
    depth: DepthArray
    stamp_ns: int
    depth_stamp_ns: int
    frame_id: str
    depth_frame_id: str
    rig: Rig | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateFit:
    """How the estimated depth was fitted to the sensor's: ``scale`` times it, plus ``shift_m``.

    Attributes:
        scale: 1 where nothing was fitted.
        shift_m: metres; 0 where nothing was fitted, or the factor alone.
        pixels: of the sensor's, compared with the estimate.
        agreeing: share of them that is near enough to the line to count; NaN where nothing was
            fitted.
        fitted: whether the estimate was changed.
        problem: why it was not, or by the factor alone, in words; empty where all is well.
    """

    scale: float
    shift_m: float
    pixels: int
    agreeing: float
    fitted: bool
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DepthResult:
    """What one frame gave. The arrays belong to the receiver.

    Attributes:
        sr_m: super-resolved depth, (H, W) float32 metres, NaN where invalid.
        mde_m: estimated depth, (H, W) float32 metres, or None when it was not asked for; fitted
            as `fit` says.
        sensor_m: the low-resolution depth that the network was given, (h, w) float32 metres in
            the colour view, 0 where invalid.
        unguarded_m: `sr_m` as it was before the flying-pixel guard made some of it invalid; the
            same array while the guard is off.
        stamp_ns: stamp of the colour image, or of depth with ``output.stamp_source`` depth,
            nanoseconds.
        frame_id: frame of the colour image.
        registration: in words, what depth was found to be and what was done with it.
        fit: of `mde_m`; None without one, or with ``mde.align.mode`` off.
        bicubic: why `sr_m` is the bicubic upsampling, in words; empty where the network ran.
        timings_ms: milliseconds by stage.
    """

    sr_m: FloatArray
    mde_m: FloatArray | None
    sensor_m: FloatArray
    unguarded_m: FloatArray
    stamp_ns: int
    frame_id: str
    registration: str = ""
    fit: EstimateFit | None = None
    bicubic: str = ""
    timings_ms: Mapping[str, float] = field(default_factory=dict)
