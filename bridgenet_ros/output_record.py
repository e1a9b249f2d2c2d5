"""When the last result came out, and which frames have been refused since. Thread-safe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock


@dataclass(frozen=True, slots=True)
class Refusal:
    """Frames that were dropped for one reason.

    Attributes:
        count: how many.
        message: of the last one.
    """

    count: int
    message: str


class OutputRecord:
    """Told of every result and every refused frame.

    Args:
        now_s: the start, on a monotonic clock.
    """

    def __init__(self, now_s: float) -> None:
        self._lock = Lock()
        self._refusals: dict[str, Refusal] = {}
        self._since_s = now_s

    def output(self, now_s: float) -> None:
        """A result came out, or silence is to be measured from now."""
        with self._lock:
            self._since_s = now_s
            self._refusals.clear()

    def refused(self, reason: str, message: str) -> None:
        """A frame was dropped for ``reason``."""
        with self._lock:
            before = self._refusals.get(reason)
            self._refusals[reason] = Refusal(before.count + 1 if before else 1, message)

    def silent_s(self, now_s: float) -> float:
        """Seconds since the last result."""
        with self._lock:
            return now_s - self._since_s

    def refusals(self) -> Mapping[str, Refusal]:
        """By reason, since the last result."""
        with self._lock:
            return dict(self._refusals)
