"""The worker hands frames in ahead where the device computes by itself, and keeps their order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import cast

import pytest
from frames import make_frame, result_for

from bridgenet_ros import live_worker
from bridgenet_ros.config import ScheduleConfig
from bridgenet_ros.errors import EngineError, FrameError
from bridgenet_ros.frame import DepthResult, RgbdFrame
from bridgenet_ros.live_worker import Handlers, Job, LiveWorker
from bridgenet_ros.pipeline import Pipeline
from bridgenet_ros.statistics import Statistics

PATIENCE_S = 20.0
ALL = ScheduleConfig(policy="all", queue_size=10)


class Device:
    """A pipeline whose frames are done when the test says so, and that notes every step."""

    def __init__(self, *, overlaps: bool) -> None:
        self.overlaps = overlaps
        self.steps: list[str] = []
        self.refused: dict[int, Exception] = {}
        self.lost: dict[int, Exception] = {}
        self.waits = threading.Semaphore(0)
        self.done = threading.Semaphore(0)

    def submit(self, frame: RgbdFrame, *, estimate: bool, bicubic: str) -> DepthResult:
        self.steps.append(f"submit {frame.stamp_ns}")
        if frame.stamp_ns in self.refused:
            raise self.refused[frame.stamp_ns]
        return result_for(frame, bicubic=bicubic)

    def collect(self, pending: DepthResult) -> DepthResult:
        self.waits.release()
        assert self.done.acquire(timeout=PATIENCE_S)
        self.steps.append(f"collect {pending.stamp_ns}")
        if pending.stamp_ns in self.lost:
            raise self.lost[pending.stamp_ns]
        return pending

    def close(self) -> None:
        self.steps.append("close")


class Bench:
    """A worker whose first frame is computed while others wait."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.published: list[int] = []
        self.failed: list[str] = []
        self.statistics = Statistics()
        handlers = Handlers(
            on_result=lambda _, result: self.published.append(result.stamp_ns),
            wants_estimate=lambda: False,
            age_ms=lambda _: 0.0,
            on_error=lambda reason, _: self.failed.append(reason),
            now_s=time.monotonic,
        )
        self.worker = LiveWorker(cast("Pipeline", device), self.statistics, handlers)
        self.worker.update(ALL)

    def run(self, count: int) -> None:
        """Frames 1 to ``count``, of which 1 is in hand before the others come."""
        self.worker.start()
        self.worker.put(Job(make_frame(stamp_ns=1), time.monotonic()))
        assert self.device.waits.acquire(timeout=PATIENCE_S)
        for number in range(2, count + 1):
            self.worker.put(Job(make_frame(stamp_ns=number), time.monotonic()))
        self.device.done.release(1000)
        wait_until(lambda: self.ended == count)
        self.worker.stop()

    @property
    def ended(self) -> int:
        snapshot = self.statistics.snapshot(time.monotonic())
        return snapshot.frames_out + sum(snapshot.drops.values())


def wait_until(condition: Callable[[], bool]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end_s, "waited in vain"
        time.sleep(0.001)


def test_the_next_frame_is_handed_in_before_the_one_in_hand_is_waited_for() -> None:
    bench = Bench(Device(overlaps=True))
    bench.run(4)
    # Nothing waited behind frame 1 when it was collected.
    assert bench.device.steps == [
        *("submit 1", "collect 1"),
        *("submit 2", "submit 3", "collect 2", "submit 4", "collect 3", "collect 4"),
    ]
    assert bench.published == [1, 2, 3, 4]


def test_a_processor_that_computes_in_submit_has_one_frame_at_a_time() -> None:
    bench = Bench(Device(overlaps=False))
    bench.run(3)
    assert bench.device.steps == [
        f"{step} {n}" for n in (1, 2, 3) for step in ("submit", "collect")
    ]
    assert bench.published == [1, 2, 3]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FrameError("size", "too large"), "size"),
        (EngineError("gone", "device"), "engine"),
        (ValueError("a mistake"), "internal"),
    ],
)
def test_a_frame_that_fails_on_either_side_loses_only_itself(error: Exception, reason: str) -> None:
    device = Device(overlaps=True)
    device.refused[3] = device.lost[4] = error
    bench = Bench(device)
    bench.run(6)
    assert bench.published == [1, 2, 5, 6]
    assert bench.failed == [reason, reason]
    assert bench.statistics.snapshot(0.0).drops == {reason: 2}


