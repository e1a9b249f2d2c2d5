"""A clock that only runs forward, made of one that is set, paused, or begins anew."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

MOST_STEP_S = 60.0
"""A longer step between two readings is a clock that was set, not time that went by."""


class ContinuousTime:
    """Seconds that go by as the source's do; where the source jumps, no time goes by.

    Silences and rates measured with it pause with a paused recording, and neither a looped one
    nor a clock that comes up late makes them wrong. Thread-safe.

    Args:
        read_s: the source, seconds; read at least every few seconds.
    """

    def __init__(self, read_s: Callable[[], float]) -> None:
        self._read_s = read_s
        self._lock = Lock()
        self._last_s = read_s()
        self._now_s = 0.0

    def now_s(self) -> float:
        """Seconds since the start."""
        with self._lock:
            last_s, self._last_s = self._last_s, self._read_s()
            step_s = self._last_s - last_s
            if 0.0 < step_s <= MOST_STEP_S:
                self._now_s += step_s
            return self._now_s
