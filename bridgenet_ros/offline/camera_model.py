"""A pinhole camera as a CameraInfo message."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridgenet_ros.calibration import Calibration
from bridgenet_ros.errors import DatasetError
from bridgenet_ros.offline.messages import CameraInfo, Header, RegionOfInterest

_DISTORTION_MODELS = {4: "equidistant", 5: "plumb_bob", 8: "rational_polynomial"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraModel:
    """Intrinsics for one image size; all zero when the camera is not calibrated.

    Attributes:
        width: columns.
        height: rows.
        fx: focal length, columns.
        fy: focal length, rows.
        cx: principal point, column.
        cy: principal point, row.
        distortion: 5 coefficients of plumb_bob, 4 of equidistant or 8 of rational_polynomial.
    """

    width: int
    height: int
    fx: float = 0.0
    fy: float = 0.0
    cx: float = 0.0
    cy: float = 0.0
    distortion: tuple[float, ...] = (0.0,) * 5

    def __post_init__(self) -> None:
        if len(self.distortion) not in _DISTORTION_MODELS:
            raise DatasetError(
                f"distortion has {len(self.distortion)} coefficients; "
                f"expected {', '.join(map(str, _DISTORTION_MODELS))}"
            )

    @property
    def calibration(self) -> Calibration:
        """The camera as a CameraInfo has it, without rectification."""
        known = 1.0 if self.fx else 0.0
        return Calibration(
            width=self.width,
            height=self.height,
            distortion_model=_DISTORTION_MODELS[len(self.distortion)],
            d=self.distortion,
            k=(self.fx, 0.0, self.cx, 0.0, self.fy, self.cy, 0.0, 0.0, known),
            p=(self.fx, 0.0, self.cx, 0.0, 0.0, self.fy, self.cy, 0.0, 0.0, 0.0, known, 0.0),
        )


def info_message(calibration: Calibration, header: Header) -> CameraInfo:
    """A calibration as ``sensor_msgs/CameraInfo``, without binning and ROI."""
    return CameraInfo(
        header=header,
        height=calibration.height,
        width=calibration.width,
        distortion_model=calibration.distortion_model,
        d=np.array(calibration.d, np.float64),
        k=np.array(calibration.k, np.float64),
        r=np.array(calibration.r, np.float64),
        p=np.array(calibration.p, np.float64),
        binning_x=0,
        binning_y=0,
        roi=RegionOfInterest(x_offset=0, y_offset=0, height=0, width=0, do_rectify=False),
    )
