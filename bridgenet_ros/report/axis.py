"""An axis with round numbers."""

from __future__ import annotations

from math import ceil, floor, isfinite, log10
from typing import NamedTuple

_STEPS = (1, 2, 5, 10)
_NOTHING = 1e-30
"""What no chart tells from 0."""
_SAME = 1e-9
"""Values that differ by a smaller share are one."""


class Axis(NamedTuple):
    """From ``low`` to ``high``, greater than it, with ``ticks`` at round numbers within."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def share(self, value: float) -> float:
        """Where a value lies: 0 at ``low``, 1 at ``high``."""
        return (value - self.low) / (self.high - self.low)

    def texts(self) -> list[str]:
        """The ticks in words, all with as many decimals as their distance needs."""
        step = self.ticks[1] - self.ticks[0] if len(self.ticks) > 1 else 1.0
        decimals = max(-floor(log10(step) + 1e-9), 0)
        return [f"{tick:,.{decimals}f}" for tick in self.ticks]


def round_axis(low: float, high: float, *, steps: int = 4, widen: bool = True) -> Axis:
    """An axis that holds ``low`` to ``high``, with about ``steps`` steps of 1, 2 or 5.

    Args:
        low: least value; with ``high`` below it, or not finite, the axis is from 0 to 1.
        high: greatest value.
        steps: so many steps or a few fewer.
        widen: end the axis at round numbers rather than at the values.
    """
    if not (isfinite(low) and isfinite(high) and low <= high):
        low, high = 0.0, 1.0
    greatest = max(abs(low), abs(high))
    if greatest < _NOTHING:
        low, high = 0.0, 1.0
    elif high - low <= _SAME * greatest:
        low, high = (0.0, 2 * high) if high > 0 else (2 * low, 0.0)
    step = _step((high - low) / steps)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    if not widen:
        first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    ticks = tuple(float(f"{number * step:.12g}") for number in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks) if widen else Axis(low, high, ticks)


def _step(least: float) -> float:
    """The round number that is no less."""
    power = 10.0 ** floor(log10(least))
    return next(step * power for step in _STEPS if step * power >= least * (1 - 1e-9))
