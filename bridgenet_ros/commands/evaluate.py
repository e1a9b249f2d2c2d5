"""`bridgenet evaluate`: our weights and the classical methods on data sets."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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
    add_weights_arguments(parser, required=False, shipped=True)
    parser.add_argument("--scale", nargs="+", type=int, default=[4, 8, 16], metavar="S")
    parser.add_argument("--downsample", choices=("bicubic", "nearest"), default="bicubic")
    parser.add_argument(
        "--robust",
        action="store_true",
        help="also: the sensor model, stored noisy inputs, colour shifted by 1 to 8 px",
    )
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N images of each")
    parser.add_argument("--device", default="cpu", help="auto, cpu, cuda or cuda:N")
    parser.add_argument(
        "--mean-depth",
        type=Path,
        metavar="DATASET",
        help="a row for this training set's mean depth map: what the estimated depth must beat",
    )
    parser.add_argument("--json", type=Path, metavar="F", help="write the rows to F")
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="write error maps to DIR")
    parser.add_argument(
        "--update-card",
        action="store_true",
        help="write the table into the card of --weights, or with --shipped into every card",
    )


def run(args: argparse.Namespace) -> int:
    """Print one table for each data set, scale and protocol; returns the exit code.

    The rows of ``--json`` have as their method a baseline's name or the preset's, with
    ``--shipped`` the weight file's without its suffix.

    Raises:
        DatasetError: a data set is wrong.
        BagError: a recording is.
        WeightsError: the weights cannot be loaded.
        ConfigError: an argument cannot be used, the weights are not shipped, the device is not
            there, a scale has no tuned baselines, or an output cannot be written.
    """
    from bridgenet_ros.errors import ConfigError

    if args.limit is not None and args.limit < 1:
        raise ConfigError(f"--limit is {args.limit}; expected 1 or more")
    if args.update_card and args.weights is None and not args.shipped:
        raise ConfigError("--update-card needs --weights or --shipped")
    if args.update_card and args.limit is not None:
        raise ConfigError(
            "--update-card with --limit would write figures of a few images; leave one out"
        )
    subjects = _subjects(args)
    _check_outputs(args, subjects)
    rows = _measure(args, list(subjects.values()))
    if args.json is not None:
        text = json.dumps([row.plain() for row in rows], indent=1, allow_nan=False)
        with _writing(args.json):
            args.json.write_text(text + "\n", encoding="utf-8")
    if args.update_card:
        _record(subjects, rows)
    return 0


def _subjects(args: argparse.Namespace) -> dict[Path, Subject]:
    """The networks under test by their weight files."""
    from bridgenet_ros.engine_build import choose_device
    from bridgenet_ros.evaluation.evaluate import Subject
    from bridgenet_ros.evaluation.shipped import trained_weights
    from bridgenet_ros.network.weights import load_weights

    device = str(choose_device(args.device, "--device"))
    chosen = chosen_weights(args)
    paths = trained_weights() if args.shipped else [] if chosen is None else [chosen]
    subjects = {}
    for path in paths:
        network, card = load_weights(path)
        # Files of one preset, such as tiny and tiny_int8, must not share their rows.
        name = path.stem if args.shipped else card.preset
        subjects[path] = Subject(name, network.to(device), device)
    return subjects


def _check_outputs(args: argparse.Namespace, weights: Iterable[Path]) -> None:
    """Say now what would else be found out after the whole evaluation."""
    from bridgenet_ros.network.weights import card_path

    if args.pictures is not None:
        with _writing(args.pictures):
            args.pictures.mkdir(parents=True, exist_ok=True)
    if args.json is not None:
        _check_file(args.json)
    if args.update_card:
        for path in weights:
            _check_file(card_path(path))


def _check_file(path: Path) -> None:
    """Refuse what could not be written; leaves no file behind, should the evaluation fail."""
    from bridgenet_ros.errors import ConfigError

    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    place = path if path.exists() else path.parent
    if path.is_dir() or not os.access(place, os.W_OK):
        raise ConfigError(f"{path}: cannot be written; expected a writable file")


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Say in one line why ``path`` could not be written inside."""
    from bridgenet_ros.errors import ConfigError

    try:
        yield
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror or error}") from error


def _measure(args: argparse.Namespace, subjects: Sequence[Subject]) -> list[Row]:
    from rich.console import Console

    from bridgenet_ros.evaluation.evaluate import evaluate
    from bridgenet_ros.evaluation.mean_depth import mean_depth
    from bridgenet_ros.evaluation.table import heading, make_table
    from bridgenet_ros.open_dataset import open_dataset

    datasets = [open_dataset(path) for path in args.datasets]
    mean = mean_depth(open_dataset(args.mean_depth), every=MEAN_EVERY) if args.mean_depth else None
    console = Console()
    rows: list[Row] = []
    for dataset in datasets:
        for protocol in _protocols(dataset, args):
            found = evaluate(
                dataset,
                protocol,
                subjects,
                mean=mean,
                observe=_pictures(dataset, protocol, args),
                limit=args.limit,
            )
            title = heading(dataset, protocol.scale, protocol.name, found[0].n)
            console.print(make_table(title, found))
            rows += found
    return rows


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
        with _writing(args.pictures):
            save_errors(args.pictures, dataset, protocol, case, results)

    return draw


def _record(subjects: Mapping[Path, Subject], rows: Sequence[Row]) -> None:
    from bridgenet_ros.evaluation.shipped import record_in_cards

    with _writing(next(iter(subjects)).parent):
        record_in_cards({path: subject.name for path, subject in subjects.items()}, rows)
