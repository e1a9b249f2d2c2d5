"""The workers of a run: one thread, or several processes, that turn segments into parts.

One worker is a thread of this process. More are processes that end with their parent, however that
ends. Which segment runs where changes no byte of the output.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import islice
from multiprocessing import resource_tracker
from multiprocessing.context import SpawnContext
from typing import NamedTuple, TypeAlias, final

from bridgenet_ros.errors import EngineError
from bridgenet_ros.offline.parts import Part, PartStore
from bridgenet_ros.offline.plan import Plan, Segment
from bridgenet_ros.offline.segment import Job, MakeProcessor, SegmentWorker, Signals

_TELL_S = 0.2

Submit: TypeAlias = Callable[[Job, Segment], "Future[Part]"]


class ThreadSignals:
    """Between threads."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self.done = 0

    def tick(self) -> None:
        """One more pair is done; one worker tells it."""
        self.done += 1

    def stopped(self) -> bool:
        """Whether to give up."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Ask the workers to give up."""
        self._stop.set()


class ProcessSignals:
    """Between processes."""

    def __init__(self, context: SpawnContext) -> None:
        self._stop = context.Event()
        self._done = context.Value("q", 0)

    @property
    def done(self) -> int:
        """Pairs done by all workers."""
        return int(self._done.value)

    def tick(self) -> None:
        """One more pair is done."""
        with self._done.get_lock():
            self._done.value += 1

    def stopped(self) -> bool:
        """Whether to give up."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Ask the workers to give up."""
        self._stop.set()


@final
class Workers:
    """The workers of a run; use as a context manager.

    Leaving it drops the segments that have not begun; those in hand stop at their next pair.

    Args:
        count: at most so many; 1 or more.
        make_processor: called once a worker; for several it travels to them, so it is a function
            of a module, or a partial of one.
    """

    def __init__(self, count: int, make_processor: MakeProcessor) -> None:
        self.count = count
        self._make_processor = make_processor
        self._started: _Started | None = None
        self._resources = ExitStack()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()

    @property
    def done(self) -> int:
        """Pairs done so far."""
        return self._started.signals.done if self._started else 0

    def start(self, most: int | None = None) -> None:
        """Let up to ``most`` of them make their processors, unless they have started before.

        What goes wrong in that is the error of the first segment.
        """
        if self._started is None:
            count = min(self.count, most or self.count)
            # A processor is worth a thread; a process takes seconds to come.
            start = _one_thread if count == 1 else partial(_processes, count)
            self._started = self._resources.enter_context(start(self._make_processor))

    def submit(self, job: Job, segment: Segment) -> Future[Part]:
        """Hand out a segment of the run; every one comes with the same job.

        Raises:
            EngineError: a worker process died.
        """
        self.start()
        assert self._started is not None
        return self._started.submit(job, segment)


class _Started(NamedTuple):
    submit: Submit
    signals: ThreadSignals | ProcessSignals


@contextmanager
def _one_thread(make_processor: MakeProcessor) -> Iterator[_Started]:
    signals = ThreadSignals()
    executor = ThreadPoolExecutor(1, thread_name_prefix="segments")
    worker = executor.submit(lambda: SegmentWorker(make_processor(), signals))
    try:
        yield _Started(lambda *work: executor.submit(lambda: worker.result().run(*work)), signals)
    finally:
        signals.stop()
        executor.shutdown(wait=True, cancel_futures=True)
        if not worker.cancelled() and worker.exception() is None:
            worker.result().close()


@contextmanager
def _processes(count: int, make_processor: MakeProcessor) -> Iterator[_Started]:
    # A fork would copy a parent with threads; a fresh process is safe with torch and CUDA.
    context = multiprocessing.get_context("spawn")
    signals = ProcessSignals(context)
    executor = ProcessPoolExecutor(
        count, context, initializer=_start, initargs=(make_processor, signals)
    )

    def submit(job: Job, segment: Segment) -> Future[Part]:
        with hold_interrupts(), _death_named():
            return executor.submit(_run, job, segment)

    try:
        with hold_interrupts():
            for _ in range(count):
                executor.submit(_worker)  # takes seconds, so every process gets one
        yield _Started(submit, signals)
    finally:
        signals.stop()
        executor.shutdown(wait=True, cancel_futures=True)


@contextmanager
def hold_interrupts() -> Iterator[None]:
    """Processes that are started in the block never see Ctrl-C; this one sees it after the block.

    It reaches the whole group, and the parent's word decides; that comes through the signals.
    A process inherits what is blocked. Ignoring it for so long would lose it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    resource_tracker.ensure_running()  # starting it in the block would let them through again
    held: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: held.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, before)
        if held:
            signal.raise_signal(signal.SIGINT)


class _Process:
    """What a worker process holds: how to make its worker, and the worker once it is made."""

    make: Callable[[], SegmentWorker]
    worker: SegmentWorker | None = None


def _start(make_processor: MakeProcessor, signals: Signals) -> None:
    threading.Thread(target=end_with_parent, daemon=True).start()
    # Not made here: the pool would swallow what goes wrong.
    _Process.make = lambda: SegmentWorker(make_processor(), signals)


def end_with_parent() -> None:
    """Wait for the parent process to end, however it does, and end this one."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _worker() -> None:
    if _Process.worker is None:
        _Process.worker = _Process.make()


def _run(job: Job, segment: Segment) -> Part:
    _worker()
    assert _Process.worker is not None
    return _Process.worker.run(job, segment)


class Finished(NamedTuple):
    """A part, and whether it was there before the run."""

    part: Part
    reused: bool


def finished_parts(
    plan: Plan, job: Job, workers: Workers, *, progress: Callable[[int, int], None] | None = None
) -> Generator[Finished, None, None]:
    """The parts of a run in order, each as soon as it and those before it are there.

    Workers go on with the first segment that has no part yet, and are a few segments ahead.

    Args:
        plan: of the run.
        job: of the run.
        workers: of the run; no more are started than there are segments.
        progress: told (pairs done, pairs in all), several times a second.

    Raises:
        BagError: as `SegmentWorker.run`.
        EngineError: the network failed, or a worker process died.
    """
    store = PartStore(job.parts)
    ahead = 2 * min(workers.count, plan.segment_count) + 1
    pending: deque[Future[Part] | Part] = deque()
    segments = plan.segments()
    reused = 0

    def tell() -> None:
        if progress is not None:
            progress(reused + workers.done, len(plan.pairs))

    while True:
        for segment in islice(segments, ahead - len(pending)):
            part = store.load(segment.index)
            if part is not None and (part.measured is not None or not job.measure):
                reused += part.pairs
                pending.append(part)
                continue
            workers.start(plan.segment_count)
            pending.append(workers.submit(job, segment))
        if not pending:
            return
        first = pending.popleft()
        if isinstance(first, Part):
            yield Finished(first, reused=True)
        else:
            yield Finished(_wait(first, tell), reused=False)
        tell()


def _wait(future: Future[Part], tell: Callable[[], None]) -> Part:
    while not wait([future], timeout=_TELL_S).done:
        tell()
    with _death_named():
        return future.result()


@contextmanager
def _death_named() -> Iterator[None]:
    try:
        yield
    except BrokenProcessPool as error:
        raise EngineError("a worker process died; the system may be out of memory") from error
