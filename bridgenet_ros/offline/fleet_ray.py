"""A fleet on a Ray cluster: every recording is one task, placed and retried by Ray.

The machines see the recordings under the same paths and have this package installed.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.offline.fleet import BagJob, FleetWork, Outcome, Report, failure, run_job
from bridgenet_ros.offline.fleet_local import RETRIES

_PLACE = re.compile(r"(?:ray://)?([^/:]+):(\d+)")
_ANSWER_S = 10.0


def run_on_ray(
    work: FleetWork,
    jobs: Sequence[BagJob],
    *,
    address: str | None = None,
    gpus: float | None = None,
    retries: int = RETRIES,
    report: Report | None = None,
) -> list[Outcome]:
    """Run the jobs as Ray tasks; their outcomes in the order of the jobs.

    Args:
        work: of all jobs.
        jobs: to run.
        address: of the cluster; None is the one that ``RAY_ADDRESS`` names, else a Ray on this
            machine, made for the call.
        gpus: of each task; None takes one where the cluster has any.
        retries: how often Ray runs a task again whose worker died.
        report: told when a job is done.

    Raises:
        ModuleNotFoundError: Ray is not installed.
        ConfigError: nothing answers at the address, or it is no cluster's.
    """
    import ray
    from ray.exceptions import RayError

    outcomes: dict[BagJob, Outcome] = {}
    with _cluster(address):
        if gpus is None:
            gpus = 1.0 if ray.cluster_resources().get("GPU", 0) else 0.0
        task = ray.remote(num_cpus=1, num_gpus=gpus, max_retries=retries)(run_job)
        shared = ray.put(work)
        pending = {task.remote(shared, job): job for job in jobs}
        while pending:
            (ready,), _ = ray.wait(list(pending), num_returns=1)
            job = pending.pop(ready)
            try:
                outcomes[job] = ray.get(ready)
            except RayError as error:
                outcomes[job] = failure(job, str(error).strip().splitlines()[-1])
            if report is not None:
                report(len(outcomes), len(jobs))
    return [outcomes[job] for job in jobs]


@contextmanager
def _cluster(address: str | None) -> Iterator[None]:
    """A connection to the cluster for the time of the block, unless there is one already."""
    # Ray otherwise asks whether it may report its usage over the network.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray

    if ray.is_initialized():
        yield
        return
    place = address or os.environ.get("RAY_ADDRESS", "")
    try:
        _check_answers(place)
        ray.init(address=address, log_to_driver=False)
    except (OSError, OverflowError, ValueError) as error:
        raise ConfigError(f"no Ray cluster at {place}: {error}") from error
    try:
        yield
    finally:
        ray.shutdown()


def _check_answers(place: str) -> None:
    """Look whether anything listens at a host and port; Ray itself would try for minutes.

    Raises:
        OSError, OverflowError: nothing does.
    """
    if found := _PLACE.fullmatch(place):
        socket.create_connection((found[1], int(found[2])), _ANSWER_S).close()
