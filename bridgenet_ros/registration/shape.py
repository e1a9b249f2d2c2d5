"""What a depth image of colour's size holds: measurements everywhere, sparse dots, or blocks.

Registering low-resolution depth into the colour grid leaves dots with nothing between them, or
paints each measurement over several pixels. Both hold fewer measurements than pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from bridgenet_ros.frame import FloatArray

DENSEST_DOTS = 0.6
"""Share of valid pixels that even the fullest windows of a sparse image stay below."""
LEAST_DOTS = 50
"""Fewer valid pixels say nothing."""
LEAST_RUNS = 30
"""Fewer runs of equal pixels say nothing."""
LONGEST_RUN = 32
BLOCKY_SHARE = 0.7
"""Share of the runs whose lengths must fit one block size."""
LATTICE_SHARE = 0.95
"""Share of the dots that must lie on one lattice for its step to be exact."""
SMALLEST_STEP = 1.2
"""Finer dots or blocks are as good as measurements everywhere."""
_WINDOW = 32
_EVERY = 4
"""One line of this many is looked at."""


class Kind(Enum):
    """How the measurements lie in the colour grid."""

    DENSE = "dense"
    SPARSE = "sparse dots"
    BLOCKY = "blocky copies"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What was found.

    Attributes:
        kind: how the measurements lie.
        grid: rows and columns of the measurements.
        why: the finding in words.
    """

    kind: Kind
    grid: tuple[int, int]
    why: str


def find_shape(depth_m: FloatArray, unit_m: float) -> Shape | None:
    """The shape of one depth image, or None where the image cannot tell.

    Args:
        depth_m: (H, W) metres, 0 where invalid.
        unit_m: the step in which depth was recorded, metres.
    """
    valid = depth_m > 0
    if np.count_nonzero(valid) < LEAST_DOTS:
        return None
    fullest, typical = _density(valid)
    if fullest < DENSEST_DOTS:
        return _sparse(valid, typical)
    across = _block(depth_m[::_EVERY], unit_m)
    down = _block(depth_m[:, ::_EVERY].T, unit_m)
    if across is None or down is None:
        return None
    height, width = depth_m.shape
    if across < SMALLEST_STEP or down < SMALLEST_STEP:
        why = f"neighbouring pixels of {width}x{height} are measurements of their own"
        return Shape(kind=Kind.DENSE, grid=(height, width), why=why)
    return _shape(Kind.BLOCKY, depth_m.shape, (down, across), "copies of")


def _sparse(valid: npt.NDArray[np.bool_], density: float) -> Shape:
    step = density**-0.5
    down = _lattice(np.count_nonzero(valid, axis=1), step)
    across = _lattice(np.count_nonzero(valid, axis=0), step)
    return _shape(Kind.SPARSE, valid.shape, (down, across), "one measurement in")


def _shape(kind: Kind, size: tuple[int, ...], step: tuple[float, float], words: str) -> Shape:
    height, width = size
    grid = max(round(height / step[0]), 1), max(round(width / step[1]), 1)
    why = f"{words} {step[1]:.3g}x{step[0]:.3g} pixels of {width}x{height}"
    return Shape(kind=kind, grid=grid, why=why)


def _density(valid: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Share of valid pixels in the fullest windows, and in typical ones that are not cut."""
    height, width = valid.shape
    window = min(_WINDOW, height, width)
    rows, columns = height // window, width // window
    cut = valid[: rows * window, : columns * window]
    counts = cut.reshape(rows, window, columns, window).sum(axis=(1, 3)) / window**2
    held = counts[counts > 0]
    if not held.size:  # the few valid pixels lie in the rest
        return 0.0, float(valid.mean())
    fullest, typical = np.percentile(held, (90, 75))
    return float(fullest), float(typical)


def _lattice(counts: npt.NDArray[np.intp], step: float) -> float:
    """The whole step near ``step`` on whose lattice nearly all dots lie, or else ``step``."""
    best = step
    for whole in range(max(round(step) - 1, 2), round(step) + 2):
        phases = [counts[phase::whole].sum() for phase in range(whole)]
        if max(phases) >= LATTICE_SHARE * counts.sum():
            best = float(whole)
    return best


def _block(lines: FloatArray, unit_m: float) -> float | None:
    """Length of the copied runs along lines (n, L); 1 where pixels are not copied.

    Only runs between two steep changes count: on a gentle slope, rounding alone makes
    neighbours equal.
    """
    lengths = _runs(lines, unit_m)
    if lengths.size < LEAST_RUNS:
        return None
    histogram = np.bincount(lengths, minlength=LONGEST_RUN + 2).astype(np.float64)
    mode = int(histogram.argmax())
    if mode < 2:
        return 1.0
    around = slice(mode - 1, mode + 2)
    # Blocks that do not fill whole pixels come in two lengths.
    mixed = histogram[around].sum() - histogram[mode] > 0.1 * histogram[mode]
    length = np.average(np.arange(mode - 1, mode + 2), weights=histogram[around]) if mixed else mode
    multiples = np.maximum(np.rint(np.arange(histogram.size) / length), 1)
    fits = np.abs(np.arange(histogram.size) - multiples * length) <= (0.7 if mixed else 0.01)
    return float(length) if histogram[fits].sum() >= BLOCKY_SHARE * lengths.size else 1.0


def _runs(lines: FloatArray, unit_m: float) -> npt.NDArray[np.intp]:
    """Lengths, up to `LONGEST_RUN`, of the runs of equal valid pixels between steep changes."""
    left, right = lines[:, :-1], lines[:, 1:]
    line, at = np.nonzero(left != right)
    change = np.abs(right[line, at] - left[line, at])
    measured = (left[line, at] > 0) & (right[line, at] > 0)
    steep = measured & (change > 2.5 * unit_m)
    length = np.diff(at)
    whole = steep[:-1] & steep[1:] & (line[:-1] == line[1:]) & (length <= LONGEST_RUN)
    return np.asarray(length[whole])
