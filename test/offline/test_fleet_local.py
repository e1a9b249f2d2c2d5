"""A process a recording: failures and deaths stay with their own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from processors import Constant, ConstantRecipe, Doomed, Mortal
from tiny_bags import DEPTH, recording, write_bag

from bridgenet_ros.offline.fleet import FleetWork, Status, make_jobs
from bridgenet_ros.offline.fleet_local import run_locally
from bridgenet_ros.offline.options import ProcessOptions
from bridgenet_ros.offline.verify import verify

OPTIONS = ProcessOptions(segment=2)
WAIT_S = 120


def write_recordings(folder: Path) -> None:
    folder.mkdir()
    write_bag(folder / "a.mcap", recording(6))
    write_bag(folder / "b.mcap", [m for m in recording() if m[0] != DEPTH])
    write_bag(folder / "c.mcap", recording(6))


def test_a_failure_and_a_death_stop_no_other(tmp_path: Path) -> None:
    write_recordings(tmp_path / "in")
    (tmp_path / "out").mkdir()
    jobs = make_jobs(sorted((tmp_path / "in").iterdir()), tmp_path / "out", OPTIONS)
    # One of the two processes that come to a fourth frame kills itself there.
    mortal = partial(ConstantRecipe, partial(Mortal, tmp_path / "grave"))
    work = FleetWork(recipe=mortal, options=OPTIONS)
    reports: list[tuple[int, int]] = []
    outcomes = run_locally(work, jobs, workers=2, report=lambda *done: reports.append(done))
    assert (tmp_path / "grave").exists()
    assert [o.status for o in outcomes] == [Status.DONE, Status.FAILED, Status.DONE]
    assert "--depth-topic" in outcomes[1].message
    assert reports == [(1, 3), (2, 3), (3, 3)]
    for job in (jobs[0], jobs[2]):
        assert verify(job.target, job.source).summary["results"] == 6
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert names == ["a.mcap", "a.mcap.manifest.json", "c.mcap", "c.mcap.manifest.json"]
    assert (tmp_path / "out" / "a.mcap").read_bytes()[100:400] == (
        tmp_path / "out" / "c.mcap"
    ).read_bytes()[100:400]
    # Again: only what is missing.
    write_bag(tmp_path / "fixed.mcap", recording(2)).replace(tmp_path / "in" / "b.mcap")
    plain = FleetWork(recipe=partial(ConstantRecipe, Constant), options=OPTIONS)
    again = run_locally(plain, jobs, workers=2)
    assert [o.status for o in again] == [Status.THERE, Status.DONE, Status.THERE]


def test_a_job_that_always_dies_is_given_up(tmp_path: Path) -> None:
    write_bag(tmp_path / "a.mcap")
    jobs = make_jobs([tmp_path / "a.mcap"], tmp_path / "out", OPTIONS)
    (tmp_path / "out").mkdir()
    work = FleetWork(recipe=partial(ConstantRecipe, Doomed), options=OPTIONS)
    (outcome,) = run_locally(work, jobs, workers=1, retries=1)
    assert outcome.status is Status.FAILED
    assert outcome.message == "its process died 2 times; killed by signal 9"


SCRIPT = """
import signal
import sys
from functools import partial
from pathlib import Path
from processors import ConstantRecipe, Slow
from bridgenet_ros.cli import _terminable
from bridgenet_ros.offline.fleet import FleetWork, make_jobs
from bridgenet_ros.offline.fleet_local import run_locally
from bridgenet_ros.offline.options import ProcessOptions
if __name__ == "__main__":
    # A job of a shell in the background inherits it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    options = ProcessOptions(segment=2)
    jobs = make_jobs([Path(sys.argv[1])], Path(sys.argv[2]), options)
    work = FleetWork(recipe=partial(ConstantRecipe, Slow), options=options)
    with _terminable():
        try:
            run_locally(work, jobs, workers=1)
        except KeyboardInterrupt as stop:
            sys.exit(f"stopped by {type(stop).__name__}")
"""


@contextmanager
def running_fleet(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A fleet of one recording, in a process group of its own."""
    write_bag(folder / "a.mcap", recording(400))
    (folder / "out").mkdir()
    script = folder / "fleet.py"
    script.write_text(SCRIPT)
    root, support = Path(__file__).parents[2], Path(__file__).parents[1] / "support"
    fleet = subprocess.Popen(
        [sys.executable, str(script), str(folder / "a.mcap"), str(folder / "out")],
        env={**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{support}"},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield fleet
    finally:
        if fleet.poll() is None:
            os.killpg(fleet.pid, signal.SIGKILL)
            fleet.communicate()


def wait_until(fleet: subprocess.Popen[str], is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not is_so():
        assert time.monotonic() < deadline
        assert fleet.poll() is None
        time.sleep(0.005)


def test_a_terminated_fleet_ends_its_processes(tmp_path: Path) -> None:
    work = tmp_path / "out" / ".a.mcap.work"

    def finished() -> int:
        return len(list(work.glob("*/parts/*.json")))

    with running_fleet(tmp_path) as fleet:
        wait_until(fleet, lambda: finished() >= 2)
        fleet.send_signal(signal.SIGTERM)
        _, errors = fleet.communicate(timeout=WAIT_S)
    assert errors == "stopped by Terminated\n"
    assert [p.name for p in (tmp_path / "out").iterdir()] == [".a.mcap.work"]
    before = finished()
    time.sleep(0.3)
    assert finished() == before


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_ctrl_c_reaches_the_fleet_alone(tmp_path: Path) -> None:
    with running_fleet(tmp_path) as fleet:
        children = Path(f"/proc/{fleet.pid}/task/{fleet.pid}/children")

        def workers() -> list[Path]:
            found = [Path("/proc") / pid for pid in children.read_text().split()]
            return [path for path in found if b"spawn_main" in (path / "cmdline").read_bytes()]

        wait_until(fleet, lambda: bool(workers()))
        # From its first moment, also while it still imports.
        (blocked,) = re.findall(r"SigBlk:\s*(\w+)", (workers()[0] / "status").read_text())
        assert int(blocked, 16) & 1 << (signal.SIGINT - 1)
        os.killpg(fleet.pid, signal.SIGINT)  # as a terminal does
        _, errors = fleet.communicate(timeout=WAIT_S)
    assert errors == "stopped by KeyboardInterrupt\n"
    assert not (tmp_path / "out" / "a.mcap").exists()
