"""From a run to a weight file with its card."""

from __future__ import annotations

import platform
from pathlib import Path

import torch

from bridgenet_ros.data.folder import open_folder
from bridgenet_ros.network.weights import WeightsCard, file_sha256, save_weights
from bridgenet_ros.training.train import Trainer

DEPTH_RANGE_M = 10.0
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
        WeightsError: the file cannot be written.
    """
    config = trainer.config
    folders = [open_folder(Path(source.path)) for source in config.sources]
    card = WeightsCard(
        preset=config.preset,
        trained=True,
        scales=config.scales,
        value_range_m=DEPTH_RANGE_M,
        training_data=tuple(f"{f.name}: {f.licence}" for f in folders),
        licence=RESEARCH,
        training={
            **_start(config.start_weights),
            "command": command,
            "steps": trainer.step,
            "seconds": round(trainer.elapsed_s),
            "device": _device(config.device),
            "seed": config.seed,
        },
    )
    return save_weights(path, trainer.averaged_network(), card, torch.float16)


def _start(weights: str | None) -> dict[str, str]:
    """The weights that the run began with, by checksum: their own card says how they were made."""
    return {} if weights is None else {"start_sha256": file_sha256(Path(weights))}


def _device(name: str) -> str:
    if name.startswith("cuda"):
        return torch.cuda.get_device_name(name)
    return f"{platform.machine()} CPU, {torch.get_num_threads()} thread(s)"
