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
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import islice
from multiprocessing import resource_tracker
from multiprocessing.context import SpawnContext
from typing import NamedTuple, TypeAlias

from bridgenet_ros.errors import EngineError
from bridgenet_ros.offline.parts import Part, PartStore
from bridgenet_ros.offline.plan import Plan, Segment
from bridgenet_ros.offline.segment import Job, MakeProcessor, SegmentWorker, Signals

_TELL_S = 0.2

Submit: TypeAlias = Callable[[Segment], "Future[Part]"]


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


class Workers:
    """Workers that take segments; made by `start_workers`."""

    def __init__(self, submit: Submit, signals: ThreadSignals | ProcessSignals) -> None:
        self.submit = submit
        self._signals = signals

    @property
    def done(self) -> int:
        """Pairs done so far."""
        return self._signals.done


def start_workers(
    count: int, job: Job, make_processor: MakeProcessor
) -> AbstractContextManager[Workers]:
    """Workers for the time of the block.

    Leaving it drops the segments that have not begun; those in hand stop at their next pair.

    Args:
        count: 1 or more.
        job: what they share.
        make_processor: called once a worker; for several it travels to them, so it is a function
            of a module, or a partial of one.
    """
    if count == 1:
        return _one_thread(job, make_processor)
    return _processes(count, job, make_processor)


@contextmanager
def _one_thread(job: Job, make_processor: MakeProcessor) -> Iterator[Workers]:
    signals = ThreadSignals()
    executor = ThreadPoolExecutor(1, thread_name_prefix="segments")
    worker = executor.submit(lambda: SegmentWorker(job, make_processor(), signals))
    try:
        yield Workers(lambda s: executor.submit(lambda: worker.result().run(s)), signals)
    finally:
        signals.stop()
        executor.shutdown(wait=True, cancel_futures=True)
        if not worker.cancelled() and worker.exception() is None:
            worker.result().close()


@contextmanager
def _processes(count: int, job: Job, make_processor: MakeProcessor) -> Iterator[Workers]:
    # A fork would copy a parent with threads; a fresh process is safe with torch and CUDA.
    context = multiprocessing.get_context("spawn")
    signals = ProcessSignals(context)
    executor = ProcessPoolExecutor(
        count, context, initializer=_start, initargs=(job, make_processor, signals)
    )

    def submit(segment: Segment) -> Future[Part]:
        with hold_interrupts(), _death_named():
            return executor.submit(_run, segment)

    try:
        yield Workers(submit, signals)
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


def _start(job: Job, make_processor: MakeProcessor, signals: Signals) -> None:
    threading.Thread(target=end_with_parent, daemon=True).start()
    # Not made here: the pool would swallow what goes wrong.
    _Process.make = lambda: SegmentWorker(job, make_processor(), signals)


def end_with_parent() -> None:
    """Wait for the parent process to end, however it does, and end this one."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _run(segment: Segment) -> Part:
    if _Process.worker is None:
        _Process.worker = _Process.make()
    return _Process.worker.run(segment)


class Finished(NamedTuple):
    """A part, and whether it was there before the run."""

    part: Part
    reused: bool


def finished_parts(
    plan: Plan,
    job: Job,
    make_processor: MakeProcessor,
    *,
    workers: int,
    progress: Callable[[int, int], None] | None = None,
) -> Generator[Finished, None, None]:
    """The parts of a run in order, each as soon as it and those before it are there.

    Workers start with the first segment that has no part yet, and are a few segments ahead.
    Close the generator to stop them.

    Args:
        plan: of the run.
        job: of the run.
        make_processor: see `start_workers`.
        workers: see `start_workers`; no more than there are segments.
        progress: told (pairs done, pairs in all), several times a second.

    Raises:
        BagError: as `SegmentWorker.run`.
        EngineError: the network failed, or a worker process died.
    """
    store = PartStore(job.parts)
    workers = min(workers, plan.segment_count)
    pending: deque[Future[Part] | Part] = deque()
    segments = plan.segments()
    started: Workers | None = None
    reused = 0

    def tell() -> None:
        if progress is not None:
            progress(reused + (started.done if started else 0), len(plan.pairs))

    with ExitStack() as stack:
        while True:
            for segment in islice(segments, 2 * workers + 1 - len(pending)):
                part = store.load(segment.index)
                if part is not None and (part.measured is not None or not job.measure):
                    reused += part.pairs
                    pending.append(part)
                    continue
                if started is None:
                    started = stack.enter_context(start_workers(workers, job, make_processor))
                pending.append(started.submit(segment))
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
