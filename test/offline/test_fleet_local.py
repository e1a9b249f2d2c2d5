"""A process a recording: failures and deaths stay with their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

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


def test_a_terminated_fleet_ends_its_processes(tmp_path: Path) -> None:
    write_bag(tmp_path / "a.mcap", recording(400))
    (tmp_path / "out").mkdir()
    script = tmp_path / "fleet.py"
    script.write_text(
        """
import sys
from functools import partial
from pathlib import Path
from processors import ConstantRecipe, Slow
from bridgenet_ros.cli import _terminable
from bridgenet_ros.offline.fleet import FleetWork, make_jobs
from bridgenet_ros.offline.fleet_local import run_locally
from bridgenet_ros.offline.options import ProcessOptions
if __name__ == "__main__":
    options = ProcessOptions(segment=2)
    jobs = make_jobs([Path(sys.argv[1])], Path(sys.argv[2]), options)
    work = FleetWork(recipe=partial(ConstantRecipe, Slow), options=options)
    with _terminable():
        run_locally(work, jobs, workers=1)
"""
    )
    root, support = Path(__file__).parents[2], Path(__file__).parents[1] / "support"
    fleet = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "a.mcap"), str(tmp_path / "out")],
        env={**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{support}"},
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    work = tmp_path / "out" / ".a.mcap.work"
    deadline = time.monotonic() + WAIT_S
    try:
        while len(list(work.glob("*/parts/*.json"))) < 2:
            assert time.monotonic() < deadline
            assert fleet.poll() is None
            time.sleep(0.02)
        fleet.send_signal(signal.SIGTERM)
        fleet.communicate(timeout=WAIT_S)
    finally:
        if fleet.poll() is None:
            os.killpg(fleet.pid, signal.SIGKILL)
            fleet.communicate()
    assert [p.name for p in (tmp_path / "out").iterdir()] == [".a.mcap.work"]
    finished = len(list(work.glob("*/parts/*.json")))
    time.sleep(0.3)
    assert len(list(work.glob("*/parts/*.json"))) == finished
