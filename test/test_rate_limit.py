"""How many of a stream's images go through, by their stamps."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridgenet_ros.rate_limit import RateLimit

START = 1_700_000_000_000_000_000
SECOND = 1_000_000_000


def admitted(stamps: list[int], rate_hz: float) -> list[int]:
    limit = RateLimit()
    return [stamp for stamp in stamps if limit.admit(stamp, rate_hz)]


def camera(rate_hz: int, seconds: int = 10, start: int = START) -> list[int]:
    return [start + i * SECOND // rate_hz for i in range(rate_hz * seconds)]


@pytest.mark.parametrize(
    ("rate_hz", "limit_hz", "count"),
    [
        (30, 10.0, 100),
        (30, 20.0, 200),
        (30, 30.0, 300),
        (30, 100.0, 300),
        (15, 10.0, 100),
        (30, 0, 300),
    ],
)
def test_the_mean_rate_holds(rate_hz: int, limit_hz: float, count: int) -> None:
    assert abs(len(admitted(camera(rate_hz), limit_hz)) - count) <= 1


@example([2_000_000] + [-2_000_000] * 299)
@given(st.lists(st.integers(-2_000_000, 2_000_000), min_size=300, max_size=300))
def test_jitter_does_not_halve_the_rate(jitter_ns: list[int]) -> None:
    stamps = [s + j for s, j in zip(camera(30), jitter_ns, strict=True)]
    assert len(admitted(stamps, 30.0)) == 300


@given(
    st.lists(st.integers(0, SECOND // 5), min_size=1, max_size=200),
    st.floats(1.0, 60.0),
)
def test_never_more_than_the_rate(gaps_ns: list[int], rate_hz: float) -> None:
    stamps = [START + sum(gaps_ns[: i + 1]) for i in range(len(gaps_ns))]
    passed = admitted(stamps, rate_hz)
    span_s = (stamps[-1] - stamps[0]) / SECOND
    assert len(passed) <= span_s * rate_hz + 2


def test_a_jump_back_starts_anew() -> None:
    stamps = camera(30, 1) + camera(30, 1, start=START - 3600 * SECOND)
    assert len(admitted(stamps, 10.0)) == 20


def test_a_raised_limit_applies_at_once() -> None:
    limit = RateLimit()
    assert limit.admit(START, 0.01)
    assert not limit.admit(START + SECOND, 0.01)
    assert not limit.admit(START + SECOND + 1, 10.0)
    assert limit.admit(START + SECOND + SECOND // 9, 10.0)


def test_reset_lets_the_next_one_through() -> None:
    limit = RateLimit()
    assert limit.admit(START, 1.0)
    assert not limit.admit(START + 1, 1.0)
    limit.reset()
    assert limit.admit(START + 2, 1.0)
