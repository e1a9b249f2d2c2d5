"""Values over time, made few enough to draw."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

MOST_POINTS = 160
"""Points of a drawn series; a chart is about twice as many pixels wide."""

_FAR_APART = 5.0
"""A line is broken where a step is more than so many usual ones, ..."""
_FAR_SHARE = 0.05
"""... and more than this share of the whole."""


class Drawn(NamedTuple):
    """What is drawn of a series: at each ``x`` the median, least and greatest value."""

    x: Values
    middle: Values
    low: Values
    high: Values

    def stretches(self) -> list[slice]:
        """The parts without a gap."""
        if len(self.x) < 2:
            return [slice(0, len(self.x))] if len(self.x) else []
        steps = np.diff(self.x)
        limit = max(
            _FAR_APART * float(np.median(steps)), _FAR_SHARE * float(self.x[-1] - self.x[0])
        )
        ends = [0, *(np.flatnonzero(steps > limit) + 1).tolist(), len(self.x)]
        return [slice(a, b) for a, b in pairwise(ends)]


class Spread(NamedTuple):
    """How many values are known, and how they lie; NaN where none is."""

    known: int
    low: float
    median: float
    high: float
    greatest: float


def drawn(x: Values, y: Values, most: int = MOST_POINTS) -> Drawn:
    """A series of at most ``most`` points, in the order of ``x``.

    Args:
        x: (n,) finite.
        y: (n,); what is not finite is left out.
        most: where there are more, those of each of so many equal parts of ``x`` become one.
    """
    known = np.isfinite(y)
    order = np.argsort(x[known], kind="stable")
    x, y = x[known][order], y[known][order]
    if len(x) <= most:
        return Drawn(x, y, y, y)
    edges = np.linspace(x[0], x[-1], most + 1)[1:-1]
    groups = np.split(np.arange(len(x)), np.searchsorted(x, edges, side="right"))
    rows = [(x[g].mean(), np.median(y[g]), y[g].min(), y[g].max()) for g in groups if len(g)]
    return Drawn(*np.array(rows, np.float64).T)


def spread(y: Values) -> Spread:
    """Of the finite values: how many, 5 % quantile, median, 95 % quantile, maximum."""
    known = y[np.isfinite(y)]
    if not len(known):
        return Spread(0, *[float("nan")] * 4)
    low, median, high = np.percentile(known, (5, 50, 95))
    return Spread(len(known), float(low), float(median), float(high), float(known.max()))
