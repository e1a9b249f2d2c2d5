"""Many recordings or data sets: what becomes of them, and one of them, for whatever engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from time import perf_counter
from typing import Protocol, TypeAlias

from bridgenet_ros.data.kinds import split_part
from bridgenet_ros.errors import BagError, BridgeNetError
from bridgenet_ros.offline.bag_reader import Storage
from bridgenet_ros.offline.bag_writer import Compression
from bridgenet_ros.offline.options import ProcessOptions, RunOptions
from bridgenet_ros.offline.process_bag import process_bag
from bridgenet_ros.offline.segment import MakeProcessor
from bridgenet_ros.offline.sources import open_source


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
    """A recording, or a data set with what follows its ``#``, and what becomes of it."""

    source: Path
    target: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetWork:
    """What all jobs of a fleet share; it travels to the workers.

    Attributes:
        recipe: called where the work is done, since devices differ from machine to machine.
        options: of every recording.
        overwrite: replace outputs that other settings made.
        strict: see `RunOptions`.
        report: also write a report of every recording.
    """

    recipe: Callable[[], Recipe]
    options: ProcessOptions
    overwrite: bool = False
    strict: bool = False
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


def make_jobs(sources: Sequence[Path], folder: Path, options: ProcessOptions) -> list[BagJob]:
    """What becomes of each source: an output in ``folder``.

    An output has its input's name; its suffix follows the options, and that of a ROS 1 recording
    is ``.mcap``.

    Raises:
        BagError: two sources would have one output.
    """
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
    """Process one recording or data set, going on where a run before was interrupted.

    What fails for this one is the outcome; only a mistake in the code is raised.
    """
    started = perf_counter()
    try:
        source, dataset = open_source(job.source)
        recipe = work.recipe()  # may load torch, which takes seconds
        how = RunOptions(
            resume=True, overwrite=work.overwrite, report=work.report, strict=work.strict
        )
        summary = process_bag(
            source,
            job.target,
            recipe.make,
            work.options,
            how,
            identity=recipe.identity,
            dataset=dataset,
        )
    except (BridgeNetError, ModuleNotFoundError) as error:
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


def _output_name(source: Path, options: ProcessOptions) -> str:
    place, _ = split_part(source)
    if place.is_dir():
        return place.name
    if options.compression in {Compression.FILE, Compression.MESSAGE}:
        return place.stem
    known = {storage.suffix: storage for storage in Storage}
    storage = options.storage or known.get(place.suffix, Storage.MCAP)
    return place.stem + storage.suffix
