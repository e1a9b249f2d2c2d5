"""A fleet on this machine: a process for each recording, so many at a time."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from bridgenet_ros.errors import Terminated
from bridgenet_ros.offline.fleet import BagJob, FleetWork, Outcome, Report, failure, run_job
from bridgenet_ros.offline.workers import end_with_parent, hold_interrupts

RETRIES = 2
"""How often a job is tried again whose process died."""


@dataclass(frozen=True, slots=True, eq=False)
class _Running:
    job: BagJob
    tries_left: int
    process: SpawnProcess
    outcome: Connection


def run_locally(
    work: FleetWork,
    jobs: Sequence[BagJob],
    *,
    workers: int,
    retries: int = RETRIES,
    report: Report | None = None,
) -> list[Outcome]:
    """Run the jobs, ``workers`` at a time; their outcomes in the order of the jobs.

    A process that dies costs its job one try, and no other job anything. Leaving with an
    exception, such as Ctrl-C, ends the processes; `run_job` goes on from their finished parts.
    """
    waiting = deque((job, retries) for job in jobs)
    running: list[_Running] = []
    outcomes: dict[BagJob, Outcome] = {}
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                with hold_interrupts():
                    running.append(_start(work, *waiting.popleft()))
            ended = set(wait([r.process.sentinel for r in running] + [r.outcome for r in running]))
            for entry in list(running):
                if entry.process.sentinel not in ended and entry.outcome not in ended:
                    continue
                running.remove(entry)
                outcome = _finish(entry)
                if outcome is None and entry.tries_left:
                    waiting.append((entry.job, entry.tries_left - 1))
                    continue
                outcomes[entry.job] = outcome or failure(
                    entry.job, f"its process died {retries + 1} times; {_cause(entry.process)}"
                )
                if report is not None:
                    report(len(outcomes), len(jobs))
    finally:
        for entry in running:
            entry.process.terminate()
        for entry in running:
            entry.process.join()
    return [outcomes[job] for job in jobs]


def _start(work: FleetWork, job: BagJob, tries_left: int) -> _Running:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(work, job, sender), name=job.source.name)
    process.start()
    sender.close()
    return _Running(job, tries_left, process, receiver)


def _finish(entry: _Running) -> Outcome | None:
    """The outcome of an ended process, or None when it died without one."""
    try:
        outcome: Outcome | None = entry.outcome.recv()
    except EOFError:
        outcome = None
    entry.outcome.close()
    entry.process.join()
    return outcome


def _cause(process: SpawnProcess) -> str:
    code = process.exitcode or 0
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"


def _run(work: FleetWork, job: BagJob, sender: Connection) -> None:
    threading.Thread(target=end_with_parent, daemon=True).start()
    signal.signal(signal.SIGTERM, _terminate)
    with suppress(Terminated):  # what is finished is kept, and the parent knows
        sender.send(run_job(work, job))


def _terminate(_signal: int, _frame: object) -> None:
    raise Terminated
