"""Pairs, clocks and sizes, with figures by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenet_ros.doctor.finding import Status
from bridgenet_ros.doctor.pair_checks import (
    check_age,
    check_clocks,
    check_grid,
    check_pairing,
    check_sizes,
    lag_s,
)
from bridgenet_ros.doctor.stream_record import Arrival
from bridgenet_ros.input_config import SyncConfig

SECOND = 1_000_000_000
MS = 1_000_000
T0 = 1_700_000_000 * SECOND


def stream(count: int, *, late_ms: int = 0, period_ms: int = 100, first: int = 0) -> list[Arrival]:
    """Images that arrive 10 ms after they were taken; their clock is ``late_ms`` behind."""
    taken = [T0 + (first + i) * period_ms * MS for i in range(count)]
    return [Arrival(t + 10 * MS, t - late_ms * MS) for t in taken]


def test_all_pairs() -> None:
    (found,) = check_pairing(stream(20), stream(20, late_ms=5), SyncConfig())
    assert found.status is Status.OK
    assert found.what == (
        "20 pairs of 20 colour and 20 depth images, stamps 0.005 s apart in the median; "
        "sync.slop is 0.020 s"
    )


def test_half_the_rate_is_fine() -> None:
    (found,) = check_pairing(stream(30), stream(15, period_ms=200), SyncConfig())
    assert found.status is Status.OK
    assert found.what.startswith("15 pairs of 30 colour and 15 depth images")


def test_a_slop_that_is_too_small() -> None:
    (found,) = check_pairing(stream(20), stream(20, late_ms=40), SyncConfig())
    assert found.status is Status.ERROR
    assert found.what.startswith("0 pairs of 20 colour and 20 depth images; sync.slop")
    assert found.advice == "set sync.slop to 0.044 or more, or synchronise the sensors"


def test_another_clock() -> None:
    (found,) = check_pairing(stream(5), stream(5, late_ms=900), SyncConfig())
    assert found.status is Status.ERROR
    assert found.advice.startswith("set sync.stamp_offset to about 0.900")
    (found,) = check_pairing(stream(5), stream(5, late_ms=3_600_000), SyncConfig())
    assert "they are 3600.0 s apart" in found.advice
    (found,) = check_pairing(stream(5), stream(5, late_ms=900), SyncConfig(stamp_offset=0.9))
    assert found.status is Status.OK


def test_streams_that_ran_together_for_a_part_of_the_time() -> None:
    (found,) = check_pairing(stream(20), stream(20, first=12), SyncConfig())
    assert found.status is Status.WARNING
    assert found.what.startswith("8 pairs of 20 colour and 20 depth images")
    assert found.what.endswith("their stamps overlap in part")


def test_images_without_partner() -> None:
    (found,) = check_pairing(stream(20), stream(10) + stream(5, first=15), SyncConfig())
    assert found.status is Status.OK  # each depth image has its colour
    depth = [a for i, a in enumerate(stream(40, period_ms=50)) if i % 2 or i < 8]
    (found,) = check_pairing(stream(20), depth, SyncConfig())
    assert found.status is Status.WARNING
    assert found.advice == "set sync.slop to 0.055 or more, or synchronise the sensors"


def test_nothing_is_said_of_an_empty_stream() -> None:
    assert check_pairing([], stream(3), SyncConfig()) == []
    assert check_clocks(stream(3), [], SyncConfig()) == []
    assert check_age([]) == []


@given(
    late_ms=st.integers(-3000, 3000),
    offset_ms=st.integers(-1000, 1000),
    count=st.integers(1, 5),
)
def test_the_lag_is_that_of_the_clocks(late_ms: int, offset_ms: int, count: int) -> None:
    sync = SyncConfig(stamp_offset=offset_ms / 1000)
    lag = lag_s(stream(4), stream(count, late_ms=late_ms), sync)
    assert lag == pytest.approx((offset_ms - late_ms) / 1000, abs=1e-6)


def test_clocks() -> None:
    (good,) = check_clocks(stream(20), stream(20, late_ms=30), SyncConfig())
    assert (good.status, good.what) == (
        Status.OK,
        "against their arrival, depth's stamps are 0.030 s behind colour's",
    )
    (bad,) = check_clocks(stream(20), stream(20, late_ms=-250), SyncConfig())
    assert bad.status is Status.WARNING
    assert bad.advice.endswith("set sync.stamp_offset to about -0.250")
    (far,) = check_clocks(stream(20), stream(20, late_ms=5000), SyncConfig())
    assert far.advice == "stamp both by one clock"


def test_age() -> None:
    (good,) = check_age(stream(3))
    assert (good.status, good.what) == (
        Status.OK,
        "colour's stamps are 0.010 s old at arrival",
    )
    (old,) = check_age(stream(3, late_ms=3_600_000))
    assert old.status is Status.WARNING
    assert "use_sim_time:=true" in old.advice


def test_the_grid_of_registered_depth() -> None:
    rng = np.random.default_rng(1)
    coarse = rng.integers(1000, 3000, (60, 80)).astype(np.float32) / 1000
    (blocky,) = check_grid(coarse.repeat(8, 0).repeat(8, 1), 0.001)
    assert blocky.status is Status.OK
    assert blocky.what.endswith("with register.grid auto it is taken as 80x60")
    (dense,) = check_grid(rng.uniform(1, 3, (480, 640)).astype(np.float32), 0.001)
    assert dense.what.startswith("depth of colour's size is dense")
    assert check_grid(np.zeros((48, 64), np.float32), 0.001) == []


@pytest.mark.parametrize(
    ("color", "depth", "status", "words"),
    [
        ((480, 640), (60, 80), Status.OK, "colour is 640x480, depth 80x60, a factor of 8"),
        ((480, 640), (480, 640), Status.OK, "a factor of 1"),
        ((480, 640), (160, 213), Status.NOTE, "the weights are trained for 4, 8"),
        ((480, 640), (720, 1280), Status.ERROR, "depth is larger than colour"),
        ((480, 640), (90, 160), Status.WARNING, "their shapes differ"),
    ],
)
def test_sizes(color: tuple[int, int], depth: tuple[int, int], status: Status, words: str) -> None:
    found = check_sizes(color, depth, (4, 8))
    assert found.status is status
    assert words in found.what
