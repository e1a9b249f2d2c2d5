"""The live session around a pipeline that does as the test says."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import cast

import numpy as np
import pytest
from frames import result_for

from bridgenet_ros.calibration import Calibration
from bridgenet_ros.errors import EngineError, FrameError
from bridgenet_ros.frame import DepthResult, RgbdFrame, Rig
from bridgenet_ros.input_config import SyncConfig
from bridgenet_ros.live import ColorImage, DepthImage, LiveSession, StampedImage
from bridgenet_ros.pipeline import Pipeline
from bridgenet_ros.rigid_transform import IDENTITY
from bridgenet_ros.sync import StampSynchronizer

MS = 1_000_000
FRAME = 33 * MS
PATIENCE_S = 20.0


def color_image(stamp_ns: int) -> ColorImage:
    return StampedImage(np.zeros((4, 6, 3), np.uint8), stamp_ns, "color", time.monotonic())


def depth_image(stamp_ns: int) -> DepthImage:
    return StampedImage(np.full((2, 3), 1000, np.uint16), stamp_ns, "depth", time.monotonic())


def eventually(condition: Callable[[], bool]) -> None:
    """Wait for another thread to make it true."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.001)


class FakePipeline:
    """Holds each frame until the test lets it go, then answers or raises."""

    overlaps = False

    def __init__(self) -> None:
        self.frames: list[RgbdFrame] = []
        self.estimates: list[bool] = []
        self.errors: dict[int, Exception] = {}
        self.begun = threading.Semaphore(0)
        self.gate = threading.Semaphore(0)

    def submit(self, frame: RgbdFrame, *, estimate: bool, bicubic: str) -> DepthResult:
        assert not bicubic
        self.frames.append(frame)
        self.estimates.append(estimate)
        self.begun.release()
        assert self.gate.acquire(timeout=PATIENCE_S)
        if frame.stamp_ns in self.errors:
            raise self.errors[frame.stamp_ns]
        return result_for(frame)

    def collect(self, pending: DepthResult) -> DepthResult:
        return pending


class Bench:
    """A session, its fake pipeline, and all that came out."""

    def __init__(self) -> None:
        self.pipeline = FakePipeline()
        self.sync: StampSynchronizer[ColorImage, DepthImage] = StampSynchronizer(10 * MS, 5)
        self.published: list[int] = []
        self.failures: list[tuple[str, str]] = []
        self.wanted = False
        self.publish_error: Exception | None = None
        self.age_error: Exception | None = None
        self.rig: Rig | FrameError | None = None
        self.session = LiveSession(
            cast("Pipeline", self.pipeline),
            self.sync,
            on_result=self._publish,
            wants_estimate=lambda: self.wanted,
            age_ms=self._age_ms,
            on_error=lambda reason, message: self.failures.append((reason, message)),
            find_rig=self._find_rig,
        )

    def _publish(self, frame: RgbdFrame, result: DepthResult) -> None:
        assert frame.stamp_ns == result.stamp_ns
        if self.publish_error is not None:
            raise self.publish_error
        self.published.append(result.stamp_ns)

    def _find_rig(self, color: ColorImage, depth: DepthImage) -> Rig | None:
        if isinstance(self.rig, FrameError):
            raise self.rig
        return self.rig

    def _age_ms(self, stamp_ns: int) -> float:
        if self.age_error is not None:
            raise self.age_error
        return stamp_ns / MS

    def color(self, stamp_ns: int) -> None:
        self.session.add_color(color_image(stamp_ns))

    def depth(self, stamp_ns: int) -> None:
        self.session.add_depth(depth_image(stamp_ns))

    def pair(self, stamp_ns: int) -> None:
        self.color(stamp_ns)
        self.depth(stamp_ns)

    def in_hand(self) -> None:
        """Wait until the worker has begun another frame."""
        assert self.pipeline.begun.acquire(timeout=PATIENCE_S)

    def finish(self) -> None:
        """Let the frame in hand go, and wait until it is accounted for."""
        before = self.finished
        self.pipeline.gate.release()
        eventually(lambda: self.finished > before)

    def run_one(self, stamp_ns: int) -> None:
        """A pair, from its arrival to its end, whatever that is."""
        self.pair(stamp_ns)
        self.in_hand()
        self.finish()

    @property
    def finished(self) -> int:
        snapshot = self.session.snapshot()
        return snapshot.frames_out + sum(snapshot.drops.values())

    def drops(self) -> dict[str, int]:
        return dict(self.session.snapshot().drops)

    def stop(self) -> None:
        self.pipeline.gate.release(1000)
        self.session.stop()


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    bench.session.start()
    yield bench
    bench.stop()
    assert "bridgenet-worker" not in {thread.name for thread in threading.enumerate()}


