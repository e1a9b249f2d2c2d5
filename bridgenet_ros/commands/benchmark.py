"""`bridgenet benchmark`: times network, pipeline and node, with the error beside the time."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from bridgenet_ros.commands._everything import Choice, everything

if TYPE_CHECKING:
    from rich.table import Table

    from bridgenet_ros.demo.measure import Plan
    from bridgenet_ros.evaluation.ledger import Row

NAME = "benchmark"
HELP = "time network, pipeline and node on a rendered room; memory and error beside the time"

KINDS = ("network", "pipeline", "node")
OUTPUTS = {"no": (False,), "yes": (True,), "both": (False, True)}
EASY_HZ = 10.0
"""A rate that the smallest preset holds anywhere: no frame waits for the one before it, so what is
left of the latency beside the engine is the node's own."""
SHORT_S = 20.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--what",
        nargs="+",
        choices=KINDS,
        help="network: through the engine; pipeline: with units, registration, guard; node: over "
        "DDS between processes. Default: all that can run here",
    )
    parser.add_argument(
        "--preset",
        nargs="+",
        default=["tiny"],
        metavar="P",
        help="presets; also, with network, guided_filter and joint_bilateral",
    )
    parser.add_argument(
        "--backend",
        nargs="+",
        default=["auto"],
        metavar="B",
        help="auto, torch, openvino, onnxruntime, tensorrt; with network also eager: torch without "
        "anything done for speed",
    )
    parser.add_argument(
        "--precision", default="auto", help="auto, float32, float16, bfloat16, int8"
    )
    parser.add_argument(
        "--size", nargs="+", default=["640x480"], metavar="WxH", help="of colour; depth: an eighth"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0: one a core")
    parser.add_argument(
        "--estimate",
        nargs="?",
        const="yes",
        default="no",
        choices=OUTPUTS,
        help="also the estimated depth; both: a row without and one with it",
    )
    parser.add_argument(
        "--repeats", type=int, default=25, help="rounds through 4 frames, at most about 3 s of them"
    )
    parser.add_argument("--seconds", type=float, default=10.0, help="of frames for a node")
    parser.add_argument("--rate", type=float, default=30.0, help="frames a second for a node")
    parser.add_argument(
        "-p",
        "--param",
        action="append",
        default=[],
        metavar="NAME:=VALUE",
        help="any other parameter of the node, such as schedule.budget_ms:=80; may be repeated",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="in place of --what, --preset, --backend, --precision, --size, --estimate, --device: "
        "what `make bench` measures, all packaged presets with all back ends that are installed, "
        "except tensorrt",
    )
    parser.add_argument("--ledger", type=Path, metavar="CSV", help="append the rows to this file")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows to this file")
    parser.add_argument(
        "--update",
        type=Path,
        metavar="FOLDER",
        help="measure nothing; renew docs/performance.md of this source tree from its "
        "benchmarks/results.csv",
    )


def run(args: argparse.Namespace) -> int:
    """Measure every combination; returns the exit code.

    Raises:
        BridgeNetError: a preset, back end, size or device cannot be used, or a process failed.
    """
    if args.update is not None:
        update(args.update)
        return 0
    # As in the demo, which renders the same room.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

    from rich.console import Console

    from bridgenet_ros.demo.measure import measured
    from bridgenet_ros.evaluation.ledger import append, read, to_json

    if args.ledger is not None and args.ledger.exists():
        read(args.ledger)  # a wrong file is refused now, not after the first row
    rows: list[Row] = []
    for row in measured(list(plans(args)), _say):
        rows.append(row)
        if args.ledger is not None:
            append([row], args.ledger)
    made, console = table(rows), Console()
    # A narrow terminal folds the lines; rich would cut figures off.
    needed = console.measure(made, options=console.options.update(max_width=1000)).maximum
    Console(width=max(console.width, needed)).print(made)
    if args.json is not None:
        args.json.write_text(to_json(rows), "utf-8")
    return 0


def plans(args: argparse.Namespace) -> Iterator[Plan]:
    """The rows to measure, in this order.

    Raises:
        ConfigError: what was asked for does not go together.
    """
    from bridgenet_ros.demo.measure import Plan

    chosen = everything(default_kinds()) if args.all else combinations(args)
    for what, preset, backend, precision, device, size, estimate in chosen:
        plan = Plan(
            what=what,
            preset=preset,
            backend=backend,
            precision=precision,
            size=size,
            device=device,
            threads=args.threads,
            estimate=estimate,
            repeats=args.repeats,
            seconds=args.seconds,
            rate=args.rate,
            params=tuple(args.param),
        )
        if args.all and what == "node":
            yield from _lives(plan)
        else:
            yield plan


def _lives(plan: Plan) -> Iterator[Plan]:
    """The smallest preset for the whole time, and at a rate that it holds; others for less."""
    from bridgenet_ros.preset_choice import shipped_presets

    short = replace(plan, seconds=min(plan.seconds, SHORT_S))
    if plan.preset == shipped_presets()[-1]:
        yield from (plan, replace(short, rate=EASY_HZ))
    else:
        yield short


def combinations(args: argparse.Namespace) -> Iterator[Choice]:
    """Everything that was named with everything else."""
    kinds = args.what or default_kinds()
    order = product(kinds, args.size, args.preset, args.backend, OUTPUTS[args.estimate])
    for what, size, preset, backend, estimate in order:
        yield what, preset, backend, args.precision, args.device, size, estimate


def default_kinds() -> tuple[str, ...]:
    """All kinds, without the node where ROS 2 is not installed, which is said."""
    if find_spec("rclpy") is not None:
        return KINDS
    print("rclpy is not installed: the node is left out", file=sys.stderr)
    return KINDS[:-1]


def update(source_tree: Path) -> None:
    """Renew the tables of docs/performance.md.

    Raises:
        ConfigError: FOLDER has no ledger, or no page with the generated sections.
    """
    from bridgenet_ros.errors import ConfigError
    from bridgenet_ros.evaluation.ledger import markdown, read
    from bridgenet_ros.reference import update_sections

    page = source_tree / "docs" / "performance.md"
    if not page.is_file():
        raise ConfigError(f"{page} is not there; expected the source tree of bridgenet_ros")
    rows = read(source_tree / "benchmarks" / "results.csv")
    tables = {kind: partial(markdown, rows, kind) for kind in KINDS}
    page.write_text(update_sections(page.read_text("utf-8"), tables), "utf-8")


def table(rows: list[Row]) -> Table:
    """The rows for people."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    made = Table(
        title="One frame after the other; a node is fed at a rate. Own: all but the engine",
        title_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    for heading in ("what", "preset", "backend", "precision"):
        made.add_column(heading, no_wrap=True)
    for heading in (
        "size",
        "outputs",
        "ms",
        "p99",
        "Hz",
        "fed",
        "age p99",
        "own",
        "lost",
        "MB",
        "CPU %",
    ):
        made.add_column(heading, no_wrap=True, justify="right")
    for heading in ("cm", "bicubic cm"):
        made.add_column(heading, no_wrap=True, justify="right")
    for r in rows:
        figures = (r.median_ms, r.p99_ms, r.hz, r.rate_hz, r.age_ms_p99, r.overhead_ms_p50)
        made.add_row(
            *(r.what, r.preset, r.backend, r.precision, f"{r.width}x{r.height}"),
            "both" if r.estimate else "D_SR",
            *map(_figure, figures),
            f"{r.drops}",
            *map(_figure, (r.rss_mb, r.cpu_percent, r.rmse_cm, r.rmse_bicubic_cm)),
        )
    return made


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
