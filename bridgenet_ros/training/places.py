"""Where in an image a training patch is cut: by chance, in favour of depth edges.

Most places of an indoor image are flat walls, which interpolation already gets right; the error
that a network can still remove lies at depth edges.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

GRID_PX = 16
"""Depth is looked at on every so manieth pixel: enough to see objects, nearly free."""
EDGE_LIMIT = 0.1
"""A depth step counts up to this share of the value range: one cliff is not ten objects."""


class Place(NamedTuple):
    """The upper left corner of a patch."""

    y: int
    x: int


def draw_place(
    code: NDArray[np.uint16], side: int, unit: float, rng: np.random.Generator, draws: int
) -> Place:
    """Of ``draws`` random places, the one with the most depth edges.

    Args:
        code: (H, W) stored depth + 1, 0 where invalid (`cache.CachedPairs`).
        side: of the patch, pixels; a smaller image has only the place (0, 0).
        unit: normalised value of one stored unit.
        rng: source of chance.
        draws: 1 draws uniformly.
    """
    height, width = code.shape
    places = [
        Place(
            int(rng.integers(max(height - side, 0) + 1)),
            int(rng.integers(max(width - side, 0) + 1)),
        )
        for _ in range(draws)
    ]
    if draws == 1:
        return places[0]
    return max(places, key=lambda p: edges(code[p.y : p.y + side, p.x : p.x + side], unit))


def edges(code: NDArray[np.uint16], unit: float) -> float:
    """Mean bend of depth along rows plus columns: 0 on any plane, high where objects end."""
    coarse = code[GRID_PX // 2 :: GRID_PX, GRID_PX // 2 :: GRID_PX]
    return sum(_bends(lines, unit) for lines in (coarse, coarse.T))


def _bends(lines: NDArray[Any], unit: float) -> float:
    if lines.shape[0] < 3:
        return 0.0
    known = (lines[:-2] > 0) & (lines[1:-1] > 0) & (lines[2:] > 0)
    bend = np.abs(np.diff(lines.astype(np.float32), 2, axis=0)) * np.float32(unit)
    return float(np.mean(np.minimum(bend, EDGE_LIMIT) * known))
