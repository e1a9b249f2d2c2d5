"""From pixels to rays and back, through the distortion models of ``sensor_msgs/CameraInfo``.

Models: Brown's plumb_bob and its rational form, as in OpenCV's camera calibration; Kannala and
Brandt's equidistant fisheye. A ray is (x, y) at z = 1; pixel centres lie on whole numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from bridgenet_ros.calibration import Calibration
from bridgenet_ros.errors import FrameError

_ITERATIONS = 100
_DONE = 1e-8
_INVERTED = 1e-6
"""Largest error of an inverted ray: a thousandth of a pixel at a focal length of 1000."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """How a camera maps rays to pixels.

    Attributes:
        fx: focal length, columns.
        fy: focal length, rows.
        cx: principal point, column.
        cy: principal point, row.
        distortion: 5 coefficients of plumb_bob, 8 of rational_polynomial or 4 of equidistant;
            empty for a plain pinhole.
    """

    fx: float
    fy: float
    cx: float
    cy: float
    distortion: tuple[float, ...] = ()

    def rays(self, u: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Undistorted rays of image points.

        Args:
            u: columns, float64, any shape.
            v: rows, same shape.

        Returns:
            x and y, float64; NaN where the lens shows nothing there.
        """
        seen_x, seen_y = (u - self.cx) / self.fx, (v - self.cy) / self.fy
        return undistort(seen_x, seen_y, self.distortion) if self.distortion else (seen_x, seen_y)


def lens_of(calibration: Calibration) -> Lens:
    """The lens that K and D describe.

    Raises:
        FrameError: ``calibration``, not calibrated, or a distortion that is not known.
    """
    k = calibration.k
    if not (k[0] > 0 and k[4] > 0):
        raise FrameError(
            "calibration",
            f"camera info of a {calibration.width}x{calibration.height} image has focal lengths "
            f"{k[0]:g} and {k[4]:g}; expected a calibrated camera",
        )
    return Lens(fx=k[0], fy=k[4], cx=k[2], cy=k[5], distortion=calibration.distortion())


def distort(x: Tensor, y: Tensor, distortion: Sequence[float]) -> tuple[Tensor, Tensor]:
    """Where rays appear through the lens, at z = 1.

    Args:
        x: any shape and float type.
        y: same shape.
        distortion: as in `Lens`, not empty.
    """
    square = x * x + y * y
    if len(distortion) == 4:
        factor = _fisheye(square, distortion)
        return x * factor, y * factor
    k1, k2, p1, p2, k3, *below = distortion
    factor = 1 + square * (k1 + square * (k2 + square * k3))
    if below:
        k4, k5, k6 = below
        factor = factor / (1 + square * (k4 + square * (k5 + square * k6)))
    cross = 2 * x * y
    return (
        x * factor + p1 * cross + p2 * (square + 2 * x * x),
        y * factor + p2 * cross + p1 * (square + 2 * y * y),
    )


def _fisheye(square: Tensor, distortion: Sequence[float]) -> Tensor:
    """Distorted over undistorted radius; one on the axis."""
    k1, k2, k3, k4 = distortion
    radius = square.sqrt().clamp_min(1e-9)
    angle = radius.atan()
    s = angle * angle
    return angle * (1 + s * (k1 + s * (k2 + s * (k3 + s * k4)))) / radius


def undistort(x: Tensor, y: Tensor, distortion: Sequence[float]) -> tuple[Tensor, Tensor]:
    """The inverse of `distort`, by Newton's method with the Jacobian's diagonal.

    Returns:
        Rays, float64; NaN where the iteration finds none.
    """
    out_x, out_y = x.double().clone(), y.double().clone()
    step = 1e-6
    for _ in range(_ITERATIONS):
        seen_x, seen_y = distort(out_x, out_y, distortion)
        off_x, off_y = x - seen_x, y - seen_y
        if max(off_x.abs().max(), off_y.abs().max()) < _DONE:
            break
        slope_x = (distort(out_x + step, out_y, distortion)[0] - seen_x) / step
        slope_y = (distort(out_x, out_y + step, distortion)[1] - seen_y) / step
        # Where the lens folds back the slope vanishes; a bounded step leaves such points unsolved.
        out_x += (off_x / slope_x.clamp_min(0.1)).clamp_(-0.5, 0.5)
        out_y += (off_y / slope_y.clamp_min(0.1)).clamp_(-0.5, 0.5)
    seen_x, seen_y = distort(out_x, out_y, distortion)
    lost = ~(torch.hypot(x - seen_x, y - seen_y) < _INVERTED)
    return out_x.masked_fill_(lost, torch.nan), out_y.masked_fill_(lost, torch.nan)
