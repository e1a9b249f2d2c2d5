"""`bridgenet export-frames`: a recording in, a folder of images out."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from bridgenet_ros.commands.process_bag import (
    add_part_arguments,
    add_topic_arguments,
    by_reason,
    topic_names,
)

if TYPE_CHECKING:
    from rich.console import Console

    from bridgenet_ros.offline.export_options import ExportOptions, ExportSummary

NAME = "export-frames"
HELP = "write the frames of a recording as images, clouds and a video"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "source", type=Path, metavar="IN", help="rosbag2 directory, .mcap, .db3 or ROS 1 .bag file"
    )
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR", help="new folder"
    )
    files = parser.add_argument_group("what is written")
    files.add_argument(
        "--depth",
        choices=("png", "npy", "exr"),
        default="png",
        help="default png, 16 bits in steps of --depth-unit; npy and exr are float metres",
    )
    files.add_argument(
        "--depth-unit",
        type=float,
        default=0.001,
        metavar="M",
        help="metres of one step of a PNG (default 0.001; TUM's tools expect 0.0002)",
    )
    files.add_argument("--color", choices=("png", "jpeg"), default="png", help="default png")
    files.add_argument("--clouds", action="store_true", help="also PLY point clouds, in colour")
    files.add_argument(
        "--video", action="store_true", help="also video.mp4: colour, sensor and super-resolved"
    )
    files.add_argument(
        "--near", type=float, metavar="M", help="nearest depth of the video's colours"
    )
    files.add_argument(
        "--far", type=float, metavar="M", help="farthest depth of the video's colours"
    )
    files.add_argument("--overwrite", action="store_true", help="replace an earlier export")
    topics = add_topic_arguments(parser)
    topics.add_argument("--sr-topic", metavar="TOPIC", help="super-resolved depth")
    topics.add_argument(
        "--slop", type=float, metavar="S", help="greatest distance of the stamps of a frame"
    )
    topics.add_argument(
        "--sensor-unit",
        type=float,
        default=0.001,
        metavar="M",
        help="metres of one unit of the sensor's 16-bit depth (default 0.001)",
    )
    add_part_arguments(parser, "export one frame of N")


def run(args: argparse.Namespace) -> int:
    """Export the frames and print what became of them; returns the exit code.

    Raises:
        BridgeNetError: see `bridgenet_ros.offline.export_frames.export_frames`.
    """
    from rich.console import Console

    from bridgenet_ros.offline.export_frames import export_frames
    from bridgenet_ros.offline.progress import progress_bar

    console = Console()
    options = _options(args)
    with progress_bar(console, args.source.name, "frames") as progress:
        summary = export_frames(
            args.source, args.output, options, overwrite=args.overwrite, progress=progress
        )
    _print(console, summary, args.output)
    return 0


def _options(args: argparse.Namespace) -> ExportOptions:
    from bridgenet_ros.config import NodeConfig, with_values
    from bridgenet_ros.offline.export_options import ExportOptions
    from bridgenet_ros.offline.selection import Selection

    given = {"near_m": args.near, "far_m": args.far}
    if args.slop is not None:
        given["slop_ns"] = with_values(NodeConfig(), {"sync.slop": args.slop}).sync.slop_ns
    return ExportOptions(
        topics=topic_names(args),
        sr_topic=args.sr_topic,
        selection=Selection(start_s=args.start, duration_s=args.duration, every=args.every),
        sensor_unit_m=args.sensor_unit,
        depth=args.depth,
        unit_m=args.depth_unit,
        color=args.color,
        clouds=args.clouds,
        video=args.video,
        **{name: value for name, value in given.items() if value is not None},
    )


def _print(console: Console, summary: ExportSummary, output: Path) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(str(output)), show_header=False)
    for kind, topic in summary.topics.items():
        table.add_row(kind, escape(topic))
    table.add_row("frames", str(summary.frames))
    if summary.skipped:
        table.add_row("frames left out", str(summary.skipped))
    table.add_row("images without partner", by_reason(summary.unpaired))
    table.add_row("frames that could not be used", by_reason(summary.bad_frames))
    if summary.unreadable:
        table.add_row("undecodable messages", str(summary.unreadable))
    console.print(table)
    for warning in summary.warnings:
        console.print(f"[yellow]warning:[/] {escape(warning)}")
