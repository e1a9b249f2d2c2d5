"""Lets through at most so many images a second, by their stamps."""

from __future__ import annotations

_NS_PER_S = 1e9
_TOLERANCE = 5


class RateLimit:
    """Decides for each stamp whether it is due; a jump backwards starts anew."""

    def __init__(self) -> None:
        self._last_ns = 0
        self._due_ns = 0

    def admit(self, stamp_ns: int, rate_hz: float) -> bool:
        """Whether the image of this stamp goes through.

        The mean rate holds also where the images' rate is no multiple of it: 30 Hz limited to
        20 Hz lets two of three through. An image may come a fifth of the period too early.

        Args:
            stamp_ns: of the image, nanoseconds.
            rate_hz: the limit; 0 lets everything through.
        """
        jumped_back = stamp_ns < self._last_ns
        self._last_ns = stamp_ns
        if rate_hz <= 0:
            return True
        period_ns = round(_NS_PER_S / rate_hz)
        # Stamps jitter: without tolerance every other frame of a camera of this rate is late.
        tolerance_ns = period_ns // _TOLERANCE
        if not jumped_back and stamp_ns < self._due_ns - tolerance_ns:
            # A limit that has been raised applies at once.
            self._due_ns = min(self._due_ns, stamp_ns + period_ns)
            return False
        late = jumped_back or stamp_ns - self._due_ns >= period_ns
        self._due_ns = (stamp_ns if late else self._due_ns) + period_ns
        return True

    def reset(self) -> None:
        """The next image goes through."""
        self._due_ns = 0
