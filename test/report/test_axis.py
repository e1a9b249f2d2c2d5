"""Round numbers along an axis."""

from __future__ import annotations

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenet_ros.report.axis import Axis, round_axis


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 2.3, (0, 1, 2, 3)),
        (0, 100, (0, 50, 100)),
        (-15.7, 15.8, (-20, -10, 0, 10, 20)),
        (0, 0.004, (0, 0.001, 0.002, 0.003, 0.004)),
        (3, 3, (0, 2, 4, 6)),
        (-3, -3, (-6, -4, -2, 0)),
        (0, 0, (0, 0.5, 1)),
        (nan, 1, (0, 0.5, 1)),
        (0, inf, (0, 0.5, 1)),
        (2, 1, (0, 0.5, 1)),
    ],
)
def test_ticks_are_round_and_hold_the_values(
    low: float, high: float, ticks: tuple[float, ...]
) -> None:
    assert round_axis(low, high) == Axis(ticks[0], ticks[-1], ticks)


def test_an_axis_may_end_at_the_values() -> None:
    assert round_axis(0, 2.9, widen=False) == Axis(0, 2.9, (0, 1, 2))
    assert round_axis(0.5, 4, steps=5, widen=False) == Axis(0.5, 4, (1, 2, 3, 4))


def test_shares_and_texts() -> None:
    axis = round_axis(0, 0.4)
    assert axis.texts() == ["0.0", "0.1", "0.2", "0.3", "0.4"]
    assert axis.share(0.1) == pytest.approx(0.25)
    assert round_axis(0, 5000).texts() == ["0", "2,000", "4,000", "6,000"]


@given(st.floats(-1e12, 1e12), st.floats(0, 1e12), st.booleans())
def test_any_two_values_lie_on_their_axis(low: float, length: float, widen: bool) -> None:
    high = low + length
    axis = round_axis(low, high, widen=widen)
    assert axis.low < axis.high
    near = 1e-6 * (axis.high - axis.low)
    assert axis.low <= low + near
    assert high <= axis.high + near
    assert len(axis.ticks) <= 8
    assert len(axis.texts()) == len(axis.ticks)