def test_what_is_too_late_for_the_network_waits_for_its_turn() -> None:
    """A bicubic frame is made at once, and published after the frame before it."""
    device = Device(overlaps=True)
    bench = Bench(device)
    bench.worker.update(ScheduleConfig(policy="all", queue_size=10, budget_ms=60_000.0))
    bench.worker.start()
    bench.worker.put(Job(make_frame(stamp_ns=1), time.monotonic()))
    assert device.waits.acquire(timeout=PATIENCE_S)
    bench.worker.put(Job(make_frame(stamp_ns=2), time.monotonic()))
    bench.worker.put(Job(make_frame(stamp_ns=3), time.monotonic() - 100.0))
    device.done.release(1000)
    wait_until(lambda: bench.ended == 3)
    bench.worker.stop()
    assert bench.published == [1, 2, 3]
    assert bench.statistics.snapshot(time.monotonic()).frames_bicubic == 1


def test_stop_finishes_every_frame_that_was_handed_in() -> None:
    device = Device(overlaps=True)
    bench = Bench(device)
    bench.worker.start()
    for number in (1, 2, 3):
        bench.worker.put(Job(make_frame(stamp_ns=number), time.monotonic()))
    assert device.waits.acquire(timeout=PATIENCE_S)
    stopping = threading.Thread(target=bench.worker.stop)
    stopping.start()
    wait_until(lambda: bench.ended > 0)
    device.done.release(1000)
    stopping.join(PATIENCE_S)
    assert not stopping.is_alive()
    assert bench.published == [number for number in (1, 2, 3) if f"submit {number}" in device.steps]
    drops = bench.statistics.snapshot(0.0).drops
    assert len(bench.published) + drops["stopped"] == 3


def test_stop_wakes_an_idle_worker_at_once() -> None:
    bench = Bench(Device(overlaps=True))
    bench.worker.start()
    start = time.monotonic()
    bench.worker.stop()
    bench.worker.stop()
    assert time.monotonic() - start < 5
    assert "bridgenet-worker" not in {thread.name for thread in threading.enumerate()}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_worker, "JOIN_S", 0.05)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("lost", [None, EngineError("gone", "device"), ValueError("a mistake")])
def test_nobody_is_told_of_a_frame_that_ends_after_stop_has_given_up(
    lost: Exception | None,
) -> None:
    device = Device(overlaps=True)
    if lost is not None:
        device.lost[1] = lost
    bench = Bench(device)
    bench.worker.start()
    bench.worker.put(Job(make_frame(stamp_ns=1), time.monotonic()))
    assert device.waits.acquire(timeout=PATIENCE_S)
    bench.worker.put(Job(make_frame(stamp_ns=2), time.monotonic()))
    bench.worker.stop()
    assert bench.worker.running
    assert device.steps == ["submit 1"]
    device.done.release(1000)
    wait_until(lambda: not bench.worker.running)
    # The pipeline was the worker's to the end, which no other thread could tell.
    assert device.steps == ["submit 1", "collect 1", "close"]
    assert (bench.published, bench.failed) == ([], [])
    assert bench.statistics.snapshot(0.0).drops == {"stopped": 2}


def test_a_worker_that_stops_in_time_leaves_the_pipeline_open() -> None:
    bench = Bench(Device(overlaps=True))
    bench.run(2)
    assert not bench.worker.running
    assert "close" not in bench.device.steps


def test_the_time_of_the_oldest_frame_in_hand_is_known() -> None:
    device = Device(overlaps=True)
    bench = Bench(device)
    assert bench.worker.busy_s == 0
    bench.worker.start()
    begun_s = time.monotonic()
    for number in (1, 2):
        bench.worker.put(Job(make_frame(stamp_ns=number), time.monotonic()))
    assert device.waits.acquire(timeout=PATIENCE_S)
    earlier_s = bench.worker.busy_s
    wait_until(lambda: bench.worker.busy_s > earlier_s)
    assert 0 < bench.worker.busy_s <= time.monotonic() - begun_s
    device.done.release(1000)
    wait_until(lambda: bench.ended == 2)
    wait_until(lambda: bench.worker.busy_s == 0)
    bench.worker.stop()
