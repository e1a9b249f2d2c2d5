"""`bridgenet paper-tables`: the paper's tables, ours beside its own."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from bridgenet_ros.data.dataset import RgbdDataset
    from bridgenet_ros.evaluation.evaluate import Row, Subject

NAME = "paper-tables"
HELP = "the paper's tables 1 to 4, with our figures beside its own"
TABLES = (1, 2, 3)
ABLATION_SCALE = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--table",
        nargs="+",
        type=int,
        choices=TABLES,
        default=list(TABLES),
        help="1: Middlebury, 2: NYU v2, 3: the ablation of tables 3 and 4, which trains",
    )
    parser.add_argument(
        "--preset", nargs="+", default=["tiny"], metavar="P", help="shipped weights"
    )
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="where the data sets lie"
    )
    parser.add_argument(
        "--ablation", type=Path, metavar="YAML", help="instead of config/paper_ablation.yaml"
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
    middlebury = open_dataset(args.data / "middlebury2005_eval")
    if 1 in args.table:
        console.print(table_1(_measure(middlebury, args.preset)))
    if 2 in args.table:
        console.print(table_2(_measure(open_dataset(args.data / "nyu_v2_eval"), args.preset)))
    if 3 in args.table:
        _ablate(args, middlebury, console)
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

    rows: list[Row] = []
    for i, preset in enumerate(presets):
        network, _ = load_weights(weights_path(ModelConfig(preset=preset)))
        for scale in SCALES:
            subject = Subject(preset, network)
            rows += evaluate(dataset, Protocol(scale=scale), subject, classical=i == 0)
    return rows


def _ablate(args: argparse.Namespace, middlebury: RgbdDataset, console: Console) -> None:
    from rich.progress import Progress

    from bridgenet_ros.evaluation.evaluate import Subject
    from bridgenet_ros.evaluation.paper_tables import ablation_table
    from bridgenet_ros.resources import find_share_file
    from bridgenet_ros.training.ablation import SWITCHES, ablate
    from bridgenet_ros.training.config import load_config
    from bridgenet_ros.training.sources import build_stream

    path = args.ablation or find_share_file("config/paper_ablation.yaml")
    config = load_config(path, [] if args.steps is None else [f"steps={args.steps}"])
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


def _mad(middlebury: RgbdDataset, subject: Subject) -> float:
    from bridgenet_ros.evaluation.evaluate import evaluate
    from bridgenet_ros.evaluation.protocol import Protocol

    protocol = Protocol(scale=ABLATION_SCALE)
    (row,) = evaluate(middlebury, protocol, subject, classical=False)
    return row.mad
