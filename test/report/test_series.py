"""Many values made few, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from bridgenet_ros.report.series import Spread, drawn, spread

NAN = float("nan")


def array(*values: float) -> np.ndarray:
    return np.array(values, np.float64)


def test_few_values_are_drawn_as_they_are_in_the_order_of_x() -> None:
    line = drawn(array(2, 0, 1, 3), array(20, 0, NAN, 30))
    assert line.x.tolist() == [0, 2, 3]
    for values in (line.middle, line.low, line.high):
        assert values.tolist() == [0, 20, 30]


def test_many_values_become_medians_between_the_least_and_the_greatest() -> None:
    line = drawn(array(0, 1, 2, 3, 4, 10), array(5, 1, 3, 9, 7, 8), most=2)
    # The parts are 0 to 5 and 5 to 10.
    assert line.x.tolist() == [2, 10]
    assert line.middle.tolist() == [5, 8]
    assert line.low.tolist() == [1, 8]
    assert line.high.tolist() == [9, 8]


def test_a_line_is_broken_at_a_long_gap() -> None:
    line = drawn(array(0, 1, 2, 20, 21), array(1, 1, 1, 1, 1))
    assert line.stretches() == [slice(0, 3), slice(3, 5)]
    assert drawn(array(0, 1, 3, 4), array(1, 1, 1, 1)).stretches() == [slice(0, 4)]
    assert drawn(array(7), array(1)).stretches() == [slice(0, 1)]
    assert drawn(array(7), array(NAN)).stretches() == []


def test_how_values_lie() -> None:
    assert spread(np.append(np.arange(101.0), NAN)) == Spread(101, 5, 50, 95, 100)
    assert spread(array(3)) == Spread(1, 3, 3, 3, 3)
    nothing = spread(array(NAN))
    assert nothing.known == 0
    assert nothing[1:] == pytest.approx([NAN] * 4, nan_ok=True)
