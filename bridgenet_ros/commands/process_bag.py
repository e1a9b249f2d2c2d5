"""`bridgenet process-bag`: a recording in, the same recording with super-resolved depth out."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from bridgenet_ros.config import NodeConfig
    from bridgenet_ros.network.weights import WeightsCard
    from bridgenet_ros.offline.bag_topics import TopicNames
    from bridgenet_ros.offline.options import ProcessOptions, ProcessSummary

NAME = "process-bag"
HELP = "add super-resolved depth to a recording, without ROS"

# Options that stand for a parameter of the node.
_SHORTCUTS = {
    "preset": "model.preset",
    "weights": "model.weights",
    "device": "model.device",
    "slop": "sync.slop",
    "output_encoding": "output.encoding",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "source",
        type=Path,
        metavar="IN",
        help="rosbag2 directory, .mcap, .db3 or ROS 1 .bag file, or a data set of depth: "
        "docs/datasets.md lists them",
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
        "--workers",
        type=int,
        default=0,
        metavar="N",
        help="processes; default: one a core on a CPU, one on a GPU. Changes no byte of the output",
    )
    add_processing_arguments(parser)


def add_processing_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `process-bag` and `process-bags` share."""
    topics = add_topic_arguments(parser)
    topics.add_argument(
        "--namespace", default="", metavar="NAME", help="put before sr/depth and mde/depth"
    )
    topics.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="PATTERN",
        help="leave out the topics that match, such as '/rgb/*'; may be repeated",
    )
    topics.add_argument(
        "--rename",
        action="append",
        default=[],
        metavar="OLD:=NEW",
        help="rename a copied or a new topic; may be repeated",
    )
    add_part_arguments(parser, "process one pair of N; copy all the same")
    parser.add_argument("--estimate", action="store_true", help="also write the estimated depth")
    parser.add_argument(
        "--preset", help="packaged weights: tiny, small, base, full; auto: the largest installed"
    )
    parser.add_argument("--weights", metavar="FILE", help="a .safetensors file with its card")
    parser.add_argument("--device", help="auto, cpu, cuda or cuda:N")
    parser.add_argument(
        "--slop", type=float, metavar="S", help="greatest distance of the stamps of a pair"
    )
    parser.add_argument("--output-encoding", choices=("32FC1", "16UC1"), help="default 32FC1")
    parser.add_argument(
        "--output-transport",
        choices=("raw", "compressedDepth"),
        help="default raw; compressedDepth is PNG, or RVL with -p output.compressed_depth:=rvl",
    )
    parser.add_argument(
        "--storage", choices=("mcap", "sqlite3"), help="of a directory; default: as IN"
    )
    parser.add_argument(
        "--compression",
        choices=("none", "file", "message", "chunk"),
        default="none",
        help="zstd; file and message need a directory, chunk needs mcap",
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on with the finished parts of a stopped run"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an existing recording")
    parser.add_argument(
        "--strict", action="store_true", help="refuse what there would be a warning about"
    )
    parser.add_argument(
        "--report",
        action="store_true",
        help="also write the page OUT.report.html; what was made without one is processed again",
    )
    parser.add_argument(
        "-p",
        "--param",
        action="append",
        default=[],
        metavar="NAME:=VALUE",
        help="any parameter of the node, such as input.depth_scale:=0.0002; may be repeated",
    )


