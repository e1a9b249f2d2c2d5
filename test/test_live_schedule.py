"""Which frames of a live session the network runs for: policies and the deadline."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import cast

import numpy as np
import pytest
from frames import result_for

from bridgenet_ros import deadline
from bridgenet_ros.config import ScheduleConfig
from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import DepthResult, RgbdFrame
from bridgenet_ros.live import LiveSession, StampedImage
from bridgenet_ros.pipeline import Pipeline
from bridgenet_ros.sync import StampSynchronizer

MS = 1_000_000
FRAME = 33 * MS
PATIENCE_S = 20.0
ALL = ScheduleConfig(policy="all", queue_size=3)
BUDGET = ScheduleConfig(budget_ms=5000.0)
"""Far above what a loaded machine adds by itself; the tests make frames old or slow enough."""


class FakePipeline:
    """Waits for the gate, then takes at least ``takes_s``."""

    overlaps = False

    def __init__(self) -> None:
        self.gate = threading.Semaphore(0)
        self.begun = threading.Semaphore(0)
        self.takes_s = 0.0
        self.estimates: list[bool] = []
        self.whys: list[str] = []
        self.error: FrameError | None = None

    def submit(self, frame: RgbdFrame, *, estimate: bool, bicubic: str) -> DepthResult:
        if bicubic:
            self.whys.append(bicubic)
            if self.error is not None:
                raise self.error
        else:
            self.begun.release()
            assert self.gate.acquire(timeout=PATIENCE_S)
            time.sleep(self.takes_s)
            self.estimates.append(estimate)
        return result_for(frame, bicubic=bicubic)

    def collect(self, pending: DepthResult) -> DepthResult:
        return pending


class Bench:
    """A session and all that came out."""

    def __init__(self) -> None:
        self.pipeline = FakePipeline()
        self.age_ms = 0.0
        self.published: list[tuple[int, bool]] = []
        self.failures: list[str] = []
        self.session = LiveSession(
            cast("Pipeline", self.pipeline),
            StampSynchronizer(10 * MS, 5),
            on_result=lambda f, r: self.published.append((f.stamp_ns // FRAME, bool(r.bicubic))),
            wants_estimate=lambda: True,
            age_ms=lambda _: self.age_ms,
            on_error=lambda reason, _: self.failures.append(reason),
        )

    def pair(self, number: int) -> None:
        now_s, stamp_ns = time.monotonic(), number * FRAME
        rgb, depth = np.zeros((4, 6, 3), np.uint8), np.ones((2, 3), np.uint16)
        self.session.add_color(StampedImage(rgb, stamp_ns, "color", now_s))
        self.session.add_depth(StampedImage(depth, stamp_ns, "color", now_s))

    def in_hand(self) -> None:
        assert self.pipeline.begun.acquire(timeout=PATIENCE_S)

    def finish(self, count: int) -> None:
        """Open the gate and wait for so many frames in all."""
        self.pipeline.gate.release(1000)
        end_s = time.monotonic() + PATIENCE_S
        while self.finished < count:
            assert time.monotonic() < end_s, "waited in vain"
            time.sleep(0.001)

    @property
    def finished(self) -> int:
        snapshot = self.session.snapshot()
        return snapshot.frames_out + sum(snapshot.drops.values())


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(deadline, "PROBE_S", 1e9)  # a slow machine would let it pass
    bench = Bench()
    bench.session.start()
    yield bench
    bench.pipeline.gate.release(1000)
    bench.session.stop()


def test_all_runs_every_frame_in_turn(bench: Bench) -> None:
    bench.session.update_schedule(ALL)
    bench.pair(1)
    bench.in_hand()
    for i in (2, 3, 4):
        bench.pair(i)
    bench.finish(4)
    assert [number for number, _ in bench.published] == [1, 2, 3, 4]
    assert bench.session.snapshot().drops == {}


def test_all_drops_the_oldest_where_too_many_wait_and_counts_them(bench: Bench) -> None:
    bench.session.update_schedule(ALL)
    bench.pair(1)
    bench.in_hand()
    for i in range(2, 8):
        bench.pair(i)
    bench.finish(7)
    assert [number for number, _ in bench.published] == [1, 5, 6, 7]
    assert bench.session.snapshot().drops == {"queue_full": 3}


def test_latest_keeps_the_newest_of_those_that_wait_when_it_is_set(bench: Bench) -> None:
    bench.session.update_schedule(ALL)
    bench.pair(1)
    bench.in_hand()
    for i in (2, 3, 4):
        bench.pair(i)
    bench.session.update_schedule(ScheduleConfig())
    assert bench.session.snapshot().drops == {"replaced_by_newer": 2}
    bench.finish(4)
    assert [number for number, _ in bench.published] == [1, 4]


def test_stopping_counts_all_that_wait(bench: Bench) -> None:
    bench.session.update_schedule(ALL)
    bench.pair(1)
    bench.in_hand()
    bench.pair(2)
    bench.pair(3)
    stopper = threading.Thread(target=bench.session.stop)
    stopper.start()
    end_s = time.monotonic() + PATIENCE_S
    while bench.finished < 2:
        assert time.monotonic() < end_s, "waited in vain"
        time.sleep(0.001)
    bench.finish(3)
    stopper.join(PATIENCE_S)
    assert bench.published == [(1, False)]
    assert bench.session.snapshot().drops == {"stopped": 2}


def test_a_frame_that_is_too_old_is_bicubic_at_once_and_counted(bench: Bench) -> None:
    bench.session.update_schedule(BUDGET)
    bench.age_ms = 6000.0
    bench.pair(1)
    bench.finish(1)
    assert bench.published == [(1, True)]
    assert bench.pipeline.estimates == []  # the network has not run
    assert bench.pipeline.whys == [
        "6000 ms old when its turn came, 0 ms expected, schedule.budget_ms 5000"
    ]
    snapshot = bench.session.snapshot()
    assert (snapshot.frames_out, snapshot.frames_bicubic, snapshot.recent_bicubic) == (1, 1, 1)
    assert snapshot.drops == {}


def test_a_frame_that_would_become_too_old_is_bicubic_too(bench: Bench) -> None:
    bench.session.update_schedule(BUDGET)
    bench.pipeline.takes_s = 0.1
    for i in (1, 2, 3):
        bench.pair(i)
        bench.finish(i)
    bench.age_ms = 4950.0
    bench.pair(4)
    bench.finish(4)
    bench.age_ms = 0.0
    bench.pair(5)
    bench.finish(5)
    assert bench.published == [(1, False), (2, False), (3, False), (4, True), (5, False)]
    assert bench.pipeline.estimates == [True] * 4


@pytest.mark.parametrize("budget_ms", [0.0, float("inf")])
def test_without_a_budget_every_frame_runs(bench: Bench, budget_ms: float) -> None:
    bench.session.update_schedule(ScheduleConfig(budget_ms=budget_ms))
    bench.age_ms = 1e6
    bench.pair(1)
    bench.finish(1)
    assert bench.published == [(1, False)]


def test_a_late_frame_that_cannot_be_used_is_dropped_like_any_other(bench: Bench) -> None:
    bench.session.update_schedule(BUDGET)
    bench.age_ms = 6000.0
    bench.pipeline.error = FrameError("all_invalid", "no depth")
    bench.pair(1)
    bench.finish(1)
    snapshot = bench.session.snapshot()
    assert (snapshot.drops, snapshot.frames_bicubic) == ({"all_invalid": 1}, 0)
    assert bench.failures == ["all_invalid"]
