"""How a stream of stamped messages arrives: count, rate, silence, and its newest stamps."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np

from bridgenet_ros.statistics import WINDOW, rate_hz

STAMPS = 10
"""Newest stamps kept: as many as wait for a partner with the default `sync.queue_size`."""


class StreamMeter:
    """Measures one stream; for one thread."""

    def __init__(self) -> None:
        self.count = 0
        self.stamps_ns: deque[int] = deque(maxlen=STAMPS)
        self._arrived_s: deque[float] = deque(maxlen=WINDOW)

    def add(self, stamp_ns: int, now_s: float) -> None:
        """A message with this stamp has arrived at ``now_s`` of a monotonic clock."""
        self.count += 1
        self.stamps_ns.append(stamp_ns)
        self._arrived_s.append(now_s)

    def rate_hz(self, now_s: float) -> float:
        """Messages a second of the last ten seconds."""
        return rate_hz(self._arrived_s, now_s)

    @property
    def pace_hz(self) -> float:
        """Messages a second by the median interval of the last ones, pauses aside; 0: not known."""
        interval_s = float(np.median(np.diff(self._arrived_s))) if len(self._arrived_s) > 1 else 0.0
        return 1 / interval_s if interval_s > 0 else 0.0

    def silent_s(self, now_s: float) -> float:
        """Seconds since the last message; infinite before the first."""
        return now_s - self._arrived_s[-1] if self._arrived_s else float("inf")


def nearest_gap_ns(color: Sequence[int], depth: Sequence[int]) -> int | None:
    """Least distance of a depth stamp to a colour stamp; None where either has none."""
    return min((abs(d - c) for c in color for d in depth), default=None)


def lag_ns(color: Sequence[int], depth: Sequence[int]) -> int | None:
    """The newest depth stamp less the newest colour stamp; None where either has none."""
    return depth[-1] - color[-1] if color and depth else None
