"""`bridgenet demo`: a rendered or recorded camera, live through the node, measured and drawn."""

from __future__ import annotations

import argparse
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from bridgenet_ros.demo.run import DemoResult, Progress

NAME = "demo"
HELP = "play a rendered room, or a recording, live through the node; leaves picture and figures"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("demo_output"),
        metavar="DIR",
        help="folder for the results (default demo_output); an earlier run's is renamed, not lost",
    )
    parser.add_argument("--bag", type=Path, metavar="FILE", help="play this rosbag2 instead")
    parser.add_argument(
        "--seconds",
        type=float,
        help="play this long, in rounds if need be (default: 10, or the recording once)",
    )
    parser.add_argument(
        "--preset", default="tiny", help="packaged weights: tiny, small, base, full (default tiny)"
    )
    parser.add_argument("--weights", type=Path, metavar="FILE", help="a weight file instead")
    parser.add_argument(
        "--no-estimate",
        action="store_true",
        help="do not ask for the estimated depth, which costs the node time",
    )
    parser.add_argument("--rgb-topic", metavar="TOPIC", help="colour images of FILE, if not clear")
    parser.add_argument("--depth-topic", metavar="TOPIC", help="depth images of FILE, if not clear")


def run(args: argparse.Namespace) -> int:
    """Run the demo and print its table; returns the exit code.

    Raises:
        BridgeNetError: what `run_demo` raises.
    """
    # Read when numpy loads. Products of three numbers gain nothing from threads, and those of
    # OpenBLAS wait by spinning, on the cores that render and that the node needs.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

    from rich.console import Console

    from bridgenet_ros.demo.run import DemoOptions, run_demo
    from bridgenet_ros.offline.bag_topics import TopicNames

    options = DemoOptions(
        output=args.output,
        bag=args.bag,
        topics=TopicNames(color=args.rgb_topic, depth=args.depth_topic),
        seconds=args.seconds,
        preset=args.preset,
        weights=args.weights,
        estimate=not args.no_estimate,
    )
    console = Console()
    with _terminated_like_interrupted(), _shown(console) as progress:
        result = run_demo(options, progress)
    _print(console, result)
    return 0


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does, so that its processes are stopped."""

    def interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _shown(console: Console) -> Iterator[Progress]:
    """A bar for each stage on a terminal; one line for each elsewhere."""
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description:24}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, share: float) -> None:
            if stage not in tasks:
                for task in tasks.values():
                    bars.update(task, completed=1.0)
                    bars.stop_task(task)
                tasks[stage] = bars.add_task(stage, total=1.0)
            bars.update(tasks[stage], completed=share)

        yield show
        for task in tasks.values():
            bars.update(task, completed=1.0)


def _print(console: Console, result: DemoResult) -> None:
    console.print(result.summary.as_table())
    folder = result.folder
    for path, meaning in (
        (folder.picture, "before and after"),
        (folder.recorded_bag, "what the node published"),
        (folder.summary, "these figures"),
    ):
        console.print(f"{path}  [dim]{meaning}[/dim]", highlight=False, soft_wrap=True)
    if result.kept is not None:
        console.print(f"the earlier run's output is now {result.kept}", highlight=False)
