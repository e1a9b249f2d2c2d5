"""`bridgenet train`: train a preset on folders of pairs, alone or in processes of torchrun."""

from __future__ import annotations

import argparse
import importlib
import shlex
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridgenet_ros.training.config import TrainConfig
    from bridgenet_ros.training.train import StepReport, Trainer
    from bridgenet_ros.training.validation import ValidationSet

NAME = "train"
HELP = "train a network on data sets of colour and depth pairs"


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
        ConfigError: a setting is wrong, the output holds another run or cannot be written, the
            processes cannot meet, or training diverged.
        DatasetError: a data set is wrong or holds test images.
        WeightsError: a checkpoint or the weights cannot be read or written.
    """
    from bridgenet_ros.training.config import load_config
    from bridgenet_ros.training.processes import join
    from bridgenet_ros.training.sources import build_stream, validation_sets
    from bridgenet_ros.training.train import Trainer

    length = [] if args.minutes is None else [f"minutes={args.minutes}"]
    config = load_config(args.config, [*args.overrides, *length])
    _check_outputs(args, config)
    with join(config.device) as processes:
        with processes.first_on_machine_first():
            stream = build_stream(config, processes.rank)
            sets = validation_sets(config)
        trainer = Trainer(config, stream, processes)
        if args.resume:
            trainer.resume()
        if processes.is_first:
            _train_with_progress(trainer, sets, args.stop_after)
            _export(trainer, args.export)
        else:
            trainer.run(lambda _: None, stop_after_minutes=args.stop_after)
    return 0


def _check_outputs(args: argparse.Namespace, config: TrainConfig) -> None:
    """Say now what would else be found out after hours."""
    from bridgenet_ros.errors import ConfigError
    from bridgenet_ros.training.checkpoint import list_checkpoints
    from bridgenet_ros.training.export import check_target

    if not args.resume and list_checkpoints(Path(config.output)):
        raise ConfigError(f"{config.output} holds checkpoints; add --resume or change output")
    if args.export is not None:
        check_target(args.export)
    if config.tensorboard:
        importlib.import_module("torch.utils.tensorboard")


def _export(trainer: Trainer, path: Path | None) -> None:
    from bridgenet_ros.training.export import export_weights

    if path is not None and trainer.progress() >= 1:
        command = shlex.join(["bridgenet", *sys.argv[1:]])
        card = export_weights(trainer, path, command)
        print(f"{path}: sha256 {card.sha256}")
        if "empty" in card.training:
            print(f"{path}: {card.training['empty']} had no effect any more: written as zeros")


def _train_with_progress(
    trainer: Trainer, sets: Sequence[ValidationSet], stop_after: float | None
) -> None:
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from bridgenet_ros.training.observer import RunObserver

    percent = TextColumn("{task.percentage:>5.1f} %")
    columns = (TextColumn("{task.description}"), BarColumn(), percent, TimeRemainingColumn())
    with Progress(*columns) as bar:
        task = bar.add_task("starting", total=1.0)
        with closing(RunObserver(trainer, sets, bar.console.print)) as observer:
            report = observer.report

            def observe(step: StepReport) -> None:
                observer(step)
                if report.due():
                    bar.update(task, completed=step.progress, description=report.line())
                if report.due_for_log():
                    bar.console.print(report.line())

            trainer.run(observe, stop_after_minutes=stop_after)
            observer.validate()
        bar.update(task, completed=trainer.progress(), description=report.line())
