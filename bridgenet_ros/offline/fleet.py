"""Many recordings: which become which, and one of them, for whatever engine runs them."""

from __future__ import annotations

import glob
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from time import perf_counter
from typing import Protocol, TypeAlias

from bridgenet_ros.errors import BagError, BridgeNetError
from bridgenet_ros.offline.bag_reader import SUFFIXES, Storage
from bridgenet_ros.offline.bag_writer import Compression
from bridgenet_ros.offline.options import ProcessOptions, RunOptions
from bridgenet_ros.offline.process_bag import process_bag
from bridgenet_ros.offline.segment import MakeProcessor


class Recipe(Protocol):
    """A processor by its recipe; `bridgenet_ros.offline.processor.Processing` is one."""

    @property
    def make(self) -> MakeProcessor:
        """Makes the processor."""
        ...

    @property
    def identity(self) -> dict[str, object]:
        """What decides about its results, as plain values."""
        ...


@dataclass(frozen=True, slots=True)
class BagJob:
    """A recording and what becomes of it."""

    source: Path
    target: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetWork:
    """What all jobs of a fleet share; it travels to the workers.

    Attributes:
        recipe: called where the work is done, since devices differ from machine to machine.
        options: of every recording.
        overwrite: replace outputs that other settings made.
        report: also write a report of every recording.
    """

    recipe: Callable[[], Recipe]
    options: ProcessOptions
    overwrite: bool = False
    report: bool = False


class Status(Enum):
    """What became of a job."""

    DONE = "done"
    THERE = "there already"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a job, and why it failed."""

    job: BagJob
    status: Status
    results: int = 0
    seconds: float = 0.0
    message: str = ""


Report: TypeAlias = Callable[[int, int], None]
"""Told (jobs done, jobs in all)."""


def find_jobs(patterns: Sequence[str], folder: Path, options: ProcessOptions) -> list[BagJob]:
    """The recordings that match, in the order of their paths, and their outputs in ``folder``.

    An output has its input's name; its suffix follows the options, and that of a ROS 1 recording
    is ``.mcap``.

    Raises:
        BagError: a pattern matches nothing, or two recordings would have one output.
    """
    sources: dict[Path, None] = {}
    for pattern in patterns:
        found = sorted(map(Path, glob.glob(pattern)))  # noqa: PTH207 - patterns may be absolute
        recordings = [path for path in found if _is_recording(path)]
        if not recordings:
            raise BagError(
                f"{pattern!r} matches no recording; expected rosbag2 directories, "
                f"{', '.join(SUFFIXES)} files"
            )
        sources.update(dict.fromkeys(recordings))
    jobs = [BagJob(source, folder / _output_name(source, options)) for source in sources]
    taken: dict[Path, Path] = {}
    for job in jobs:
        if job.target in taken:
            raise BagError(
                f"{taken[job.target]} and {job.source} would both become {job.target}; "
                "process them into two folders"
            )
        taken[job.target] = job.source
    return jobs


def run_job(work: FleetWork, job: BagJob) -> Outcome:
    """Process one recording, going on where a run before was interrupted.

    What fails for this recording is the outcome; only a mistake in the code is raised.
    """
    started = perf_counter()
    try:
        recipe = work.recipe()
        how = RunOptions(resume=True, overwrite=work.overwrite, report=work.report)
        summary = process_bag(
            job.source, job.target, recipe.make, work.options, how, identity=recipe.identity
        )
    except BridgeNetError as error:
        seconds = perf_counter() - started
        return Outcome(job=job, status=Status.FAILED, seconds=seconds, message=str(error))
    return Outcome(
        job=job,
        status=Status.THERE if summary.was_there else Status.DONE,
        results=summary.results,
        seconds=perf_counter() - started,
        message="; ".join(summary.warnings),
    )


def failure(job: BagJob, message: str) -> Outcome:
    """The outcome of a job whose worker did not live to tell one."""
    return Outcome(job=job, status=Status.FAILED, message=message)


def _is_recording(path: Path) -> bool:
    return (path / "metadata.yaml").is_file() or (path.is_file() and path.suffix in SUFFIXES)


def _output_name(source: Path, options: ProcessOptions) -> str:
    if source.is_dir() or options.compression in {Compression.FILE, Compression.MESSAGE}:
        return source.name if source.is_dir() else source.stem
    known = {storage.suffix: storage for storage in Storage}
    storage = options.storage or known.get(source.suffix, Storage.MCAP)
    return source.stem + storage.suffix
