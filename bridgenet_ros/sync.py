"""Pairs colour with depth by stamp: the best partner, in order, bounded, every drop counted.

How a pair is chosen. Candidates lie within the slop. The closest candidates are matched first,
then the next closest that neither reuse an item nor cross an earlier match in time. A match is
given out once nothing that can still arrive would change it:

* equal stamps are final at once;
* otherwise, no closer partner may be expected for either side, where `Lane` knows which stamps
  a stream may still deliver. For two streams of steady rate whose partners lie nearer than half
  the smaller spacing that is at once too, so a live pair waits for no further frame;
* and no older pair may be expected, so that the output stays in order even when the streams
  deliver out of order.

With ``eager=False`` spacing is not used and a fixed disorder is always allowed for: decisions then
rest on arrived stamps alone, which is right for recordings, where waiting is free.

A full queue forces the decision about its oldest item.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.sync_jumps import COLOR, DEPTH, JumpWatch, Step
from bridgenet_ros.sync_lane import Lane
from bridgenet_ros.sync_match import Match, match_closest

C = TypeVar("C")
D = TypeVar("D")
T = TypeVar("T")

LATENESS_NS = 60_000_000
"""How late a stream of unknown habits may deliver: two frames at 30 Hz, nearly."""

DROP_REASONS = (
    "color_unpaired",
    "depth_unpaired",
    "queue_full",
    "late",
    "duplicate",
    "time_jump",
    "invalid_stamp",
    "reset",
)
"""Why an item can be dropped; each dropped item is counted under exactly one of these."""


@dataclass(frozen=True, slots=True)
class Pair(Generic[C, D]):
    """Two items that belong together; the stamps are as they were given, in nanoseconds."""

    color: C
    depth: D
    color_stamp_ns: int
    depth_stamp_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncCounters:
    """What happened to every item; ``items_in == 2 * pairs + sum(drops) + pending``."""

    items_in: int
    pairs: int
    pending: int
    drops: Mapping[str, int]
    jumps: int
    """How often time went back; once for both streams of a looped recording."""


class StampSynchronizer(Generic[C, D]):
    """Pairs two streams of stamped items. Safe to call from several threads.

    It calls no user code: `add_color` and `add_depth` return the pairs that became certain, in
    strictly increasing colour stamps until time jumps back.

    Args:
        slop_ns: greatest distance between the stamps of a pair.
        queue_size: items that may wait in each stream.
        stamp_offset_ns: added to a depth stamp before matching.
        eager: see the module's text; False for recordings.
        lateness_ns: how far behind its newest stamp a stream may deliver an older one, as long
            as it has not shown its habits; with ``eager=False`` always.

    Raises:
        ConfigError: a negative slop or a queue of less than one.
    """

    def __init__(
        self,
        slop_ns: int,
        queue_size: int,
        stamp_offset_ns: int = 0,
        *,
        eager: bool = True,
        lateness_ns: int = LATENESS_NS,
    ) -> None:
        self._lock = threading.Lock()
        self._eager = eager
        self._lateness_ns = lateness_ns
        self._color: Lane[C] = Lane(eager=eager)
        self._depth: Lane[D] = Lane(eager=eager)
        self._drops = dict.fromkeys(DROP_REASONS, 0)
        self._items_in = 0
        self._pairs = 0
        self._watch = JumpWatch()
        self._slop_ns, self._queue_size = _checked(slop_ns, queue_size)
        self._offset_ns = stamp_offset_ns

    @property
    def jumps(self) -> int:
        """See `SyncCounters.jumps`; cheap enough to ask after every image."""
        return self._watch.jumps

    @property
    def counters(self) -> SyncCounters:
        """A consistent snapshot."""
        with self._lock:
            return SyncCounters(
                items_in=self._items_in,
                pairs=self._pairs,
                pending=len(self._color.keys) + len(self._depth.keys),
                drops=MappingProxyType(dict(self._drops)),
                jumps=self._watch.jumps,
            )

    def add_color(self, stamp_ns: int, item: C) -> list[Pair[C, D]]:
        """Take a colour item; returns the pairs that it made certain, oldest first."""
        with self._lock:
            return self._add(self._color, stamp_ns, stamp_ns, item)

    def add_depth(self, stamp_ns: int, item: D) -> list[Pair[C, D]]:
        """Take a depth item; returns the pairs that it made certain, oldest first."""
        with self._lock:
            key = stamp_ns + self._offset_ns
            return self._add(self._depth, stamp_ns, key, item)

    def flush(self) -> list[Pair[C, D]]:
        """Pair what waits, as at the end of a recording; the rest is dropped as unpaired."""
        with self._lock:
            pairs = [self._emit(match) for match in self._matches()]
            self._drop_all("color_unpaired", "depth_unpaired")
            return pairs

    def reset(self) -> None:
        """Drop what waits and forget all stamps; the counters go on."""
        with self._lock:
            self._drop_all("reset", "reset")
            self._forget_timeline()
            self._watch.forget()

    def update(
        self,
        *,
        slop_ns: int | None = None,
        queue_size: int | None = None,
        stamp_offset_ns: int | None = None,
    ) -> None:
        """Change settings while running; they hold from the next item on.

        Raises:
            ConfigError: as in the constructor; then nothing changes.
        """
        with self._lock:
            self._slop_ns, self._queue_size = _checked(
                self._slop_ns if slop_ns is None else slop_ns,
                self._queue_size if queue_size is None else queue_size,
            )
            if stamp_offset_ns is not None:
                self._depth.shift(stamp_offset_ns - self._offset_ns)
                self._watch.shift(DEPTH, stamp_offset_ns - self._offset_ns)
                self._offset_ns = stamp_offset_ns

    def _add(self, lane: Lane[T], stamp_ns: int, key: int, item: T) -> list[Pair[C, D]]:
        self._items_in += 1
        if stamp_ns <= 0:
            self._drops["invalid_stamp"] += 1
            return []
        step = self._watch.step(COLOR if lane is self._color else DEPTH, key, self._slop_ns)
        pairs = self._start_anew() if step is Step.BACK else []
        reason = "time_jump" if step is Step.STALE else self._refusal(lane, key)
        if reason is None:
            lane.add(key, item)
        else:
            self._drops[reason] += 1
        return pairs + self._settle()

    def _start_anew(self) -> list[Pair[C, D]]:
        """Pair what waits and forget the pass that has ended."""
        pairs = [self._emit(match) for match in self._matches()]
        self._drop_all("time_jump", "time_jump")
        self._forget_timeline()
        return pairs

    def _forget_timeline(self) -> None:
        self._color.forget_timeline()
        self._depth.forget_timeline()

    def _refusal(self, lane: Lane[Any], key: int) -> str | None:
        """Why the item cannot be used, or None."""
        if lane.frontier is not None and key <= lane.frontier:
            lane.observe(key)
            return "late"
        if lane.holds(key):
            return "duplicate"
        return None

    def _settle(self) -> list[Pair[C, D]]:
        """Give out what is certain, drop what is hopeless, and relieve a full queue."""
        pairs = []
        matches = self._matches()
        while matches and matches[0].final and not self._older_pair_may_come(matches[0]):
            pairs.append(self._emit(matches.pop(0)))
        self._drop_hopeless()
        for lane in (self._color, self._depth):
            while len(lane.keys) > self._queue_size:
                oldest = lane.keys[0]
                if matches and oldest in (matches[0].color, matches[0].depth):
                    pairs.append(self._emit(matches.pop(0)))
                else:
                    self._drop(lane, oldest, "queue_full")
        return pairs

    def _matches(self) -> list[Match]:
        return match_closest(self._color.keys, self._depth.keys, self._slop_ns, self._is_best)

    def _is_best(self, color: int, depth: int) -> bool:
        """Whether nothing closer to either side may still arrive."""
        reach = abs(color - depth)
        assumed = self._assumed_lateness(color, depth)
        return not (
            self._depth.may_still_get(color - reach, color + reach, assumed)
            or self._color.may_still_get(depth - reach, depth + reach, assumed)
        )

    def _older_pair_may_come(self, match: Match) -> bool:
        """Whether an arrival may complete a pair that would have to go out before this one."""
        assumed = self._assumed_lateness(match.color, match.depth)
        for lane, bound, other, other_bound in (
            (self._color, match.color, self._depth, match.depth),
            (self._depth, match.depth, self._color, match.color),
        ):
            for key in lane.keys[: bisect_left(lane.keys, bound)]:
                before = min(key + self._slop_ns + 1, other_bound)
                if other.may_still_get(key - self._slop_ns - 1, before, assumed):
                    return True
        return self._color.may_still_get(None, match.color, assumed) and self._depth.may_still_get(
            None, match.depth, assumed
        )

    def _assumed_lateness(self, color: int, depth: int) -> int:
        """Equal stamps come from one driver, which delivers in order: no caution is needed."""
        return 0 if self._eager and color == depth else self._lateness_ns

    def _emit(self, match: Match) -> Pair[C, D]:
        for lane, key, reason in (
            (self._color, match.color, "color_unpaired"),
            (self._depth, match.depth, "depth_unpaired"),
        ):
            lane.frontier = key
            while lane.keys[0] < key:
                self._drop(lane, lane.keys[0], reason)
        self._pairs += 1
        return Pair(
            color=self._color.take(match.color),
            depth=self._depth.take(match.depth),
            color_stamp_ns=match.color,
            depth_stamp_ns=match.depth - self._offset_ns,
        )

    def _drop_hopeless(self) -> None:
        """Let go of what has no candidate and cannot get one."""
        for lane, other, reason in (
            (self._color, self._depth, "color_unpaired"),
            (self._depth, self._color, "depth_unpaired"),
        ):
            horizon = other.horizon(self._lateness_ns)
            while lane.keys and horizon is not None and lane.keys[0] + self._slop_ns <= horizon:
                first = bisect_left(other.keys, lane.keys[0] - self._slop_ns)
                if other.keys[first:] and other.keys[first] <= lane.keys[0] + self._slop_ns:
                    break
                self._drop(lane, lane.keys[0], reason)

    def _drop(self, lane: Lane[Any], key: int, reason: str) -> None:
        lane.take(key)
        self._drops[reason] += 1

    def _drop_all(self, color_reason: str, depth_reason: str) -> None:
        for lane, reason in ((self._color, color_reason), (self._depth, depth_reason)):
            while lane.keys:
                self._drop(lane, lane.keys[0], reason)


def _checked(slop_ns: int, queue_size: int) -> tuple[int, int]:
    if slop_ns < 0:
        raise ConfigError(f"sync slop is {slop_ns} ns; expected 0 or more")
    if queue_size < 1:
        raise ConfigError(f"sync queue size is {queue_size}; expected 1 or more")
    return slop_ns, queue_size
