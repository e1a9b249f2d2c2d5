"""The live session without ROS: pair, keep the newest pairs, run them in one worker, hand them on.

Front ends decode messages into `StampedImage` and call `add_color` and `add_depth` from their
callbacks; results come back on the worker's thread.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from time import monotonic
from typing import Generic, TypeAlias, TypeVar

from bridgenet_ros.config import ScheduleConfig
from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import DepthArray, DepthResult, RgbdFrame, Rig, UInt8Array
from bridgenet_ros.input_config import SyncConfig
from bridgenet_ros.live_worker import Handlers, Job, LiveWorker
from bridgenet_ros.pipeline import Pipeline
from bridgenet_ros.statistics import Snapshot, Statistics
from bridgenet_ros.sync import Pair, StampSynchronizer

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


def make_synchronizer(config: SyncConfig) -> StampSynchronizer[ColorImage, DepthImage]:
    """What pairs the images of a live session."""
    return StampSynchronizer(config.slop_ns, config.queue_size, config.stamp_offset_ns)


class LiveSession:
    """Owns the synchroniser and the worker that owns the pipeline.

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
        self._sync = synchronizer
        self._on_error = on_error
        self._find_rig = find_rig
        self._on_jump = on_jump
        self._now_s = now_s
        self._jumps = 0
        self._jumps_elsewhere = 0
        self._statistics = Statistics()
        handlers = Handlers(
            on_result=on_result,
            wants_estimate=wants_estimate,
            age_ms=age_ms,
            on_error=on_error,
            now_s=now_s,
        )
        self._worker = LiveWorker(pipeline, self._statistics, handlers)
        self.enabled = True

    def start(self) -> None:
        """Start the worker."""
        self._worker.start()

    def stop(self) -> None:
        """Finish the frames in hand and stop the worker; a waiting frame is dropped.

        See `LiveWorker.stop` for a frame that does not end.
        """
        self._worker.stop()

    @property
    def running(self) -> bool:
        """While True the pipeline is the session's; also after a `stop` that has given up."""
        return self._worker.running

    @property
    def busy_s(self) -> float:
        """How long the network has been at work without a result; 0 while it is not."""
        return self._worker.busy_s

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
        self._worker.update(schedule)

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
        jumps = counters.jumps + self._jumps_elsewhere
        return replace(snapshot, drops=dict(drops), time_jumps=jumps)

    def note_jump(self) -> None:
        """The stamps of what another synchroniser pairs have gone back in time."""
        self._jumps_elsewhere += 1
        self._start_anew()

    def _look_for_jump(self) -> None:
        jumps = self._sync.jumps
        if jumps != self._jumps:
            self._jumps = jumps
            self._start_anew()

    def _start_anew(self) -> None:
        self._worker.forget()
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
            self.drop(error.reason)
            self._on_error(error.reason, str(error))
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
        self._worker.put(Job(frame, max(color.arrived_s, depth.arrived_s)))
