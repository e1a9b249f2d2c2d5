"""`bridgenet evaluate`: our weights and the classical methods on data sets."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bridgenet_ros.commands._weights import add_weights_arguments, chosen_weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bridgenet_ros.data.dataset import RgbdDataset
    from bridgenet_ros.evaluation.evaluate import Observer, Row, Subject
    from bridgenet_ros.evaluation.protocol import Case, Protocol

NAME = "evaluate"
HELP = "measure weights and classical methods on data sets of colour and depth pairs"

ROBUST_SHIFTS_PX = (1, 2, 4, 8)
MEAN_EVERY = 4
"""Every n-th training pair makes the mean depth map: more would not change it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "datasets",
        nargs="+",
        type=Path,
        metavar="DATASET",
        help="of any kind; docs/datasets.md lists them",
    )
    add_weights_arguments(parser, required=False)
    parser.add_argument("--scale", nargs="+", type=int, default=[4, 8, 16], metavar="S")
    parser.add_argument("--downsample", choices=("bicubic", "nearest"), default="bicubic")
    parser.add_argument(
        "--robust",
        action="store_true",
        help="also: the sensor model, stored noisy inputs, colour shifted by 1 to 8 px",
    )
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N images of each")
    parser.add_argument("--device", default="cpu", help="torch device of the network")
    parser.add_argument(
        "--mean-depth",
        type=Path,
        metavar="DATASET",
        help="a row for this training set's mean depth map: what the estimated depth must beat",
    )
    parser.add_argument("--json", type=Path, metavar="F", help="write the rows to F")
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="write error maps to DIR")
    parser.add_argument(
        "--update-card", action="store_true", help="write the table into the card of --weights"
    )


def run(args: argparse.Namespace) -> int:
    """Print one table for each data set, scale and protocol; returns the exit code.

    Raises:
        DatasetError: a data set is wrong.
        BagError: a recording is.
        WeightsError: the weights cannot be loaded.
        ConfigError: the weights are not shipped, a scale has no tuned baselines, or
            ``--update-card`` has no card.
    """
    from bridgenet_ros.errors import ConfigError
    from bridgenet_ros.evaluation.card import record_metrics

    if args.update_card and args.weights is None:
        raise ConfigError("--update-card needs --weights")
    rows = _measure(args)
    if args.json is not None:
        text = json.dumps([row.plain() for row in rows], indent=1)
        args.json.write_text(text + "\n", encoding="utf-8")
    if args.update_card:
        record_metrics(args.weights, rows)
    return 0


def _measure(args: argparse.Namespace) -> list[Row]:
    from rich.console import Console

    from bridgenet_ros.evaluation.evaluate import evaluate
    from bridgenet_ros.evaluation.mean_depth import mean_depth
    from bridgenet_ros.evaluation.table import heading, make_table
    from bridgenet_ros.open_dataset import open_dataset

    subject = _subject(args)
    mean = mean_depth(open_dataset(args.mean_depth), every=MEAN_EVERY) if args.mean_depth else None
    console = Console()
    rows: list[Row] = []
    for path in args.datasets:
        dataset = open_dataset(path)
        for protocol in _protocols(dataset, args):
            found = evaluate(
                dataset,
                protocol,
                subject,
                mean=mean,
                observe=_pictures(dataset, protocol, args),
                limit=args.limit,
            )
            title = heading(dataset, protocol.scale, protocol.name, found[0].n)
            console.print(make_table(title, found))
            rows += found
    return rows


def _subject(args: argparse.Namespace) -> Subject | None:
    from bridgenet_ros.evaluation.evaluate import Subject
    from bridgenet_ros.network.weights import load_weights

    path = chosen_weights(args)
    if path is None:
        return None
    network, card = load_weights(path)
    return Subject(card.preset, network.to(args.device), args.device)


def _protocols(dataset: RgbdDataset, args: argparse.Namespace) -> Iterable[Protocol]:
    from bridgenet_ros.data.downsample import Downsampling
    from bridgenet_ros.evaluation.protocol import Protocol

    how = Downsampling(args.downsample)
    for scale in args.scale:
        yield Protocol(scale=scale, downsampling=how)
        if args.robust:
            yield Protocol(scale=scale, downsampling=how, sensor=True)
            if dataset.noisy_low_resolution(0, scale) is not None:
                yield Protocol(scale=scale, downsampling=how, stored_noise=True)
            for shift in ROBUST_SHIFTS_PX:
                yield Protocol(scale=scale, downsampling=how, shift_px=shift)


def _pictures(
    dataset: RgbdDataset, protocol: Protocol, args: argparse.Namespace
) -> Observer | None:
    if args.pictures is None:
        return None
    from bridgenet_ros.evaluation.pictures import save_errors

    def draw(case: Case, results: Mapping[str, NDArray[np.float32]]) -> None:
        save_errors(args.pictures, dataset, protocol, case, results)

    return draw
