"""The live session without ROS: pair, keep the newest pairs, run them in one worker, hand them on.

Front ends decode messages into `StampedImage` and call `add_color` and `add_depth` from their
callbacks; results come back on the worker's thread.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from threading import Event, Thread
from time import monotonic
from typing import Generic, TypeAlias, TypeVar

from bridgenet_ros.config import ScheduleConfig, SyncConfig
from bridgenet_ros.deadline import Deadline, frame_age_ms
from bridgenet_ros.errors import EngineError, FrameError
from bridgenet_ros.frame import DepthArray, DepthResult, RgbdFrame, Rig, UInt8Array
from bridgenet_ros.mailbox import Mailbox
from bridgenet_ros.pipeline import Pipeline
from bridgenet_ros.statistics import Snapshot, Statistics
from bridgenet_ros.sync import Pair, StampSynchronizer

JOIN_S = 60.0
"""Longer than the slowest preset takes for one frame on a small CPU."""

Pixels = TypeVar("Pixels")


@dataclass(frozen=True)
class StampedImage(Generic[Pixels]):
    """A decoded image as it arrived."""

    pixels: Pixels
    stamp_ns: int
    frame_id: str
    arrived_s: float
    """Monotonic clock."""


ColorImage: TypeAlias = StampedImage[UInt8Array]
DepthImage: TypeAlias = StampedImage[DepthArray]


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    frame: RgbdFrame
    arrived_s: float


def make_synchronizer(config: SyncConfig) -> StampSynchronizer[ColorImage, DepthImage]:
    """What pairs the images of a live session."""
    return StampSynchronizer(config.slop_ns, config.queue_size, config.stamp_offset_ns)


class LiveSession:
    """Owns the synchroniser, the mailbox and the worker that owns the pipeline.

    One pair waits and there is no deadline until `update_schedule` says otherwise.

    Args:
        pipeline: owned by the worker while the session runs.
        synchronizer: pairs what `add_color` and `add_depth` bring.
        on_result: publishes a frame and its depth; runs on the worker's thread.
        wants_estimate: asked once a frame.
        age_ms: the age of a colour stamp on the front end's clock.
        on_error: told the drop reason and the message of a frame that failed.
        find_rig: how to project a pair's depth, None where it lies in the colour view; raises
            FrameError for a pair that cannot be used. Runs on the thread that adds images.
        on_jump: told that the stamps went back in time, once for both streams; what the pipeline
            remembers of earlier frames is then forgotten. Runs on the thread that adds images.
        now_s: a clock that never goes back, for the rate of the results.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        synchronizer: StampSynchronizer[ColorImage, DepthImage],
        *,
        on_result: Callable[[RgbdFrame, DepthResult], None],
        wants_estimate: Callable[[], bool],
        age_ms: Callable[[int], float],
        on_error: Callable[[str, str], None],
        find_rig: Callable[[ColorImage, DepthImage], Rig | None] = lambda *_: None,
        on_jump: Callable[[], None] = lambda: None,
        now_s: Callable[[], float] = monotonic,
    ) -> None:
        self._pipeline = pipeline
        self._sync = synchronizer
        self._on_result = on_result
        self._wants_estimate = wants_estimate
        self._age_ms = age_ms
        self._on_error = on_error
        self._find_rig = find_rig
        self._on_jump = on_jump
        self._now_s = now_s
        self._jumps = 0
        self._another_stream = Event()
        self._mailbox: Mailbox[_Job] = Mailbox()
        self._waiting = 1
        self._deadline = Deadline()
        self._statistics = Statistics()
        self._worker = Thread(target=self._run, name="bridgenet-worker", daemon=True)
        self.enabled = True

    def start(self) -> None:
        """Start the worker."""
        self._worker.start()

    def stop(self) -> None:
        """Finish the frame in hand and stop the worker; a waiting frame is dropped."""
        self._drop(self._mailbox.close(), "stopped")
        if self._worker.is_alive():
            self._worker.join(JOIN_S)

    def add_color(self, image: ColorImage) -> None:
        """A colour image has arrived."""
        self._statistics.frame_in()
        self._enqueue(self._sync.add_color(image.stamp_ns, image))
        self._look_for_jump()

    def add_depth(self, image: DepthImage) -> None:
        """A depth image has arrived."""
        self._enqueue(self._sync.add_depth(image.stamp_ns, image))
        self._look_for_jump()

    def add_pair(
        self,
        color: ColorImage,
        depth: DepthImage,
    ) -> None:
        """Images that another synchroniser has paired."""
        self._statistics.frame_in()
        self._post(color, depth)

    def update_sync(self, config: SyncConfig) -> None:
        """Change how later images are paired."""
        self._sync.update(
            slop_ns=config.slop_ns,
            queue_size=config.queue_size,
            stamp_offset_ns=config.stamp_offset_ns,
        )

    def update_schedule(self, schedule: ScheduleConfig) -> None:
        """Change which of the later pairs the network runs for."""
        self._waiting = schedule.waiting
        self._drop(self._mailbox.resize(self._waiting), self._crowded)
        self._deadline.budget_ms = schedule.budget_ms

    def reset(self) -> None:
        """Drop the images that wait for a partner and forget all stamps; the counters go on."""
        self._sync.reset()

    def drop(self, reason: str) -> None:
        """Count a frame that the front end could not use."""
        self._statistics.drop(reason)

    def snapshot(self) -> Snapshot:
        """The counters, the synchroniser's drops among them."""
        snapshot = self._statistics.snapshot(self._now_s())
        counters = self._sync.counters
        # The sum of two counters leaves out the reasons that are still at zero.
        drops = Counter(snapshot.drops) + Counter(counters.drops)
        return replace(snapshot, drops=dict(drops), time_jumps=counters.jumps)

    def _look_for_jump(self) -> None:
        jumps = self._sync.counters.jumps
        if jumps != self._jumps:
            self._jumps = jumps
            self._another_stream.set()
            self._on_jump()

    def _enqueue(self, pairs: Iterable[Pair[ColorImage, DepthImage]]) -> None:
        for pair in pairs:
            self._post(pair.color, pair.depth)

    def _post(self, color: ColorImage, depth: DepthImage) -> None:
        if not self.enabled:
            self._statistics.drop("disabled")
            return
        try:
            rig = self._find_rig(color, depth)
        except FrameError as error:
            self._fail(error.reason, str(error))
            return
        frame = RgbdFrame(
            rgb=color.pixels,
            depth=depth.pixels,
            stamp_ns=color.stamp_ns,
            depth_stamp_ns=depth.stamp_ns,
            frame_id=color.frame_id,
            depth_frame_id=depth.frame_id,
            rig=rig,
        )
        job = _Job(frame, max(color.arrived_s, depth.arrived_s))
        if (unread := self._mailbox.put(job)) is not None:
            self._drop([unread], "stopped" if unread is job else self._crowded)

    @property
    def _crowded(self) -> str:
        """Why the oldest pair that waits is dropped."""
        return "replaced_by_newer" if self._waiting == 1 else "queue_full"

    def _drop(self, jobs: list[_Job], reason: str) -> None:
        if jobs:
            self._statistics.drop(reason, len(jobs))

    def _run(self) -> None:
        while (job := self._mailbox.get(None)) is not None:
            self._process(job)

    def _process(self, job: _Job) -> None:
        """One frame; the only place where every error is caught, so that the next one can run."""
        try:
            if self._another_stream.is_set():
                self._another_stream.clear()
                self._pipeline.reset()
            result = self._run_in_time(job)
            age_ms = self._age_ms(job.frame.stamp_ns)
        except FrameError as error:
            self._fail(error.reason, str(error))
        except EngineError as error:
            self._fail("engine", str(error))
        except Exception as error:
            logging.getLogger(__name__).exception("a frame failed unexpectedly")
            self._fail("internal", f"{type(error).__name__}: {error}")
        else:
            self._statistics.frame_out(
                latency_ms=(monotonic() - job.arrived_s) * 1e3,
                age_ms=age_ms,
                now_s=self._now_s(),
                bicubic=bool(result.bicubic),
            )

    def _run_in_time(self, job: _Job) -> DepthResult:
        """Through the network, or past it where the budget leaves no time, and published."""
        started_s = monotonic()
        frame, estimate = job.frame, self._wants_estimate()
        kind = (frame.rgb.shape, estimate)
        late = ""
        if self._deadline.is_set:
            age_ms = frame_age_ms(
                waited_ms=(started_s - job.arrived_s) * 1e3,
                stamp_age_ms=self._age_ms(frame.stamp_ns),
            )
            late = self._deadline.why_late(kind, age_ms=age_ms, now_s=started_s)
        if late:
            result = self._pipeline.upsample(frame, late)
        else:
            result = self._pipeline.process(frame, estimate=estimate)
        self._on_result(frame, result)
        if not late:
            now_s = monotonic()
            self._deadline.ran(kind, took_ms=(now_s - started_s) * 1e3, now_s=now_s)
        return result

    def _fail(self, reason: str, message: str) -> None:
        self._statistics.drop(reason)
        self._on_error(reason, message)