def test_a_frame_carries_the_rig_of_its_pair(bench: Bench) -> None:
    camera = Calibration(width=6, height=4)
    bench.rig = Rig(color=camera, depth=camera, depth_to_color=IDENTITY, source="the test")
    bench.run_one(FRAME)
    assert bench.pipeline.frames[0].rig is bench.rig


def test_a_pair_without_the_rig_it_needs_is_dropped_and_told(bench: Bench) -> None:
    bench.rig = FrameError("frame_id", "no transform")
    bench.pair(FRAME)
    assert bench.failures == [("frame_id", "no transform")]
    assert bench.drops() == {"frame_id": 1}
    bench.rig = None
    bench.run_one(2 * FRAME)
    assert bench.published == [2 * FRAME]


def test_a_pair_becomes_a_frame_and_its_result_is_published(bench: Bench) -> None:
    bench.run_one(FRAME)
    (frame,) = bench.pipeline.frames
    assert (frame.stamp_ns, frame.depth_stamp_ns) == (FRAME, FRAME)
    assert (frame.frame_id, frame.depth_frame_id) == ("color", "depth")
    assert (frame.rgb.shape, frame.depth.shape) == ((4, 6, 3), (2, 3))
    assert bench.published == [FRAME]
    snapshot = bench.session.snapshot()
    assert (snapshot.frames_in, snapshot.frames_out, snapshot.drops) == (1, 1, {})
    assert snapshot.age_ms_p50 == 33.0
    assert 0 < snapshot.latency_ms_p50 < PATIENCE_S * 1e3


def test_only_the_newest_waiting_frame_is_kept(bench: Bench) -> None:
    bench.pair(1 * FRAME)
    bench.in_hand()
    for i in (2, 3, 4):
        bench.pair(i * FRAME)
    assert bench.drops() == {"replaced_by_newer": 2}
    bench.finish()
    bench.in_hand()
    bench.finish()
    assert bench.published == [FRAME, 4 * FRAME]


@pytest.mark.parametrize(
    ("error", "reason", "message"),
    [
        (FrameError("size", "depth 9x9 is larger"), "size", "depth 9x9 is larger"),
        (EngineError("out of memory"), "engine", "out of memory"),
        (ZeroDivisionError("by zero"), "internal", "ZeroDivisionError: by zero"),
    ],
)
def test_a_frame_that_fails_is_counted_and_the_next_one_runs(
    bench: Bench,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    reason: str,
    message: str,
) -> None:
    bench.pipeline.errors[FRAME] = error
    bench.run_one(FRAME)
    bench.run_one(2 * FRAME)

    assert bench.drops() == {reason: 1}
    assert bench.failures == [(reason, message)]
    assert bench.published == [2 * FRAME]
    # Only what nobody foresaw leaves a trace of where it came from.
    logged = [r for r in caplog.records if r.levelno >= logging.ERROR and r.exc_info]
    assert len(logged) == (reason == "internal")


def test_reset_drops_the_image_that_waits_for_its_partner(bench: Bench) -> None:
    bench.color(FRAME)
    bench.session.reset()
    bench.depth(FRAME)
    assert bench.session.snapshot().drops == {"reset": 1}
    assert bench.pipeline.frames == []


def test_a_raising_publisher_is_counted_and_the_worker_lives_on(bench: Bench) -> None:
    bench.publish_error = RuntimeError("no publisher")
    bench.run_one(FRAME)
    bench.publish_error = None
    bench.run_one(2 * FRAME)

    assert bench.drops() == {"internal": 1}
    assert bench.failures == [("internal", "RuntimeError: no publisher")]
    assert bench.published == [2 * FRAME]
    assert bench.session.snapshot().frames_out == 1


