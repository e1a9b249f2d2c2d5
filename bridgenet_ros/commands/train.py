"""`bridgenet train`: train a preset on folders of pairs."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridgenet_ros.training.train import StepReport, Trainer

NAME = "train"
HELP = "train a network on folders of colour and depth pairs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("config", type=Path, help="a YAML file such as config/train_tiny.yaml")
    parser.add_argument(
        "overrides", nargs="*", metavar="key=value", help="settings that replace the file's"
    )
    parser.add_argument(
        "--minutes", type=float, metavar="N", help="length of the whole run: the schedule fits it"
    )
    parser.add_argument(
        "--stop-after",
        type=float,
        metavar="N",
        help="end this leg at a checkpoint after N minutes; --resume goes on later",
    )
    parser.add_argument(
        "--resume", action="store_true", help="continue from the newest checkpoint of the output"
    )
    parser.add_argument(
        "--export",
        type=Path,
        metavar="FILE",
        help="when the schedule is over, write FILE (*.safetensors) and its card",
    )


def run(args: argparse.Namespace) -> int:
    """Train; returns the exit code.

    Raises:
        ConfigError: a setting is wrong, the output holds another run, or training diverged.
        DatasetError: a folder is wrong or holds test images.
        WeightsError: a checkpoint or the weights cannot be read or written.
    """
    from bridgenet_ros.errors import ConfigError
    from bridgenet_ros.training.checkpoint import list_checkpoints
    from bridgenet_ros.training.config import load_config
    from bridgenet_ros.training.export import export_weights
    from bridgenet_ros.training.sources import build_stream
    from bridgenet_ros.training.train import Trainer

    length = [] if args.minutes is None else [f"minutes={args.minutes}"]
    config = load_config(args.config, [*args.overrides, *length])
    if not args.resume and list_checkpoints(Path(config.output)):
        raise ConfigError(f"{config.output} holds checkpoints; add --resume or change output")
    trainer = Trainer(config, build_stream(config))
    if args.resume:
        trainer.resume()
    _train_with_progress(trainer, args.stop_after)
    if args.export is not None and trainer.progress() >= 1:
        command = shlex.join(["bridgenet", *sys.argv[1:]])
        print(f"{args.export}: sha256 {export_weights(trainer, args.export, command).sha256}")
    return 0


def _train_with_progress(trainer: Trainer, stop_after: float | None) -> None:
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from bridgenet_ros.training.report import RunningReport

    report = RunningReport()
    percent = TextColumn("{task.percentage:>5.1f} %")
    columns = (TextColumn("{task.description}"), BarColumn(), percent, TimeRemainingColumn())
    with Progress(*columns) as bar:
        task = bar.add_task("starting", total=1.0)

        def observe(step: StepReport) -> None:
            report.add(step)
            if report.due():
                bar.update(task, completed=step.progress, description=report.line())
            if report.due_for_log():
                bar.console.print(report.line())

        trainer.run(observe, stop_after_minutes=stop_after)
        bar.update(task, completed=trainer.progress(), description=report.line())
