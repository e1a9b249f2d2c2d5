"""From a run to a weight file with its card."""

from __future__ import annotations

import platform
from pathlib import Path

import torch
from safetensors import SafetensorError

from bridgenet_ros.errors import WeightsError
from bridgenet_ros.network.weights import SUFFIX, WeightsCard, read_card, save_weights
from bridgenet_ros.open_dataset import open_dataset
from bridgenet_ros.training.config import SourceConfig
from bridgenet_ros.training.scenes import LICENCE
from bridgenet_ros.training.silent import empty_silent
from bridgenet_ros.training.train import Trainer

DEPTH_RANGE_M = 10.0
LISTENED = 40
"""Batches in which a branch must have had no effect to be written as zeros."""
EMPTY = ("DSRNet's body and third stage", "DSRNet's body, third stage and multi-scale branch")
"""What training left without effect: its weights are zeros, and it costs no time."""
OWN = (
    "Apache-2.0. Trained only on procedural scenes, which the project makes itself; no terms of "
    "other data apply."
)
RESEARCH = (
    "Trained on research data, listed under training_data with its terms; cite its authors. "
    "Check those terms before any other use."
)


def export_weights(trainer: Trainer, path: Path, command: str) -> WeightsCard:
    """Write the averaged weights in half precision, and their card without figures.

    Args:
        trainer: the run.
        path: ``*.safetensors``.
        command: how the run was started, for the card.

    Raises:
        WeightsError: the file cannot be written, or the card of weights that shaped the run
            cannot be read.
    """
    config = trainer.config
    others = [read_card(Path(w)) for w in (config.start_weights, config.teacher) if w is not None]
    inherited = (entry for other in others for entry in other.training_data)
    network = trainer.averaged_network()
    # The first steps of a run may know one scale only, without sensor faults.
    first = max(trainer.step, 2 * config.focus_steps)
    batches = [trainer.stream.batch(first + i) for i in range(LISTENED)]
    emptied = empty_silent(network, batches)
    own = all(s.scenes for s in config.sources) and all(other.licence == OWN for other in others)
    card = WeightsCard(
        preset=config.preset,
        trained=True,
        scales=config.scales,
        value_range_m=DEPTH_RANGE_M,
        precision="int8" if config.int8 else "float32",
        training_data=tuple(dict.fromkeys([*map(_terms, config.sources), *inherited])),
        licence=OWN if own else RESEARCH,
        training={
            **_card_sha256("start_sha256", config.start_weights),
            **_card_sha256("teacher_sha256", config.teacher),
            "command": command,
            "steps": trainer.step,
            "seconds": round(trainer.elapsed_s),
            "processes": trainer.processes.count,
            "device": _device(trainer.device),
            "precision": config.precision,
            "seed": config.seed,
            **({"empty": EMPTY[emptied - 1]} if emptied else {}),
        },
    )
    try:
        return save_weights(path, network, card, torch.float16)
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"{path}: weights cannot be written: {error}") from error


def _terms(source: SourceConfig) -> str:
    """A source's name and licence."""
    if source.scenes:
        return f"{source.scenes}: {LICENCE}"
    dataset = open_dataset(Path(source.path))
    return f"{dataset.name}: {dataset.licence}"


def check_target(path: Path) -> None:
    """Find out before a long run whether `export_weights` could write ``path``.

    Raises:
        WeightsError: it has another suffix, or its folder cannot be made.
    """
    if path.suffix != SUFFIX:
        raise WeightsError(f"{path} does not end in {SUFFIX}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WeightsError(f"{path}: weights cannot be written: {error}") from error


def _card_sha256(key: str, weights: str | None) -> dict[str, str]:
    """Other weights that shaped the run: their own card says how they were made."""
    return {} if weights is None else {key: read_card(Path(weights)).sha256}


def _device(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{platform.machine()} CPU, {torch.get_num_threads()} thread(s)"
