"""The one thread that owns the pipeline of a live session: frame after frame, never ended by one.

Where the engine's device computes by itself, the worker hands in the next frame before it waits
for the one in hand, so that the copies, the checks and the guard of one frame run beside the
computation of the other. Results come in the order of the frames all the same.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from time import monotonic

from bridgenet_ros.config import ScheduleConfig
from bridgenet_ros.deadline import Deadline, frame_age_ms
from bridgenet_ros.errors import EngineError, FrameError
from bridgenet_ros.frame import DepthResult, RgbdFrame
from bridgenet_ros.mailbox import Mailbox
from bridgenet_ros.pipeline import PendingFrame, Pipeline
from bridgenet_ros.statistics import Statistics

AHEAD = 1
"""Frames that are handed in before an earlier one is waited for."""
JOIN_S = 60.0
"""How long `LiveWorker.stop` waits; longer than the slowest preset takes on a small CPU."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handlers:
    """Whom the worker asks and tells, on its own thread.

    Attributes:
        on_result: publishes a frame and its depth.
        wants_estimate: asked once a frame.
        age_ms: the age of a colour stamp on the front end's clock.
        on_error: told the drop reason and the message of a frame that failed.
        now_s: a clock that never goes back, for the rate of the results.
    """

    on_result: Callable[[RgbdFrame, DepthResult], None]
    wants_estimate: Callable[[], bool]
    age_ms: Callable[[int], float]
    on_error: Callable[[str, str], None]
    now_s: Callable[[], float]


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A frame, and when the later of its images arrived, on the monotonic clock."""

    frame: RgbdFrame
    arrived_s: float


@dataclass(frozen=True, slots=True, eq=False)
class _Begun:
    job: Job
    started_s: float
    kind: Hashable
    """What the time depends on."""
    pending: PendingFrame


class LiveWorker:
    """Runs the newest frames through the pipeline and counts what becomes of them.

    One frame waits and there is no deadline until `update` says otherwise.

    Args:
        pipeline: the worker's while it runs.
        statistics: where results and failures are counted.
        handlers: see there.
    """

    def __init__(self, pipeline: Pipeline, statistics: Statistics, handlers: Handlers) -> None:
        self._pipeline = pipeline
        self._statistics = statistics
        self._handlers = handlers
        self._mailbox: Mailbox[Job] = Mailbox()
        self._waiting = 1
        self._deadline = Deadline()
        self._another_stream = Event()
        self._in_hand: deque[_Begun] = deque()
        self._given_up = Event()
        self._busy_since_s: float | None = None
        self._thread = Thread(target=self._run, name="bridgenet-worker", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the frames in hand and stop; those that wait are dropped.

        After `JOIN_S` it gives them up: `running` stays True until the device lets go of them,
        nobody is told of them any more, and then the worker closes the pipeline.
        """
        self._drop(self._mailbox.close(), "stopped")
        if self._thread.is_alive():
            self._thread.join(JOIN_S)
        if self._thread.is_alive():
            self._given_up.set()

    @property
    def running(self) -> bool:
        """While True the pipeline is the worker's."""
        return self._thread.is_alive()

    @property
    def busy_s(self) -> float:
        """How long the oldest frame in hand has been there; 0 where there is none."""
        since_s = self._busy_since_s
        return 0.0 if since_s is None else monotonic() - since_s

    def put(self, job: Job) -> None:
        """A frame to run; never blocks. The oldest that waits gives way to it."""
        if (unread := self._mailbox.put(job)) is not None:
            self._drop([unread], "stopped" if unread is job else self._crowded)

    def update(self, schedule: ScheduleConfig) -> None:
        """Change which of the later frames the network runs for."""
        self._waiting = schedule.waiting
        self._drop(self._mailbox.resize(self._waiting), self._crowded)
        self._deadline.budget_ms = schedule.budget_ms

    def forget(self) -> None:
        """The frames to come are another stream's: what is known of those before is no use."""
        self._another_stream.set()

    @property
    def _crowded(self) -> str:
        """Why the oldest frame that waits is dropped."""
        return "replaced_by_newer" if self._waiting == 1 else "queue_full"

    def _drop(self, jobs: list[Job], reason: str) -> None:
        if jobs:
            self._statistics.drop(reason, len(jobs))

    def _run(self) -> None:
        in_hand = self._in_hand
        while (job := self._mailbox.get(0.0 if in_hand else None)) is not None or in_hand:
            if job is not None:
                self._note_oldest(monotonic())
                self._begin(job)
            # Nothing is gained by a wait for a frame that has not come yet.
            left = AHEAD if job is not None and self._pipeline.overlaps else 0
            while len(in_hand) > left:
                self._finish(in_hand.popleft())
            self._note_oldest(None)
        if self._given_up.is_set():
            self._pipeline.close()

    def _note_oldest(self, otherwise_s: float | None) -> None:
        in_hand = self._in_hand
        self._busy_since_s = in_hand[0].started_s if in_hand else otherwise_s

    def _begin(self, job: Job) -> None:
        """Hand a frame in, past the network where the budget leaves no time for that."""
        with self._failures_told():
            if self._another_stream.is_set():
                self._another_stream.clear()
                self._pipeline.reset()
            started_s = monotonic()
            frame, estimate = job.frame, self._handlers.wants_estimate()
            kind = (frame.rgb.shape, estimate)
            late = self._why_late(job, kind, started_s)
            pending = self._pipeline.submit(frame, estimate=estimate, bicubic=late)
            self._in_hand.append(_Begun(job, started_s, kind, pending))

    def _finish(self, begun: _Begun) -> None:
        """Wait for a frame and publish it."""
        with self._failures_told():
            frame = begun.job.frame
            result = self._pipeline.collect(begun.pending)
            if self._given_up.is_set():
                self._statistics.drop("stopped")
                return
            self._handlers.on_result(frame, result)
            age_ms, now_s = self._handlers.age_ms(frame.stamp_ns), monotonic()
            if not result.bicubic:
                took_ms = (now_s - begun.started_s) * 1e3
                self._deadline.ran(begun.kind, took_ms=took_ms, now_s=now_s)
            self._statistics.frame_out(
                latency_ms=(now_s - begun.job.arrived_s) * 1e3,
                age_ms=age_ms,
                now_s=self._handlers.now_s(),
                bicubic=bool(result.bicubic),
            )

    def _why_late(self, job: Job, kind: Hashable, now_s: float) -> str:
        if not self._deadline.is_set:
            return ""
        age_ms = frame_age_ms(
            waited_ms=(now_s - job.arrived_s) * 1e3,
            stamp_age_ms=self._handlers.age_ms(job.frame.stamp_ns),
        )
        return self._deadline.why_late(kind, age_ms=age_ms, now_s=now_s)

    @contextmanager
    def _failures_told(self) -> Iterator[None]:
        """The boundary of a frame: only here every error is caught, so that the next one runs."""
        try:
            yield
        except FrameError as error:
            self._fail(error.reason, str(error))
        except EngineError as error:
            self._fail("engine", str(error))
        except Exception as error:
            logging.getLogger(__name__).exception("a frame failed unexpectedly")
            self._fail("internal", f"{type(error).__name__}: {error}")

    def _fail(self, reason: str, message: str) -> None:
        if self._given_up.is_set():
            self._statistics.drop("stopped")
            return
        self._statistics.drop(reason)
        self._handlers.on_error(reason, message)
