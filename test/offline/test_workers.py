"""Workers in threads and processes: order, reuse, errors, ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import wait
from functools import partial
from pathlib import Path

import pytest
from jobs import prepare
from processors import Constant, Doomed, Mortal, Noted, fail_to_make
from tiny_bags import recording

from bridgenet_ros.errors import ConfigError, EngineError
from bridgenet_ros.offline.plan import Plan
from bridgenet_ros.offline.segment import Job, MakeProcessor
from bridgenet_ros.offline.workers import Finished, Workers, finished_parts, hold_interrupts

WAIT_S = 60


def run(job: Job, plan: Plan, make_processor: MakeProcessor, count: int) -> list[Finished]:
    with Workers(count, make_processor) as workers:
        return list(finished_parts(plan, job, workers))


@pytest.mark.parametrize("count", [1, 2])
def test_parts_come_in_order_and_are_reused(tmp_path: Path, count: int) -> None:
    job, plan = prepare(tmp_path, recording(20))
    seen: list[tuple[int, int]] = []
    with Workers(count, Constant) as workers:
        first = next(finished_parts(plan, job, workers))
    assert (first.part.index, first.reused) == (0, False)
    with Workers(count, Constant) as workers:
        found = list(finished_parts(plan, job, workers, progress=lambda *done: seen.append(done)))
    assert [f.part.index for f in found] == list(range(7))
    assert found[0].reused
    assert seen[-1] == (20, 20)
    assert all(done >= 3 for done, _ in seen)


def test_a_finished_run_makes_no_processor(tmp_path: Path) -> None:
    job, plan = prepare(tmp_path, recording(6))
    run(job, plan, Constant, 1)
    found = run(job, plan, fail_to_make, 1)
    assert [f.reused for f in found] == [True, True]


@pytest.mark.parametrize("count", [1, 2])
def test_a_processor_that_cannot_be_made_is_one_error(tmp_path: Path, count: int) -> None:
    job, plan = prepare(tmp_path, recording(9))
    with pytest.raises(ConfigError, match="no such device"):
        run(job, plan, fail_to_make, count)


@pytest.mark.parametrize("count", [1, 2])
def test_workers_make_their_processors_before_there_is_a_plan(tmp_path: Path, count: int) -> None:
    made = tmp_path / "made"
    made.mkdir()
    job, plan = prepare(tmp_path, recording(9))
    with Workers(count, partial(Noted, made)) as workers:
        workers.start()
        deadline = time.monotonic() + WAIT_S
        while not list(made.iterdir()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert len(list(finished_parts(plan, job, workers))) == 3
    assert len(list(made.iterdir())) <= count


def test_workers_that_never_began_leave_nothing(tmp_path: Path) -> None:
    with Workers(2, fail_to_make) as workers:
        workers.start()
    with Workers(2, fail_to_make) as workers:
        assert workers.done == 0


def test_no_more_workers_start_than_there_are_segments(tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    job, plan = prepare(tmp_path, recording(3))
    run(job, plan, partial(Noted, made), 8)
    assert len(list(made.iterdir())) == 1


def test_work_for_workers_that_have_died_is_the_same_error(tmp_path: Path) -> None:
    job, plan = prepare(tmp_path, recording(6))
    first, second = plan.segments()
    with Workers(2, Doomed) as workers:
        wait([workers.submit(job, first)], timeout=WAIT_S)
        with pytest.raises(EngineError, match="a worker process died"):
            workers.submit(job, second)


def test_a_worker_that_dies_is_one_error(tmp_path: Path) -> None:
    job, plan = prepare(tmp_path, recording(12))
    mortal = partial(Mortal, tmp_path / "grave")
    with pytest.raises(EngineError, match="a worker process died"):
        run(job, plan, mortal, 2)
    assert len(run(job, plan, mortal, 2)) == 4


def test_workers_end_with_a_killed_parent(tmp_path: Path) -> None:
    code = """
import multiprocessing, threading, time
from bridgenet_ros.offline.workers import end_with_parent
def child(path):
    threading.Thread(target=end_with_parent, daemon=True).start()
    open(path, "w").write(str(__import__("os").getpid()))
    time.sleep(600)
if __name__ == "__main__":
    import sys
    process = multiprocessing.get_context("spawn").Process(target=child, args=(sys.argv[1],))
    process.start()
    time.sleep(600)
"""
    script = tmp_path / "parent.py"
    script.write_text(code)
    note = tmp_path / "pid"
    root = str(Path(__file__).parents[2])
    parent = subprocess.Popen(
        [sys.executable, str(script), str(note)], env={**os.environ, "PYTHONPATH": root}
    )
    deadline = time.monotonic() + WAIT_S
    try:
        while not (note.exists() and note.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        parent.kill()
        parent.wait(WAIT_S)
    child = Path("/proc") / note.read_text()
    while child.exists() and "Z" not in (child / "stat").read_text().rsplit(")", 1)[1].split()[0]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_ctrl_c_waits_for_the_block_and_spares_what_starts_in_it() -> None:
    code = "import signal as s; print(s.SIGINT in s.pthread_sigmask(s.SIG_BLOCK, []))"
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    steps: list[str] = []

    def hand_out() -> None:
        with hold_interrupts():
            os.kill(os.getpid(), signal.SIGINT)
            steps.append(subprocess.check_output([sys.executable, "-c", code], text=True))

    try:
        with pytest.raises(KeyboardInterrupt):
            hand_out()
        assert steps == ["True\n"]
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    finally:
        signal.signal(signal.SIGINT, before)
