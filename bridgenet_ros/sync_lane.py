"""One stream as the synchroniser sees it: what waits, and which stamps may still arrive."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from itertools import pairwise
from typing import Generic, TypeVar

T = TypeVar("T")

_RECENT_STAMPS = 32
_LATENESS_MEMORY = 256
_STAMPS_FOR_SPACING = 5


class Lane(Generic[T]):
    """The items of one stream that wait for a partner, ordered by key, and what it taught us.

    A key is a stamp in nanoseconds, already shifted into the other stream's time.

    Two things are learnt from the arrivals. *Lateness*: how far behind its newest stamp the
    stream has delivered an older one; nothing is expected from before that. *Spacing*: the
    smallest gap between neighbours; nothing is expected nearer than that to a known stamp.

    Args:
        eager: rely on what was learnt; else spacing is not used, and the stream is never trusted
            to be in order beyond what the caller assumes.
    """

    def __init__(self, *, eager: bool) -> None:
        self.keys: list[int] = []
        self.newest: int | None = None
        self.frontier: int | None = None
        self._eager = eager
        self._items: dict[int, T] = {}
        self._recent: deque[int] = deque(maxlen=_RECENT_STAMPS)
        self._recent_sorted: list[int] = []
        self._spacing = 0
        self._lateness: deque[int] = deque(maxlen=_LATENESS_MEMORY)
        self._expected_lateness = 0

    def add(self, key: int, item: T) -> None:
        """Store an item under a key that is not waiting yet."""
        self.observe(key)
        insort(self.keys, key)
        self._items[key] = item

    def holds(self, key: int) -> bool:
        """Whether an item waits under this key."""
        return key in self._items

    def observe(self, key: int) -> None:
        """Learn from an arrival, also from one that is not kept."""
        newest = key if self.newest is None else max(self.newest, key)
        self.newest = newest
        self._lateness.append(newest - key)
        # A quarter more than was seen: stamps of a periodic stream are not equally spaced.
        self._expected_lateness = max(self._lateness) * 5 // 4
        self._recent.append(key)
        if self._eager:
            self._recent_sorted = sorted(set(self._recent))
            self._spacing = self._smallest_gap()

    def take(self, key: int) -> T:
        """Remove and return a waiting item."""
        del self.keys[bisect_left(self.keys, key)]
        return self._items.pop(key)

    def forget_timeline(self) -> None:
        """Drop what was learnt about stamps; the waiting items stay."""
        self.newest = None
        self.frontier = None
        self._recent.clear()
        self._recent_sorted = []
        self._spacing = 0

    def shift(self, delta_ns: int) -> None:
        """Move every key, after the offset between the two clocks has changed."""
        self.keys = [key + delta_ns for key in self.keys]
        self._items = {key + delta_ns: item for key, item in self._items.items()}
        self._recent = deque((key + delta_ns for key in self._recent), maxlen=_RECENT_STAMPS)
        self._recent_sorted = [key + delta_ns for key in self._recent_sorted]
        self.newest = None if self.newest is None else self.newest + delta_ns
        self.frontier = None if self.frontier is None else self.frontier + delta_ns

    def horizon(self, assumed_lateness_ns: int) -> int | None:
        """The key that future arrivals will exceed; None when nothing has been seen.

        Args:
            assumed_lateness_ns: lateness to expect of a stream with little history, or of any
                stream when not eager.
        """
        if self.newest is None:
            return None
        lateness = self._expected_lateness
        if not self._eager or len(self._lateness) < _LATENESS_MEMORY:
            lateness = max(lateness, assumed_lateness_ns)
        return self.newest - lateness

    def may_still_get(self, after: int | None, before: int, assumed_lateness_ns: int) -> bool:
        """Whether a key strictly between the two may still arrive and be of use."""
        bounds = (after, self.frontier, self.horizon(assumed_lateness_ns))
        known = [bound for bound in bounds if bound is not None]
        if not known:
            return True
        candidate = max(known) + 1
        if self._spacing:
            for key in self._recent_sorted:
                if candidate <= key - self._spacing:
                    break
                candidate = max(candidate, key + self._spacing)
        return candidate < before

    def _smallest_gap(self) -> int:
        """The least distance between neighbours, less an eighth for jitter; 0 when unknown."""
        if len(self._recent_sorted) < _STAMPS_FOR_SPACING:
            return 0
        smallest = min(later - earlier for earlier, later in pairwise(self._recent_sorted))
        return smallest - smallest // 8
