"""Counters, percentiles, and a rate that does not outlive its node."""

from __future__ import annotations

import math
import threading

import pytest

from bridgenet_ros.statistics import RATE_WINDOW_S, WINDOW, Statistics


def steady(count: int, period_s: float, start_s: float = 0.0) -> Statistics:
    statistics = Statistics()
    for i in range(count):
        statistics.frame_out(latency_ms=1.0, age_ms=2.0, now_s=start_s + i * period_s)
    return statistics


def test_before_the_first_result_there_is_no_figure() -> None:
    snapshot = Statistics().snapshot(0.0)
    assert (snapshot.frames_in, snapshot.frames_out, snapshot.rate_hz) == (0, 0, 0.0)
    assert snapshot.drops == {}
    figures = (snapshot.latency_ms_p50, snapshot.latency_ms_p99)
    assert all(map(math.isnan, (*figures, snapshot.age_ms_p50, snapshot.age_ms_p99)))


def test_percentiles_of_known_values() -> None:
    statistics = Statistics()
    for i in range(101):
        statistics.frame_out(latency_ms=float(i), age_ms=10.0 * i, now_s=0.0)
    snapshot = statistics.snapshot(0.0)
    # 0, 1, ..., 100: the k-th percentile is k.
    assert (snapshot.latency_ms_p50, snapshot.latency_ms_p99) == pytest.approx((50, 99))
    assert (snapshot.age_ms_p50, snapshot.age_ms_p99) == pytest.approx((500, 990))


def test_bicubic_results_are_counted_and_the_recent_ones_for_ten_seconds() -> None:
    statistics = Statistics()
    for second in range(20):
        late = second % 4 == 0  # 0, 4, 8, 12, 16
        statistics.frame_out(latency_ms=1.0, age_ms=2.0, now_s=float(second), bicubic=late)
    found = [statistics.snapshot(now_s) for now_s in (18.0, 18.5, 26.0, 26.1)]
    assert [s.frames_bicubic for s in found] == [5] * 4
    assert [s.recent_bicubic for s in found] == [3, 2, 1, 0]
    assert found[0].frames_out == 20


def test_old_latencies_are_forgotten() -> None:
    statistics = Statistics()
    for latency in [1000.0] * WINDOW + [5.0] * WINDOW:
        statistics.frame_out(latency_ms=latency, age_ms=latency, now_s=0.0)
    snapshot = statistics.snapshot(0.0)
    assert (snapshot.latency_ms_p50, snapshot.latency_ms_p99) == (5.0, 5.0)
    assert snapshot.frames_out == 2 * WINDOW


@pytest.mark.parametrize(("period_s", "hz"), [(0.1, 10.0), (1 / 30, 30.0), (1 / 120, 120.0)])
def test_rate_of_a_steady_stream(period_s: float, hz: float) -> None:
    count = 600
    assert steady(count, period_s).snapshot((count - 1) * period_s).rate_hz == pytest.approx(hz)


def test_one_result_makes_no_rate() -> None:
    assert steady(1, 1.0).snapshot(0.5).rate_hz == 0.0


def test_rate_falls_as_soon_as_results_stop_and_reaches_zero() -> None:
    statistics = steady(51, 0.1)  # five seconds of 10 Hz
    rates = [statistics.snapshot(5.0 + pause).rate_hz for pause in (0, 1, 2, 5, 9, 9.95, 10.1, 99)]
    # 50 intervals in 5, 6, 7 and 10 s; then only what is younger than ten seconds counts.
    assert rates[:4] == pytest.approx([10, 50 / 6, 50 / 7, 5])
    assert rates == sorted(rates, reverse=True)
    assert rates[-2:] == [0.0, 0.0]


def test_results_at_one_moment_do_not_divide_by_zero() -> None:
    assert math.isfinite(steady(5, 0.0).snapshot(0.0).rate_hz)


def test_rate_comes_back_after_a_pause() -> None:
    statistics = steady(51, 0.1)
    for i in range(21):
        statistics.frame_out(latency_ms=1.0, age_ms=1.0, now_s=100 + i * 0.1)
    assert statistics.snapshot(102.0).rate_hz == pytest.approx(10.0)
    assert RATE_WINDOW_S < 95


def test_drops_are_counted_by_reason() -> None:
    statistics = Statistics()
    statistics.drop("late")
    statistics.drop("late", 2)
    statistics.drop("size")
    assert statistics.snapshot(0.0).drops == {"late": 3, "size": 1}


def test_a_snapshot_does_not_change_afterwards() -> None:
    statistics = Statistics()
    statistics.drop("size")
    snapshot = statistics.snapshot(0.0)
    statistics.drop("size")
    statistics.frame_in()
    assert (snapshot.drops, snapshot.frames_in) == ({"size": 1}, 0)


def test_many_threads_lose_no_count() -> None:
    statistics = Statistics()

    def work() -> None:
        for _ in range(500):
            statistics.frame_in()
            statistics.drop("size")
            statistics.frame_out(latency_ms=1.0, age_ms=1.0, now_s=1.0)
            statistics.snapshot(1.0)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    snapshot = statistics.snapshot(1.0)
    assert (snapshot.frames_in, snapshot.frames_out, snapshot.drops) == (2000, 2000, {"size": 2000})
