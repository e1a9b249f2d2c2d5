"""When one of two streams goes back in time, as at the start of a looped recording."""

from __future__ import annotations

from enum import Enum, auto

JUMP_NS = 500_000_000
"""A stamp that is older than its stream's newest by more than this and the slop is a time jump."""

COLOR, DEPTH = 0, 1
"""The two streams of a `JumpWatch`."""


class Step(Enum):
    """What the next stamp of a stream is."""

    ON = auto()
    """Of the present pass."""
    BACK = auto()
    """The first of a new pass."""
    STALE = auto()
    """Of the pass before the present one, and of no use any more."""


class JumpWatch:
    """Follows the stamps of two streams that are to be paired.

    The stream that goes back first begins the new pass. The other one may still deliver the end of
    the old pass; those stamps are stale until it has gone back too, else they would make the new
    pass look late.
    """

    def __init__(self) -> None:
        self.jumps = 0
        """How often time went back; once for both streams."""
        self._newest: list[int | None] = [None, None]
        self._stale = [False, False]

    def step(self, stream: int, stamp_ns: int, slop_ns: int) -> Step:
        """Take the next stamp of a stream.

        Args:
            stream: `COLOR` or `DEPTH`.
            stamp_ns: in the clock that both share.
            slop_ns: greatest distance between the stamps of a pair.
        """
        reach = JUMP_NS + slop_ns
        own, other = self._newest[stream], self._newest[1 - stream]
        if self._stale[stream]:
            if other is None or stamp_ns > other + reach:
                return Step.STALE
            self._stale[stream] = False
        elif own is not None and stamp_ns < own - reach:
            self.jumps += 1
            if other is not None:
                self._stale[1 - stream] = other > stamp_ns + reach
            self._newest[stream], self._newest[1 - stream] = stamp_ns, None
            return Step.BACK
        self._newest[stream] = stamp_ns if own is None else max(own, stamp_ns)
        return Step.ON

    def forget(self) -> None:
        """Take the next stamps as the first ones; the count goes on."""
        self._newest = [None, None]
        self._stale = [False, False]

    def shift(self, stream: int, delta_ns: int) -> None:
        """Move the stamps of a stream, after the offset between the two clocks has changed."""
        newest = self._newest[stream]
        self._newest[stream] = None if newest is None else newest + delta_ns
