"""`bridgenet paper-tables`: the paper's tables, ours beside its own."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from bridgenet_ros.data.dataset import RgbdDataset
    from bridgenet_ros.evaluation.evaluate import Row, Subject
    from bridgenet_ros.training.config import TrainConfig

NAME = "paper-tables"
HELP = "the paper's tables 1 to 4, with our figures beside its own"
DATASETS: Mapping[int, str] = MappingProxyType(
    {1: "middlebury2005_eval", 2: "nyu_v2_eval", 3: "middlebury2005_eval"}
)
"""What each table is measured on."""
ABLATION = "config/paper_ablation.yaml"
ABLATION_SCALE = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--table",
        nargs="+",
        type=int,
        choices=tuple(DATASETS),
        default=list(DATASETS),
        help="1: Middlebury, 2: NYU v2, 3: the ablation of tables 3 and 4, which trains",
    )
    parser.add_argument(
        "--preset", nargs="+", default=["tiny"], metavar="P", help="shipped weights"
    )
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="where the data sets lie"
    )
    parser.add_argument(
        "--ablation",
        type=Path,
        metavar="YAML",
        help=f"instead of {ABLATION}; its sources are then where it says, not in --data",
    )
    parser.add_argument("--steps", type=int, metavar="N", help="length of each row's training")


def run(args: argparse.Namespace) -> int:
    """Print the tables; returns the exit code.

    Raises:
        DatasetError: a data set is missing or wrong.
        WeightsError: shipped weights cannot be loaded.
        ConfigError: the ablation's settings are wrong.
    """
    from rich.console import Console

    from bridgenet_ros.evaluation.paper import NOTES
    from bridgenet_ros.evaluation.paper_tables import table_1, table_2
    from bridgenet_ros.open_dataset import open_dataset

    console = Console()
    datasets = {table: open_dataset(args.data / DATASETS[table]) for table in args.table}
    if 1 in datasets:
        console.print(table_1(_measure(datasets[1], args.preset)))
    if 2 in datasets:
        console.print(table_2(_measure(datasets[2], args.preset)))
    if 3 in datasets:
        _ablate(args, datasets[3], console)
    for note in NOTES:
        console.print(f"- {note}")
    return 0


def _measure(dataset: RgbdDataset, presets: list[str]) -> list[Row]:
    from bridgenet_ros.config import ModelConfig
    from bridgenet_ros.evaluation.evaluate import Subject, evaluate
    from bridgenet_ros.evaluation.paper import SCALES
    from bridgenet_ros.evaluation.protocol import Protocol
    from bridgenet_ros.network.weights import load_weights
    from bridgenet_ros.preset_choice import weights_path

    subjects = [
        Subject(preset, load_weights(weights_path(ModelConfig(preset=preset)))[0])
        for preset in presets
    ]
    return [row for s in SCALES for row in evaluate(dataset, Protocol(scale=s), subjects)]


def _ablate(args: argparse.Namespace, middlebury: RgbdDataset, console: Console) -> None:
    from rich.progress import Progress

    from bridgenet_ros.evaluation.evaluate import Subject
    from bridgenet_ros.evaluation.paper_tables import ablation_table
    from bridgenet_ros.training.ablation import SWITCHES, ablate
    from bridgenet_ros.training.sources import build_stream

    config = _ablation_config(args)
    measured = {}
    with Progress(console=console) as bar:
        task = bar.add_task("training", total=len(SWITCHES) * config.steps)
        rows = ablate(
            config,
            build_stream(config),
            lambda name, _: bar.update(task, advance=1, description=name),
        )
        for name, network in rows:
            measured[name] = _mad(middlebury, Subject(name, network))
    budget = f"{config.preset}, {config.steps} steps of {config.batches[0]} patches a row"
    console.print(ablation_table(measured, budget))


def _ablation_config(args: argparse.Namespace) -> TrainConfig:
    from bridgenet_ros.resources import find_share_file
    from bridgenet_ros.training.config import load_config

    steps = [] if args.steps is None else [f"steps={args.steps}"]
    if args.ablation is not None:
        return load_config(args.ablation, steps)
    config = load_config(find_share_file(ABLATION), steps)
    sources = [replace(s, path=str(args.data / Path(s.path).name)) for s in config.sources]
    return replace(config, sources=tuple(sources))


def _mad(middlebury: RgbdDataset, subject: Subject) -> float:
    from bridgenet_ros.evaluation.evaluate import evaluate
    from bridgenet_ros.evaluation.protocol import Protocol

    protocol = Protocol(scale=ABLATION_SCALE)
    (row,) = evaluate(middlebury, protocol, [subject], classical=False)
    return row.mad
