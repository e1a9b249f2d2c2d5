"""`bridgenet make-bag`: a data set of colour and depth images in, a recording out."""

from __future__ import annotations

import argparse
from pathlib import Path

NAME = "make-bag"
HELP = "turn a data set of depth into a rosbag2 recording with low-resolution depth"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "source", type=Path, metavar="DATASET", help="of any kind; docs/datasets.md lists them"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="OUT",
        help="new recording; NAME.mcap and NAME.db3 become one file, any other name a directory",
    )
    parser.add_argument(
        "--scale", type=int, default=1, metavar="S", help="lower depth by this factor (default 1)"
    )
    parser.add_argument(
        "--compress",
        choices=("png", "jpeg"),
        help="write rgb/image/compressed in this format, and depth/image/compressedDepth as PNG",
    )
    parser.add_argument("--storage", choices=("mcap", "sqlite3"), help="of a directory")


def run(args: argparse.Namespace) -> int:
    """Write the recording; returns the exit code.

    Raises:
        BridgeNetError: see `bridgenet_ros.offline.make_bag.make_bag` and `open_dataset`.
    """
    from rich.console import Console
    from rich.markup import escape

    from bridgenet_ros.offline.bag_reader import Storage
    from bridgenet_ros.offline.make_bag import make_bag
    from bridgenet_ros.offline.progress import progress_bar
    from bridgenet_ros.open_dataset import open_dataset

    console = Console()
    with progress_bar(console, args.source.name, "frames") as progress:
        summary = make_bag(
            open_dataset(args.source),
            args.output,
            scale=args.scale,
            compress=args.compress,
            storage=Storage(args.storage) if args.storage else None,
            progress=progress,
        )
    color, depth = ("x".join(map(str, size)) for size in (summary.color_size, summary.depth_size))
    console.print(
        f"{escape(str(args.output))}: {summary.frames} frames of {escape(summary.name)}, "
        f"colour {color}, depth {depth}"
        + ("" if summary.calibrated else ", [yellow]no calibration[/]")
    )
    return 0
