"""Rates, silence and stamps of one stream."""

from __future__ import annotations

import math

from bridgenet_ros.stream_meter import STAMPS, StreamMeter, lag_ns, nearest_gap_ns


def test_a_new_stream_is_silent() -> None:
    meter = StreamMeter()
    assert (meter.count, meter.rate_hz(1.0), meter.silent_s(1.0)) == (0, 0.0, math.inf)


def test_ten_hertz_for_a_second() -> None:
    meter = StreamMeter()
    for i in range(11):
        meter.add(100 + i, i / 10)
    assert meter.count == 11
    assert meter.rate_hz(1.0) == 10.0
    assert meter.rate_hz(5.0) == 2.0  # ten spacings in five seconds
    assert meter.silent_s(1.25) == 0.25
    assert list(meter.stamps_ns) == list(range(111 - STAMPS, 111))


def test_the_pace_of_a_stream_does_not_fall_with_its_pauses() -> None:
    meter = StreamMeter()
    assert meter.pace_hz == 0.0
    for start_s in (0.0, 100.0):
        for i in range(5):
            meter.add(1, start_s + i / 8)
    assert meter.pace_hz == 8.0


def test_a_stream_in_no_time_has_no_pace() -> None:
    meter = StreamMeter()
    for _ in range(3):
        meter.add(1, 5.0)
    assert meter.pace_hz == 0.0


def test_gap_and_lag() -> None:
    color, depth = [100, 200, 300], [130, 240]
    assert nearest_gap_ns(color, depth) == 30
    assert lag_ns(color, depth) == -60
    assert nearest_gap_ns([], depth) is None
    assert lag_ns(color, []) is None
