"""An obstacle layer as Nav2 has it, for clouds: first rays clear, then points mark.

Source: nav2_costmap_2d's ObservationBuffer, which leaves out what is too low or too high;
ObstacleLayer, which frees the cells from the sensor to every point of the sources that clear and
then makes the cells of points of the sources that mark lethal; nav2_util's raytraceLine.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import hypot
from typing import Any

import numpy as np

FREE, LETHAL, UNKNOWN = 0, 254, 255
RESOLUTION_M = 0.05


class ObstacleLayer:
    """A square map around the origin of the world.

    Args:
        size_m: of a side.
        sources: settings of observation sources by name, as in a Nav2 parameter file.
    """

    def __init__(self, size_m: float, sources: Mapping[str, Mapping[str, Any]]) -> None:
        self._half_m = size_m / 2
        cells = round(size_m / RESOLUTION_M)
        self.cells = np.full((cells, cells), UNKNOWN, np.uint8)
        """By x and y."""
        self._sources = sources

    def cell(self, x: float, y: float) -> tuple[int, int]:
        """The cell of a place in the world, which may lie outside."""
        return (
            int((x + self._half_m) // RESOLUTION_M),
            int((y + self._half_m) // RESOLUTION_M),
        )

    def observe(self, points: np.ndarray, origin: tuple[float, float]) -> None:
        """A cloud has come: (N, 3) in the world, from a sensor at x, y ``origin``."""
        for source in self._sources.values():
            if source["clearing"]:
                self._clear(self._within(points, source), origin, source)
        for source in self._sources.values():
            if source["marking"]:
                self._mark(self._within(points, source), origin, source)

    @staticmethod
    def _within(points: np.ndarray, source: Mapping[str, Any]) -> np.ndarray:
        z = points[:, 2]
        return points[(z >= source["min_obstacle_height"]) & (z <= source["max_obstacle_height"])]

    def _clear(
        self, points: np.ndarray, origin: tuple[float, float], source: Mapping[str, Any]
    ) -> None:
        start = self.cell(*origin)
        most = source["raytrace_max_range"] / RESOLUTION_M
        for end in {self.cell(x, y) for x, y, _ in points}:
            dx, dy = end[0] - start[0], end[1] - start[1]
            length, steps = hypot(dx, dy), max(abs(dx), abs(dy), 1)
            last = int(min(1.0, most / length) * steps) if length else 0
            for step in range(last + 1):
                share = step / steps
                self._set(start[0] + round(dx * share), start[1] + round(dy * share), FREE)

    def _mark(
        self, points: np.ndarray, origin: tuple[float, float], source: Mapping[str, Any]
    ) -> None:
        far = np.hypot(points[:, 0] - origin[0], points[:, 1] - origin[1])
        near = (far >= source["obstacle_min_range"]) & (far <= source["obstacle_max_range"])
        for x, y, _ in points[near]:
            self._set(*self.cell(x, y), LETHAL)

    def _set(self, i: int, j: int, value: int) -> None:
        if 0 <= i < len(self.cells) and 0 <= j < len(self.cells):
            self.cells[i, j] = value
