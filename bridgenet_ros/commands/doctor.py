"""`bridgenet doctor`: what is wrong with the machine and a camera, live or recorded."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridgenet_ros.config import NodeConfig
    from bridgenet_ros.doctor.finding import Finding

NAME = "doctor"
HELP = "say what is wrong with this machine, a live camera or a recording, and what to do"

LISTEN_S = 5.0
_STYLES = {"ok": "green", "note": "cyan", "warning": "yellow", "error": "red"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "bag", type=Path, nargs="?", metavar="BAG", help="a recording; default: the live topics"
    )
    parser.add_argument("--rgb-topic", metavar="TOPIC", help="colour image; default: looked for")
    parser.add_argument("--depth-topic", metavar="TOPIC", help="depth image; default: looked for")
    parser.add_argument(
        "--seconds",
        type=float,
        metavar="S",
        help=f"how long to listen (default {LISTEN_S:g}), or how much of BAG (default all)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON in place of the table")
    parser.add_argument(
        "-p",
        "--param",
        action="append",
        default=[],
        metavar="NAME:=VALUE",
        help="a parameter that the node would have; may be repeated",
    )


def run(args: argparse.Namespace) -> int:
    """Look, print, and return 0 where nothing stands in the way, else 1.

    Raises:
        ConfigError: a parameter has a value that cannot be used.
    """
    from bridgenet_ros.config import NodeConfig, with_values
    from bridgenet_ros.doctor.finding import as_plain, would_work
    from bridgenet_ros.setting import parse_assignments

    config = with_values(NodeConfig(), parse_assignments(args.param))
    findings, launch = _look(args, config)
    if args.json:
        import json

        print(json.dumps(as_plain(findings, launch), indent=2))
    else:
        _print(findings, launch)
    return 0 if would_work(findings) else 1


def _look(args: argparse.Namespace, config: NodeConfig) -> tuple[list[Finding], str]:
    from bridgenet_ros.doctor.finding import would_work
    from bridgenet_ros.doctor.machine import (
        check_backend,
        check_device,
        check_python,
        check_weights,
    )

    findings = check_python()
    scales: tuple[int, ...] = ()
    if would_work(findings):
        findings += [*check_device(config.model), *check_backend(config.model)]
        weights, scales = check_weights(config.model)
        findings += weights
    look = _look_at_graph if args.bag is None else _look_at_bag
    found, launch = look(args, config, scales)
    return findings + found, launch


def _look_at_graph(
    args: argparse.Namespace, config: NodeConfig, scales: tuple[int, ...]
) -> tuple[list[Finding], str]:
    from bridgenet_ros.doctor.machine import check_ros
    from bridgenet_ros.topic_choice import TopicNames

    if problems := check_ros():
        return problems, ""
    from bridgenet_ros.ros.survey import survey
    from bridgenet_ros.setting import parse_assignments

    names = TopicNames(color=args.rgb_topic, depth=args.depth_topic)
    seconds = LISTEN_S if args.seconds is None else args.seconds
    surveyed = survey(names, config, scales, seconds, parse_assignments(args.param))
    return surveyed.findings, surveyed.launch


def _look_at_bag(
    args: argparse.Namespace, config: NodeConfig, scales: tuple[int, ...]
) -> tuple[list[Finding], str]:
    from bridgenet_ros.doctor.bag import look_at_bag
    from bridgenet_ros.doctor.examine import examine
    from bridgenet_ros.doctor.finding import Finding, Status
    from bridgenet_ros.doctor.launch_line import process_line
    from bridgenet_ros.errors import BagError
    from bridgenet_ros.topic_choice import TopicNames

    names = TopicNames(color=args.rgb_topic, depth=args.depth_topic)
    try:
        camera = look_at_bag(args.bag, names, config, args.seconds)
    except BagError as error:
        advice = "see the topics with: ros2 bag info" if args.bag.exists() else "name a recording"
        return [Finding(part="bag", status=Status.ERROR, what=str(error), advice=advice)], ""
    findings = examine(camera, config, scales)
    return findings, process_line(args.bag, camera.color.topic, camera.depth.topic, args.param)


def _print(findings: list[Finding], launch: str) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from bridgenet_ros.doctor.finding import would_work

    console = Console()
    table = Table(show_lines=False)
    for column in ("part", "", "what was found", "what to do"):
        table.add_column(column, overflow="fold")
    for finding in findings:
        status = finding.status.value
        mark = f"[{_STYLES[status]}]{status}[/]"
        table.add_row(finding.part, mark, escape(finding.what), escape(finding.advice))
    console.print(table)
    if launch:
        console.print(launch, markup=False, soft_wrap=True, highlight=False)
    verdict = "nothing stands in the way" if would_work(findings) else "it would not work"
    console.print(verdict)
