"""Fits the estimated depth to the sensor's of the same frame: a factor and an offset.

Nothing is remembered from one frame to the next: live, offline and in any segment of a recording
a frame gets the same fit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from bridgenet_ros.frame import EstimateFit, FloatArray
from bridgenet_ros.mde_config import ALIGN_BOTH, ALIGN_OFF, AlignConfig

Values = npt.NDArray[np.float64]

_MOST_PIXELS = 5000
"""More of the sensor's pixels would cost time and not move the fit."""
_SAMPLE = 100
"""Pixels whose pairs give the first guess."""
_MAD_TO_SIGMA = 1.4826
_TUKEY = 4.685
"""In deviations: the biweight is then 95 % as efficient as least squares on normal noise."""
_LEAST_SIGMA_M = 1e-3
"""A millimetre is what most sensors count in: smaller residuals say nothing."""
_MOST_STEPS = 20
_SETTLED = 1e-3
"""Of that unit, by which a step moves no pixel any more."""
_LEAST_HELD = 1e-6
"""Of its square: a smaller variance holds no slope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitLimits:
    """When a fit is made, and which one is believed.

    Attributes:
        shift: whether there is an offset beside the factor.
        least_pixels: of the sensor's, both measured and estimated.
        least_spread: from the 10th to the 90th percentile of the estimate over its median, for an
            offset.
        most_scale: greatest factor; 1 over it is the least.
        most_shift_m: greatest offset to either side.
    """

    shift: bool
    least_pixels: int
    least_spread: float
    most_scale: float
    most_shift_m: float


def fit_limits(config: AlignConfig) -> FitLimits | None:
    """The limits as they are set, or None where nothing is to be fitted."""
    if config.mode == ALIGN_OFF:
        return None
    return FitLimits(
        shift=config.mode == ALIGN_BOTH,
        least_pixels=config.min_pixels,
        least_spread=config.min_spread,
        most_scale=config.max_scale,
        most_shift_m=config.max_shift,
    )


def fit_estimate(estimate_m: FloatArray, sensor_m: FloatArray, limits: FitLimits) -> EstimateFit:
    """The line from the estimate to the sensor that most of the sensor's pixels agree on.

    An MM-estimate (Yohai, Ann. Statist. 15, 1987): Siegel's repeated median, which bears just
    under half of the pixels being wrong, then Tukey's biweight with the residuals' spread held,
    where pixels that are far off count nothing.

    Args:
        estimate_m: (H, W) metres, NaN where invalid.
        sensor_m: (h, w) metres, 0 where invalid, h <= H and w <= W.
        limits: when to fit, and what to believe.
    """
    x, y = _compared(estimate_m, sensor_m)
    if len(x) < limits.least_pixels:
        return _unfitted(
            len(x),
            f"{len(x)} of the sensor's pixels can be compared; expected at least "
            f"{limits.least_pixels}",
        )
    scale, shift_m, agree, problem = _line(x, y, limits)
    if beyond := _beyond(scale, shift_m, limits):
        return _unfitted(len(x), beyond)
    return EstimateFit(
        scale=scale,
        shift_m=shift_m,
        pixels=len(x),
        agreeing=float(np.mean(agree)),
        fitted=True,
        problem=problem,
    )


def align(
    estimate_m: FloatArray, sensor_m: FloatArray, limits: FitLimits
) -> tuple[FloatArray, EstimateFit]:
    """The estimate as `fit_estimate` fits it, and the fit; the same array where there is none.

    What the line puts behind the camera is NaN.
    """
    fit = fit_estimate(estimate_m, sensor_m, limits)
    if not fit.fitted:
        return estimate_m, fit
    aligned_m = estimate_m * np.float32(fit.scale)
    aligned_m += np.float32(fit.shift_m)
    aligned_m[aligned_m <= 0] = np.nan
    return aligned_m, fit


def fit_facts(fit: EstimateFit) -> dict[str, str]:
    """A fit as names and texts."""
    return {
        "scale": f"{fit.scale:.5f}",
        "shift_m": f"{fit.shift_m:.5f}",
        "pixels": str(fit.pixels),
        "agreeing": f"{fit.agreeing:.3f}",
        "fitted": str(fit.fitted).lower(),
        "problem": fit.problem,
    }


def cell_means(depth_m: FloatArray, cells: tuple[int, ...]) -> FloatArray:
    """Depth averaged over each of the sensor's pixels.

    Args:
        depth_m: (H, W) metres, NaN where invalid.
        cells: (h, w) of the sensor, h <= H and w <= W.

    Returns:
        (h, w) metres, NaN where one pixel of the cell is invalid.
    """
    if depth_m.shape == cells:
        return depth_m
    lowered = cv2.resize(depth_m, (cells[1], cells[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(lowered, np.float32)


def _compared(estimate_m: FloatArray, sensor_m: FloatArray) -> tuple[Values, Values]:
    """The estimate and the sensor where both are valid, of many evenly chosen ones; (n,) each."""
    estimate = cell_means(estimate_m, sensor_m.shape)
    both = np.flatnonzero((sensor_m > 0) & (estimate > 0))  # false for NaN
    if len(both) > _MOST_PIXELS:
        both = both[np.linspace(0, len(both) - 1, _MOST_PIXELS).astype(np.intp)]
    return estimate.ravel()[both].astype(np.float64), sensor_m.ravel()[both].astype(np.float64)


def _line(
    x: Values, y: Values, limits: FitLimits
) -> tuple[float, float, npt.NDArray[np.bool_], str]:
    """Scale, shift, which pixels agree, and what is to be said about it."""
    problem = ""
    if limits.shift:
        spread = _spread(x)
        if spread >= limits.least_spread:
            found = _biweight(x, y, *_repeated_median(x, y), shift=True)
            spread = _spread(x[found[2]])  # those that disagree hold no slope
            if spread >= limits.least_spread:
                return *found, problem
        problem = (
            f"no offset: the estimate's spread is {spread:.3g}; expected at least "
            f"{limits.least_spread:.3g}"
        )
    return *_biweight(x, y, float(np.median(y / x)), 0.0, shift=False), problem


def _spread(x: Values) -> float:
    """Between the tenths at both ends, over the median."""
    ranks = (len(x) // 10, len(x) // 2, len(x) - 1 - len(x) // 10)
    low, middle, high = np.partition(x, ranks)[list(ranks)]
    return float((high - low) / middle)


def _repeated_median(x: Values, y: Values) -> tuple[float, float]:
    """The median over pixels of the median slope to all others, and the median offset to it.

    Siegel, Biometrika 69, 1982. Of pixels evenly chosen by the rank of their estimate.
    """
    ranks = np.linspace(0, len(x) - 1, min(len(x), _SAMPLE)).astype(np.intp)
    chosen = np.argsort(x, kind="stable")[ranks]
    sx, sy = x[chosen], y[chosen]
    run, rise = sx[:, None] - sx, sy[:, None] - sy
    slopes = np.full(run.shape, np.nan)
    np.divide(rise, run, out=slopes, where=run != 0)
    slopes.sort(axis=1)  # NaN come last
    count, row = np.count_nonzero(run, axis=1), np.arange(len(sx))
    of_each = (slopes[row, (count - 1) // 2] + slopes[row, count // 2]) / 2
    scale = float(np.median(of_each))
    return scale, float(np.median(sy - scale * sx))


def _biweight(
    x: Values, y: Values, scale: float, shift_m: float, *, shift: bool
) -> tuple[float, float, npt.NDArray[np.bool_]]:
    """From a first guess to the nearest line that Tukey's weights settle on; who has a weight."""
    sigma = _MAD_TO_SIGMA * float(np.median(np.abs(y - scale * x - shift_m)))
    # The unit is the distance from which on a pixel counts nothing.
    unit_m = _TUKEY * max(sigma, _LEAST_SIGMA_M)
    x, y, offset = x / unit_m, y / unit_m, shift_m / unit_m
    xx, xy, farthest = x * x, x * y, float(x.max())
    for _ in range(_MOST_STEPS):
        before = scale, offset
        weight = np.maximum(1 - _squared_residual(x, y, scale, offset), 0)
        weight *= weight
        weight /= weight.sum()
        mean_x, mean_y = (float(weight @ x), float(weight @ y)) if shift else (0.0, 0.0)
        if (held := float(weight @ xx) - mean_x**2) < _LEAST_HELD:
            break  # all that agree are at one depth
        scale = (float(weight @ xy) - mean_x * mean_y) / held
        offset = mean_y - scale * mean_x
        if abs(scale - before[0]) * farthest + abs(offset - before[1]) < _SETTLED:
            break
    return scale, offset * unit_m, _squared_residual(x, y, scale, offset) < 1


def _squared_residual(x: Values, y: Values, scale: float, offset: float) -> Values:
    residual = x * scale
    residual += offset
    residual -= y
    residual *= residual
    return residual


def _beyond(scale: float, shift_m: float, limits: FitLimits) -> str:
    """Why a line is not believed; empty where it is."""
    least, most, most_m = 1 / limits.most_scale, limits.most_scale, limits.most_shift_m
    if not least <= scale <= most:
        return f"the factor would be {scale:.3g}; expected {least:.3g} to {most:.3g}"
    if abs(shift_m) > most_m:
        return f"the offset would be {shift_m:.3g} m; expected {-most_m:.3g} to {most_m:.3g} m"
    return ""


def _unfitted(pixels: int, problem: str) -> EstimateFit:
    return EstimateFit(
        scale=1.0, shift_m=0.0, pixels=pixels, agreeing=math.nan, fitted=False, problem=problem
    )
