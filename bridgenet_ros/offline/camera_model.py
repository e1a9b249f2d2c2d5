"""A pinhole camera as a CameraInfo message."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

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

    def scaled(self, width: int, height: int) -> CameraModel:
        """The same camera with another image size.

        The principal point is multiplied like the focal length, as image_proc's resize node does,
        so that our infos agree with those of other ROS nodes. Measured from pixel centres it
        would be ``(c + 0.5) * s - 0.5``.
        """
        across, down = width / self.width, height / self.height
        return replace(
            self,
            width=width,
            height=height,
            fx=self.fx * across,
            cx=self.cx * across,
            fy=self.fy * down,
            cy=self.cy * down,
        )

    def message(self, header: Header) -> CameraInfo:
        """The camera as ``sensor_msgs/CameraInfo``, without rectification."""
        known = 1.0 if self.fx else 0.0
        k = [self.fx, 0, self.cx, 0, self.fy, self.cy, 0, 0, known]
        p = [self.fx, 0, self.cx, 0, 0, self.fy, self.cy, 0, 0, 0, known, 0]
        return CameraInfo(
            header=header,
            height=self.height,
            width=self.width,
            distortion_model=_DISTORTION_MODELS[len(self.distortion)],
            d=np.array(self.distortion, np.float64),
            k=np.array(k, np.float64),
            r=np.eye(3).ravel(),
            p=np.array(p, np.float64),
            binning_x=0,
            binning_y=0,
            roi=RegionOfInterest(x_offset=0, y_offset=0, height=0, width=0, do_rectify=False),
        )
