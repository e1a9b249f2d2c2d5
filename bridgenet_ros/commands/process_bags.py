"""`bridgenet process-bags`: many recordings, on the processes of this machine or a Ray cluster."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bridgenet_ros.commands.process_bag import (
    add_processing_arguments,
    make_config,
    make_options,
)

if TYPE_CHECKING:
    from rich.console import Console

    from bridgenet_ros.config import NodeConfig
    from bridgenet_ros.offline.fleet import BagJob, FleetWork, Outcome, Report
    from bridgenet_ros.offline.processor import Processing

NAME = "process-bags"
HELP = "process-bag over many recordings; a failed one stops no other"

EXIT_FAILED = 2
_OPTIONS_OF = {"local": ("workers",), "ray": ("address", "gpus")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "patterns",
        nargs="+",
        metavar="GLOB",
        help="recordings, data sets of depth, or patterns of them",
    )
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR", help="folder of the outputs"
    )
    fleet = parser.add_argument_group("where they run")
    fleet.add_argument("--engine", choices=("local", "ray"), default="local")
    fleet.add_argument(
        "--workers", type=int, default=0, metavar="N", help="local: recordings at a time"
    )
    fleet.add_argument("--address", metavar="HOST:PORT", help="ray: the cluster")
    fleet.add_argument("--gpus", type=float, metavar="N", help="ray: of each recording")
    add_processing_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Process the recordings, print what became of each, and return the exit code.

    Raises:
        BridgeNetError: an argument cannot be used; what is wrong with one recording is printed.
    """
    from rich.console import Console

    from bridgenet_ros.errors import BagError
    from bridgenet_ros.offline.fleet import FleetWork, Status, make_jobs
    from bridgenet_ros.offline.progress import progress_bar
    from bridgenet_ros.offline.sources import find_sources

    console = Console()
    _check(args)
    config = make_config(args)
    options = make_options(args, config)
    jobs = make_jobs(find_sources(args.patterns), args.output, options)
    try:
        args.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BagError(f"{args.output}: cannot be made: {error.strerror or error}") from error
    work = FleetWork(
        recipe=partial(_recipe, config),
        options=options,
        overwrite=args.overwrite,
        strict=args.strict,
        report=args.report,
    )
    with progress_bar(console, str(args.output), "recordings") as report:
        outcomes = _run(args, config, work, jobs, report)
    _print(console, outcomes)
    return EXIT_FAILED if any(o.status is Status.FAILED for o in outcomes) else 0


def _check(args: argparse.Namespace) -> None:
    """Refuse what an engine would ignore or cannot do."""
    from bridgenet_ros.errors import ConfigError

    if args.workers < 0:
        raise ConfigError(f"--workers is {args.workers}; expected 1 or more, or 0 for the default")
    if args.gpus is not None and not (
        0 <= args.gpus <= 1 or (args.gpus > 1 and args.gpus.is_integer())
    ):
        raise ConfigError(f"--gpus is {args.gpus}; expected a share from 0 to 1, or a whole number")
    given = {"workers": args.workers or None, "address": args.address, "gpus": args.gpus}
    for engine, options in _OPTIONS_OF.items():
        ignored = [name for name in options if given[name] is not None]
        if ignored and engine != args.engine:
            raise ConfigError(f"--{ignored[0]} is of --engine {engine}; found {args.engine}")


def _run(
    args: argparse.Namespace,
    config: NodeConfig,
    work: FleetWork,
    jobs: Sequence[BagJob],
    report: Report,
) -> list[Outcome]:
    if args.engine == "ray":
        from bridgenet_ros.offline.fleet_ray import run_on_ray

        return run_on_ray(work, jobs, address=args.address, gpus=args.gpus, report=report)
    from bridgenet_ros.offline.fleet_local import run_locally

    workers = args.workers or _recipe(config).default_workers()
    return run_locally(work, jobs, workers=workers, report=report)


def _recipe(config: NodeConfig) -> Processing:
    from bridgenet_ros.offline.processor import Processing

    return Processing(config)


def _print(console: Console, outcomes: Sequence[Outcome]) -> None:
    from rich.markup import escape
    from rich.table import Table

    from bridgenet_ros.offline.fleet import Status

    table = Table("recording", "", "results", "seconds", "")
    for outcome in outcomes:
        failed = outcome.status is Status.FAILED
        table.add_row(
            escape(outcome.job.source.name),
            f"[red]{outcome.status.value}[/]" if failed else outcome.status.value,
            str(outcome.results),
            f"{outcome.seconds:.1f}",
            escape(outcome.message),
        )
    console.print(table)
    counts = {status: sum(o.status is status for o in outcomes) for status in Status}
    console.print(", ".join(f"{count} {status.value}" for status, count in counts.items()))
