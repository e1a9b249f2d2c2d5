"""What the live session counts: frames, drops by reason, latency. Thread-safe, bounded."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import Lock

import numpy as np

WINDOW = 300
"""Latencies kept: ten seconds at 30 Hz."""

RATE_WINDOW_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The counters at one moment.

    Latencies run from the arrival of a pair's later image to the result's publication; ages from
    the colour stamp to the publication, on the node's clock. NaN before the first result.
    ``time_jumps`` counts how often the stamps went back in time.
    """

    frames_in: int
    frames_out: int
    rate_hz: float
    latency_ms_p50: float
    latency_ms_p99: float
    age_ms_p50: float
    age_ms_p99: float
    drops: Mapping[str, int]
    time_jumps: int = 0
    frames_bicubic: int = 0
    """Of `frames_out`, those for which there was no time for the network."""
    recent_bicubic: int = 0
    """The same, of the last ten seconds."""


class Statistics:
    """Counts what happens to frames."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._frames_in = 0
        self._frames_out = 0
        self._drops: Counter[str] = Counter()
        self._latencies_ms: deque[float] = deque(maxlen=WINDOW)
        self._ages_ms: deque[float] = deque(maxlen=WINDOW)
        self._published_s: deque[float] = deque(maxlen=WINDOW)
        self._frames_bicubic = 0
        self._bicubic_s: deque[float] = deque(maxlen=WINDOW)

    def frame_in(self) -> None:
        """A colour image has arrived."""
        with self._lock:
            self._frames_in += 1

    def drop(self, reason: str, count: int = 1) -> None:
        """Frames were dropped for ``reason``."""
        with self._lock:
            self._drops[reason] += count

    def frame_out(
        self, *, latency_ms: float, age_ms: float, now_s: float, bicubic: bool = False
    ) -> None:
        """A result was published at ``now_s`` of a monotonic clock."""
        with self._lock:
            self._frames_out += 1
            self._latencies_ms.append(latency_ms)
            self._ages_ms.append(age_ms)
            self._published_s.append(now_s)
            if bicubic:
                self._frames_bicubic += 1
                self._bicubic_s.append(now_s)

    def snapshot(self, now_s: float) -> Snapshot:
        """The counters now; the rate is that of the results of the last ten seconds."""
        with self._lock:
            latency, age = _percentiles(self._latencies_ms), _percentiles(self._ages_ms)
            return Snapshot(
                frames_in=self._frames_in,
                frames_out=self._frames_out,
                rate_hz=rate_hz(self._published_s, now_s),
                latency_ms_p50=latency[0],
                latency_ms_p99=latency[1],
                age_ms_p50=age[0],
                age_ms_p99=age[1],
                drops=dict(self._drops),
                frames_bicubic=self._frames_bicubic,
                recent_bicubic=sum(now_s - t <= RATE_WINDOW_S for t in self._bicubic_s),
            )


def rate_hz(times_s: Iterable[float], now_s: float) -> float:
    """Events a second of the last ten seconds, from their times on a monotonic clock."""
    recent = [t for t in times_s if now_s - t <= RATE_WINDOW_S]
    if len(recent) < 2:
        return 0.0
    # Up to now, not to the last result: a node that has stopped must not show its old rate.
    return (len(recent) - 1) / max(now_s - recent[0], 1e-9)


def _percentiles(values: deque[float]) -> tuple[float, float]:
    if not values:
        return float("nan"), float("nan")
    p50, p99 = np.percentile(np.asarray(values), [50, 99])
    return float(p50), float(p99)
