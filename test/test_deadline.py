"""Predictions and decisions, by hand."""

from __future__ import annotations

import math

import pytest

from bridgenet_ros.deadline import (
    LONGEST_PROBE_S,
    PROBE_S,
    SETTLING,
    TRANSPORT_MS,
    WINDOW,
    Deadline,
    TimePredictor,
    frame_age_ms,
)

VGA, LARGE = (480, 640), (720, 1280)


def predictor(*times_ms: float) -> TimePredictor:
    made = TimePredictor()
    for ms in [999.0] * SETTLING + list(times_ms):
        made.add(VGA, ms)
    return made


@pytest.mark.parametrize(
    ("times_ms", "expected_ms"),
    [
        ((), 0.0),
        ((20.0,), 20.0),
        ((20.0, 24.0), 26.0),  # median 22, both 2 off
        ((20.0, 20.0, 500.0), 20.0),  # median 20, deviations 0, 0, 480
        ((18.0, 20.0, 22.0, 20.0, 500.0), 24.0),  # median 20, deviations 0, 0, 2, 2, 480
    ],
)
def test_a_prediction_is_the_median_and_twice_the_median_deviation(
    times_ms: tuple[float, ...], expected_ms: float
) -> None:
    assert predictor(*times_ms).expected_ms(VGA) == expected_ms


def test_half_of_the_times_may_be_outliers() -> None:
    steady, outliers = [20.0] * (WINDOW // 2 + 1), [5000.0] * (WINDOW // 2)
    assert predictor(*steady, *outliers).expected_ms(VGA) == 20.0


def test_what_is_older_than_the_window_is_forgotten() -> None:
    assert predictor(*[200.0] * 100, *[10.0] * WINDOW).expected_ms(VGA) == 10.0


def test_another_kind_starts_anew_and_settles_first() -> None:
    made = predictor(20.0)
    assert made.expected_ms(LARGE) == 0.0
    for ms in (900.0, 800.0):
        made.add(LARGE, ms)
        assert made.expected_ms(LARGE) == 0.0
    made.add(LARGE, 60.0)
    assert (made.expected_ms(LARGE), made.expected_ms(VGA)) == (60.0, 0.0)


def deadline(budget_ms: float, took_ms: float, ran_s: float = 0.0) -> Deadline:
    """One that has seen frames of ``took_ms``, the last at ``ran_s``."""
    made = Deadline(budget_ms)
    for _ in range(SETTLING + 5):
        made.ran(VGA, took_ms=took_ms, now_s=ran_s)
    made._probe_s = PROBE_S
    return made


@pytest.mark.parametrize(
    ("budget_ms", "age_ms", "late"),
    [
        (50.0, 10.0, False),
        (50.0, 20.0, False),  # 20 + 30 is on time
        (50.0, 20.1, True),
        (25.0, 0.0, True),
        (0.0, 1e9, False),
        (math.inf, 1e9, False),
    ],
)
def test_late_is_what_cannot_be_done_within_the_budget(
    budget_ms: float, age_ms: float, late: bool
) -> None:
    found = deadline(budget_ms, took_ms=30.0).why_late(VGA, age_ms=age_ms, now_s=0.1)
    assert bool(found) is late


def test_it_says_why() -> None:
    found = deadline(50.0, took_ms=30.0).why_late(VGA, age_ms=21.0, now_s=0.1)
    assert found == "21 ms old when its turn came, 30 ms expected, schedule.budget_ms 50"


def test_a_kind_never_seen_runs_unless_it_is_late_already() -> None:
    made = deadline(50.0, took_ms=30.0)
    assert not made.why_late(LARGE, age_ms=49.0, now_s=0.1)
    assert made.why_late(LARGE, age_ms=51.0, now_s=0.1)


def test_one_slow_frame_changes_nothing() -> None:
    made = deadline(50.0, took_ms=30.0)
    made.ran(VGA, took_ms=900.0, now_s=1.0)
    assert not made.why_late(VGA, age_ms=10.0, now_s=1.1)


def test_after_a_while_a_frame_runs_to_measure_and_its_time_alone_counts() -> None:
    made = deadline(50.0, took_ms=80.0)
    assert made.why_late(VGA, age_ms=5.0, now_s=PROBE_S - 0.01)
    assert not made.why_late(VGA, age_ms=5.0, now_s=PROBE_S)
    made.ran(VGA, took_ms=20.0, now_s=PROBE_S)
    assert not made.why_late(VGA, age_ms=5.0, now_s=PROBE_S + 0.01)


def test_what_is_late_already_measures_nothing() -> None:
    assert deadline(50.0, took_ms=80.0).why_late(VGA, age_ms=50.0, now_s=1000.0)


def test_measuring_in_vain_happens_less_and_less_often() -> None:
    made = deadline(50.0, took_ms=80.0)
    now_s, waits = 0.0, []
    for _ in range(8):
        start_s = now_s
        while made.why_late(VGA, age_ms=5.0, now_s=now_s):
            now_s += 0.25
        waits.append(now_s - start_s)
        made.ran(VGA, took_ms=80.0, now_s=now_s)
    assert waits == [1, 2, 4, 8, 16, 32, LONGEST_PROBE_S, LONGEST_PROBE_S]
    made.ran(VGA, took_ms=20.0, now_s=now_s)
    made.ran(VGA, took_ms=80.0, now_s=now_s)
    assert made._probe_s == 2 * PROBE_S


@pytest.mark.parametrize(
    ("waited_ms", "stamp_age_ms", "age_ms"),
    [
        (5.0, 30.0, 30.0),
        (5.0, 5.0, 5.0),
        (5.0, 4.0, 5.0),  # a stamp from after the arrival
        (5.0, -3e6, 5.0),
        (5.0, 5.0 + TRANSPORT_MS, 5.0 + TRANSPORT_MS),
        (5.0, 3600e3, 5.0),  # a recording
        (15000.0, 15030.0, 15030.0),  # it has waited here for so long
        (5.0, math.nan, 5.0),
    ],
)
def test_age_is_by_the_stamp_where_transport_explains_it(
    waited_ms: float, stamp_age_ms: float, age_ms: float
) -> None:
    assert frame_age_ms(waited_ms=waited_ms, stamp_age_ms=stamp_age_ms) == age_ms
