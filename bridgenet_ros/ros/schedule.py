"""When each message of a recording is published again, and with which stamp."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridgenet_ros.errors import BagError
from bridgenet_ros.ros.raw_stamp import NANOSECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A straight line from the recording's time to playing time, for every round.

    Attributes:
        first_ns: recorded time of the first colour image.
        round_ns: length of one round, recorded time; the next one starts right behind it.
        speed: recorded seconds per second of playing.
        period_ns: playing time between two colour images.
    """

    first_ns: int
    round_ns: int
    speed: float
    period_ns: float

    def offset_ns(self, since_first_ns: int, number: int) -> int:
        """Playing time since the start, of a recorded time in round ``number``."""
        return round((since_first_ns + number * self.round_ns) / self.speed)


def schedule(colour_ns: Sequence[int], rate_hz: float) -> Schedule:
    """Play so that colour comes at ``rate_hz``; 0 keeps the recording's own pace.

    Args:
        colour_ns: recorded times of the colour images, in order.
        rate_hz: colour images a second.

    Raises:
        BagError: there is no colour image.
    """
    if not colour_ns:
        raise BagError("the recording has no colour image to play")
    span_ns = colour_ns[-1] - colour_ns[0]
    period_ns = span_ns / max(len(colour_ns) - 1, 1)
    if period_ns <= 0:  # one image, or all at one time: any period is as good
        period_ns = NANOSECONDS / (rate_hz or 1.0)
    speed = period_ns * rate_hz / NANOSECONDS if rate_hz else 1.0
    return Schedule(
        first_ns=colour_ns[0],
        round_ns=span_ns + round(period_ns),
        speed=speed,
        period_ns=period_ns / speed,
    )