def test_a_raising_clock_is_counted_and_the_worker_lives_on(bench: Bench) -> None:
    bench.age_error = RuntimeError("the clock is gone")
    bench.run_one(FRAME)
    bench.age_error = None
    bench.run_one(2 * FRAME)
    assert bench.drops() == {"internal": 1}
    assert bench.session.snapshot().frames_out == 1


def test_the_estimate_is_asked_for_frame_by_frame(bench: Bench) -> None:
    for i, wanted in enumerate([False, True, False], 1):
        bench.wanted = wanted
        bench.run_one(i * FRAME)
    assert bench.pipeline.estimates == [False, True, False]


def test_a_disabled_session_pairs_and_counts_but_does_not_work(bench: Bench) -> None:
    bench.session.enabled = False
    bench.pair(FRAME)
    bench.pair(2 * FRAME)
    assert bench.drops() == {"disabled": 2}
    bench.session.enabled = True
    bench.run_one(3 * FRAME)
    assert bench.published == [3 * FRAME]


def test_pairs_of_another_synchroniser_are_taken(bench: Bench) -> None:
    bench.session.add_pair(color_image(7), depth_image(9))
    bench.in_hand()
    bench.finish()
    (frame,) = bench.pipeline.frames
    assert (frame.stamp_ns, frame.depth_stamp_ns) == (7, 9)
    assert bench.published == [7]
    assert bench.session.snapshot().frames_in == 1
    assert bench.sync.counters.items_in == 0


def test_pairing_can_be_changed_while_running(bench: Bench) -> None:
    bench.session.update_sync(SyncConfig(slop=0.005, queue_size=3, stamp_offset=-0.1))
    bench.color(FRAME)
    bench.depth(FRAME + 100 * MS)
    bench.in_hand()
    bench.finish()
    assert bench.published == [FRAME]


def test_drops_of_the_front_end_and_of_the_pairing_add_up(bench: Bench) -> None:
    bench.color(FRAME)
    bench.color(FRAME)
    bench.session.drop("encoding")
    bench.session.drop("duplicate")  # a reason that the pairing has too
    assert bench.drops() == {"encoding": 1, "duplicate": 2}


def test_every_colour_frame_is_accounted_for(bench: Bench) -> None:
    """In = out + drops + pending, as long as each depth image has its colour."""
    for i in range(1, 61):
        bench.session.enabled = not 40 <= i < 45
        if i % 7 == 0:
            bench.pipeline.errors[i * FRAME] = FrameError("all_invalid", "no depth")
        bench.color(i * FRAME)
        if i % 5:
            bench.depth(i * FRAME)
        if i % 3 == 0:
            bench.pipeline.gate.release()
    bench.pipeline.gate.release(60)
    pending = bench.sync.counters.pending
    eventually(lambda: bench.finished == 60 - pending)

    snapshot = bench.session.snapshot()
    assert snapshot.frames_in == 60
    assert snapshot.frames_out == len(bench.published) > 0
    assert snapshot.frames_out + sum(snapshot.drops.values()) + pending == 60
    assert snapshot.drops["color_unpaired"] + pending == 12
    assert snapshot.drops["disabled"] == 4  # 40 has no depth
    assert bench.published == sorted(bench.published)


def test_stop_finishes_the_frame_in_hand_and_counts_the_one_that_waits(bench: Bench) -> None:
    bench.pair(FRAME)
    bench.in_hand()
    bench.pair(2 * FRAME)
    stopper = threading.Thread(target=bench.session.stop)
    stopper.start()
    eventually(lambda: bench.drops() == {"stopped": 1})
    assert stopper.is_alive()  # it waits for the frame in hand
    bench.pipeline.gate.release()
    stopper.join(PATIENCE_S)

    assert bench.published == [FRAME]
    assert bench.drops() == {"stopped": 1}
    bench.pair(3 * FRAME)
    assert bench.drops() == {"stopped": 2}
    assert len(bench.pipeline.frames) == 1


def test_a_session_that_was_never_started_stops() -> None:
    bench = Bench()
    bench.pair(FRAME)
    bench.session.stop()
    assert bench.drops() == {"stopped": 1}