def add_topic_arguments(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Declare how the input topics are named, as a group that may get more."""
    topics = parser.add_argument_group("topics; found by type and name where that is unambiguous")
    topics.add_argument("--rgb-topic", metavar="TOPIC", help="colour image")
    topics.add_argument("--depth-topic", metavar="TOPIC", help="depth image")
    topics.add_argument(
        "--rgb-info-topic", metavar="TOPIC", help="colour camera info; default: beside the image"
    )
    topics.add_argument(
        "--depth-info-topic", metavar="TOPIC", help="depth camera info; default: beside the image"
    )
    return topics


def topic_names(args: argparse.Namespace) -> TopicNames:
    """The input topics that `add_topic_arguments` has declared."""
    from bridgenet_ros.offline.bag_topics import TopicNames

    return TopicNames(
        color=args.rgb_topic,
        depth=args.depth_topic,
        color_info=args.rgb_info_topic,
        depth_info=args.depth_info_topic,
    )


def add_part_arguments(parser: argparse.ArgumentParser, every: str) -> None:
    """Declare how a part of a recording is chosen; ``every`` says what ``--every`` does."""
    part = parser.add_argument_group("part of the recording")
    part.add_argument("--start", type=float, default=0.0, metavar="S", help="seconds to leave out")
    part.add_argument("--duration", type=float, metavar="S", help="seconds to use")
    part.add_argument("--every", type=int, default=1, metavar="N", help=every)


def run(args: argparse.Namespace) -> int:
    """Process the recording and print what became of it; returns the exit code.

    Raises:
        BridgeNetError: see `bridgenet_ros.offline.process_bag.process_bag`.
    """
    from rich.console import Console

    from bridgenet_ros.errors import ConfigError
    from bridgenet_ros.offline.options import RunOptions
    from bridgenet_ros.offline.process_bag import process_bag
    from bridgenet_ros.offline.processor import Processing
    from bridgenet_ros.offline.progress import progress_bar
    from bridgenet_ros.offline.report import report_path
    from bridgenet_ros.offline.sources import open_source
    from bridgenet_ros.offline.work_folder import check_target

    console = Console()
    if args.workers < 0:
        raise ConfigError(f"--workers is {args.workers}; expected 1 or more, or 0 for the default")
    config = make_config(args)
    options = make_options(args, config)
    source, dataset = open_source(args.source)
    # Before torch is loaded.
    check_target(source, args.output, replace=args.overwrite or args.resume)
    processing = Processing(config)
    how = RunOptions(
        workers=args.workers or processing.default_workers(),
        resume=args.resume,
        overwrite=args.overwrite,
        strict=args.strict,
        report=args.report,
    )
    with progress_bar(console, source.name, "pairs") as progress:
        summary = process_bag(
            source,
            args.output,
            processing.make,
            options,
            how,
            identity=processing.identity,
            dataset=dataset,
            progress=progress,
        )
    _print(console, summary, args.output)
    if args.report:
        console.print(f"report: {report_path(args.output)}", markup=False, soft_wrap=True)
    _print_card(console, processing.card)
    return 0


def make_config(args: argparse.Namespace) -> NodeConfig:
    """The node's settings that the arguments ask for, with a definite preset.

    Raises:
        ConfigError: one is unknown or has a value that cannot be used.
    """
    from bridgenet_ros.config import NodeConfig, with_values
    from bridgenet_ros.preset_choice import offline_preset
    from bridgenet_ros.setting import parse_assignments

    values = parse_assignments(args.param)
    for option, name in _SHORTCUTS.items():
        given = getattr(args, option)
        if given is not None:
            values[name] = given
    codec = "output.compressed_depth"
    if args.output_transport == "raw":
        values[codec] = "off"
    elif args.output_transport is not None and values.get(codec, "off") == "off":
        values[codec] = "png"
    config = with_values(NodeConfig(), values)
    return with_values(config, {"model.preset": offline_preset(config.model)})


def make_options(args: argparse.Namespace, config: NodeConfig) -> ProcessOptions:
    """What the arguments and settings make of a recording.

    Raises:
        ConfigError: a value cannot be used.
    """
    from bridgenet_ros.offline.bag_reader import Storage
    from bridgenet_ros.offline.bag_writer import Compression
    from bridgenet_ros.offline.options import ProcessOptions
    from bridgenet_ros.offline.selection import Selection, parse_rename

    return ProcessOptions(
        topics=topic_names(args),
        namespace=args.namespace,
        estimate=args.estimate or config.mde.enable,
        encoding=config.output.encoding,
        compressed_depth=config.output.compressed_depth,
        slop_ns=config.sync.slop_ns,
        stamp_offset_ns=config.sync.stamp_offset_ns,
        register=config.register,
        storage=Storage(args.storage) if args.storage else None,
        compression=Compression(args.compression),
        selection=Selection(
            start_s=args.start,
            duration_s=args.duration,
            every=args.every,
            exclude=tuple(args.exclude),
            renames=tuple(parse_rename(text) for text in args.rename),
        ),
    )


def _print(console: Console, summary: ProcessSummary, output: Path) -> None:
    from rich.markup import escape
    from rich.table import Table

    title = f"{output} (was there already)" if summary.was_there else str(output)
    table = Table(title=escape(title), show_header=False)
    table.add_row("colour", escape(summary.color_topic))
    table.add_row("depth", escape(summary.depth_topic))
    if summary.registration:
        table.add_row("depth is", escape(summary.registration))
    table.add_row("messages copied", str(summary.copied))
    table.add_row("pairs", str(summary.pairs))
    if summary.skipped:
        table.add_row("pairs left out", str(summary.skipped))
    table.add_row("results", str(summary.results))
    table.add_row("images without partner", by_reason(summary.unpaired))
    table.add_row("pairs that could not be used", by_reason(summary.bad_frames))
    if summary.unreadable:
        table.add_row("undecodable messages", str(summary.unreadable))
    if summary.reused:
        table.add_row("segments used again", str(summary.reused))
    console.print(table)
    for warning in summary.warnings:
        console.print(f"[yellow]warning:[/] {escape(warning)}")


def _print_card(console: Console, card: WeightsCard) -> None:
    console.print(f"preset: {card.preset}")
    if not card.trained:
        console.print(
            f"[yellow]warning:[/] the weights of preset {card.preset} are not trained; "
            "this is bicubic upsampling"
        )


def by_reason(counts: Mapping[str, int]) -> str:
    """How many in all, and how many for each reason."""
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(counts.items()))
    return f"{sum(counts.values())} ({reasons})" if counts else "0"
