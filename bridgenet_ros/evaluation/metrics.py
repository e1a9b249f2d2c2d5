"""Error measures between two depth maps of one image; each is NaN where no pixel counts."""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]
Mask = NDArray[np.bool_]

EDGE_REACH_PX = 3
RELATIVE_DEPTH_STEP = 0.05
DISPARITY_STEP = 4.0
DELTA_1 = 1.25


class Errors(NamedTuple):
    """Errors of one image, in the unit of its maps."""

    rmse: float
    """Root of the mean squared error."""
    mad: float
    """Mean absolute difference, the name of `mae` in the literature on disparity."""
    mae: float
    """Mean absolute error."""
    edge_rmse: float
    """`rmse` over the pixels within 3 px of a depth edge."""


class EstimateErrors(NamedTuple):
    """The usual measures of monocular depth estimation; neither has a unit."""

    delta1: float
    """Share of pixels whose ratio to the truth is below 1.25 either way."""
    abs_rel: float
    """Mean of the absolute error over the truth."""


def measure(predicted: Map, truth: Map, valid: Mask, edges: Mask) -> Errors:
    """Every error of one image.

    Args:
        predicted: (H, W) finite where ``valid``.
        truth: (H, W) in the same unit.
        valid: (H, W) pixels that count.
        edges: (H, W) pixels that count for ``edge_rmse``, where also valid.
    """
    mae = mean_absolute_error(predicted, truth, valid)
    return Errors(
        rmse=root_mean_square_error(predicted, truth, valid),
        mad=mae,
        mae=mae,
        edge_rmse=root_mean_square_error(predicted, truth, valid & edges),
    )


def root_mean_square_error(predicted: Map, truth: Map, valid: Mask) -> float:
    """Root of the mean squared error over the valid pixels."""
    return float(np.sqrt(_mean(_difference(predicted, truth, valid) ** 2)))


def mean_absolute_error(predicted: Map, truth: Map, valid: Mask) -> float:
    """Mean of the absolute error over the valid pixels."""
    return _mean(np.abs(_difference(predicted, truth, valid)))


def measure_estimate(predicted: Map, truth: Map, valid: Mask) -> EstimateErrors:
    """delta1 and AbsRel over the valid pixels, whose truth is above 0."""
    p, t = predicted[valid].astype(np.float64), truth[valid].astype(np.float64)
    p = np.maximum(p, 1e-6)
    return EstimateErrors(
        delta1=_mean((np.maximum(p / t, t / p) < DELTA_1).astype(np.float64)),
        abs_rel=_mean(np.abs(p - t) / t),
    )


def depth_edges(truth: Map, valid: Mask, *, relative: bool) -> Mask:
    """Pixels within 3 px of a step of the truth.

    A step lies between two valid neighbours that differ by more than 5 % of the nearer one
    (``relative``, for depth) or by more than 4 units (for disparity).
    """
    step = np.zeros(truth.shape, dtype=np.uint8)
    for axis in (0, 1):
        first, second = _neighbours(truth, axis)
        both = np.logical_and(*_neighbours(valid, axis))
        limit = RELATIVE_DEPTH_STEP * np.minimum(first, second) if relative else DISPARITY_STEP
        at = (np.abs(second - first) > limit) & both
        for side in _neighbours(step, axis):  # views: this writes into step
            side[at] = 1
    size = 2 * EDGE_REACH_PX + 1
    return np.asarray(cv2.dilate(step, np.ones((size, size), dtype=np.uint8)) > 0)


def _neighbours(x: NDArray[Any], axis: int) -> tuple[NDArray[Any], NDArray[Any]]:
    if axis == 0:
        return x[:-1], x[1:]
    return x[:, :-1], x[:, 1:]


def _difference(predicted: Map, truth: Map, valid: Mask) -> NDArray[np.float64]:
    return predicted[valid].astype(np.float64) - truth[valid].astype(np.float64)


def _mean(x: NDArray[np.float64]) -> float:
    return float(x.mean()) if x.size else float("nan")
