"""When each lane of an engine worked, and how much of the copying ran beside computing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from time import perf_counter
from typing import NamedTuple, Protocol

import torch

from bridgenet_ros.engine.streams import Lanes, Marker

COPY_IN, COMPUTE, COPY_OUT = "copy_in", "compute", "copy_out"


class Span(NamedTuple):
    """One lane's work on one frame, milliseconds since the first frame's start."""

    frame: int
    lane: str
    start_ms: float
    end_ms: float


class Clock(Protocol):
    """Notes points in time of the current lane."""

    def now(self) -> Callable[[], float]:
        """This point; the milliseconds since the clock's first point can be asked for later."""
        ...


class HostClock:
    """For lanes that are the calling thread."""

    def __init__(self) -> None:
        self._first: float | None = None

    def now(self) -> Callable[[], float]:
        """See `Clock.now`."""
        moment = perf_counter()
        first = self._first = moment if self._first is None else self._first
        return lambda: (moment - first) * 1e3


class CudaClock:
    """Events in the current stream; to be asked once the device is idle."""

    def __init__(self) -> None:
        self._first: torch.cuda.Event | None = None

    def now(self) -> Callable[[], float]:
        """See `Clock.now`."""
        event = torch.cuda.Event(enable_timing=True)
        event.record()
        first = self._first = event if self._first is None else self._first
        return lambda: float(first.elapsed_time(event))


class TimedLanes:
    """Lanes that note when their work began and ended."""

    def __init__(self, lanes: Lanes, clock: Clock) -> None:
        self._lanes = lanes
        self._clock = clock
        self._frame = 0
        self._points: list[tuple[int, str, Callable[[], float], Callable[[], float]]] = []

    def copy_in(self) -> AbstractContextManager[object]:
        """See `Lanes.copy_in`."""
        return self._timed(COPY_IN, self._lanes.copy_in())

    def compute(self) -> AbstractContextManager[object]:
        """See `Lanes.compute`."""
        return self._timed(COMPUTE, self._lanes.compute())

    def copy_out(self) -> AbstractContextManager[object]:
        """See `Lanes.copy_out`."""
        return self._timed(COPY_OUT, self._lanes.copy_out())

    def mark(self) -> Marker:
        """See `Lanes.mark`; the next work belongs to the next frame."""
        self._frame += 1
        return self._lanes.mark()

    def synchronize(self) -> None:
        """See `Lanes.synchronize`."""
        self._lanes.synchronize()

    def free_memory(self) -> None:
        """See `Lanes.free_memory`."""
        self._lanes.free_memory()

    def take(self) -> list[Span]:
        """The spans since the last call; waits until the device is idle."""
        self.synchronize()
        spans = [Span(frame, lane, start(), end()) for frame, lane, start, end in self._points]
        self._points.clear()
        return spans

    @contextmanager
    def _timed(self, lane: str, work: AbstractContextManager[object]) -> Iterator[None]:
        with work:
            start = self._clock.now()
            yield
            self._points.append((self._frame, lane, start, self._clock.now()))


def hidden_share(spans: Sequence[Span]) -> float:
    """The share of the time spent copying during which another frame computed, 0 to 1."""
    copies = [s for s in spans if s.lane != COMPUTE]
    computes = [s for s in spans if s.lane == COMPUTE]
    total = sum(s.end_ms - s.start_ms for s in copies)
    hidden = sum(
        max(0.0, min(copy.end_ms, other.end_ms) - max(copy.start_ms, other.start_ms))
        for copy in copies
        for other in computes
        if other.frame != copy.frame
    )
    return hidden / total if total > 0 else 0.0
