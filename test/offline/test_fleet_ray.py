"""The same fleet on a local Ray of two workers, one of which is killed."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="ray is not installed: pip install 'bridgenet_ros[fleet]'")

from processors import ConstantRecipe, Slow
from tiny_bags import DEPTH, recording, write_bag

from bridgenet_ros.errors import BagError, ConfigError
from bridgenet_ros.offline.fleet import FleetWork, Status, make_jobs
from bridgenet_ros.offline.fleet_ray import run_on_ray
from bridgenet_ros.offline.options import ProcessOptions
from bridgenet_ros.offline.process_bag import process_bag
from bridgenet_ros.offline.verify import verify

pytestmark = [
    pytest.mark.slow,
    # Ray leaves sockets and processes to the end of the interpreter.
    pytest.mark.filterwarnings("ignore"),
]

OPTIONS = ProcessOptions(segment=2)
WAIT_S = 180


@pytest.fixture
def ray_of_two(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    import ray

    root, support = Path(__file__).parents[2], Path(__file__).parents[1] / "support"
    monkeypatch.setenv("PYTHONPATH", f"{root}{os.pathsep}{support}")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        object_store_memory=100_000_000,
    )
    yield
    ray.shutdown()


def kill_one_worker(work_folder: Path, killed: list[int]) -> None:
    """Kill the process that holds the lock of an output, once some of its parts are finished."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if len(list(work_folder.glob("*/parts/*.json"))) >= 2:
            inode = (work_folder / "lock").stat().st_ino
            for line in Path("/proc/locks").read_text().splitlines():
                fields = line.split()
                if fields[5].endswith(f":{inode}"):
                    killed.append(int(fields[4]))
                    os.kill(killed[0], signal.SIGKILL)
                    return
        time.sleep(0.02)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/locks")
@pytest.mark.usefixtures("ray_of_two")
def test_a_killed_worker_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    for name in ("a", "c"):
        write_bag(tmp_path / "in" / f"{name}.mcap", recording(60))
    write_bag(tmp_path / "in" / "b.mcap", [m for m in recording() if m[0] != DEPTH])
    jobs = make_jobs(sorted((tmp_path / "in").iterdir()), tmp_path / "out", OPTIONS)
    killed: list[int] = []
    killer = threading.Thread(
        target=kill_one_worker, args=(tmp_path / "out" / ".a.mcap.work", killed)
    )
    killer.start()
    work = FleetWork(recipe=partial(ConstantRecipe, Slow), options=OPTIONS)
    reports: list[tuple[int, int]] = []
    outcomes = run_on_ray(work, jobs, report=lambda *done: reports.append(done))
    killer.join(WAIT_S)
    assert len(killed) == 1
    assert killed[0] != os.getpid()
    assert [o.status for o in outcomes] == [Status.DONE, Status.FAILED, Status.DONE]
    assert reports[-1] == (3, 3)
    (tmp_path / "alone").mkdir()
    for job in (jobs[0], jobs[2]):
        assert verify(job.target, job.source).summary["results"] == 60
        alone = tmp_path / "alone" / job.target.name
        process_bag(job.source, alone, Slow, OPTIONS)
        assert alone.read_bytes() == job.target.read_bytes()
    again = run_on_ray(work, jobs)
    assert [o.status for o in again] == [Status.THERE, Status.FAILED, Status.THERE]
    assert "--depth-topic" in again[1].message
    with pytest.raises(BagError):
        verify(jobs[1].target)


@pytest.mark.parametrize("form", ["{}", "ray://{}"])
@pytest.mark.parametrize("named", [True, False], ids=["address", "RAY_ADDRESS"])
def test_an_address_where_nothing_listens_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, *, named: bool
) -> None:
    with socket.socket() as taken:  # bound and not listening: nobody else gets the port meanwhile
        taken.bind(("127.0.0.1", 0))
        address = form.format(f"127.0.0.1:{taken.getsockname()[1]}")
        if not named:
            monkeypatch.setenv("RAY_ADDRESS", address)
        work = FleetWork(recipe=ConstantRecipe, options=OPTIONS)
        jobs = make_jobs([tmp_path / "a.mcap"], tmp_path, OPTIONS)
        with pytest.raises(ConfigError, match=rf"no Ray cluster at {address}: .*refused"):
            run_on_ray(work, jobs, address=address if named else None)
