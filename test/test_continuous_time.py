"""Time that goes by only as its source's does."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenet_ros.continuous_time import MOST_STEP_S, ContinuousTime


def elapsed(readings: list[float]) -> list[float]:
    """What the clock says at each reading but the first, at which it is made."""
    source = iter(readings)
    clock = ContinuousTime(lambda: next(source))
    return [clock.now_s() for _ in readings[1:]]


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ([100.0, 100.5, 102.0], [0.5, 2.0]),
        ([100.0, 101.0, 101.0, 101.0, 102.0], [1.0, 1.0, 1.0, 2.0]),  # paused
        ([100.0, 110.0, 90.0, 91.0], [10.0, 10.0, 11.0]),  # a recording that begins anew
        ([5.0, 6.0, 1.7e9, 1.7e9 + 1], [1.0, 1.0, 2.0]),  # another clock took over
    ],
)
def test_elapsed(readings: list[float], expected: list[float]) -> None:
    assert elapsed(readings) == pytest.approx(expected)


@given(readings=st.lists(st.floats(-1e9, 1e9), min_size=1))
def test_it_never_goes_back_nor_leaps(readings: list[float]) -> None:
    times = [0.0, *elapsed(readings)]
    for (before, now), (last, read) in zip(pairwise(times), pairwise(readings), strict=True):
        counted = read - last if 0 < read - last <= MOST_STEP_S else 0.0
        assert now == before + counted
