"""Atomic checkpoints: a folder each, complete or absent, whatever moment the process dies at."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Protocol

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from bridgenet_ros.errors import WeightsError
from bridgenet_ros.training.schedule import MovingAverage

PREFIX = "step-"
KEEP = 2
"""The newest and, should its blocks rot, the one before."""
TEMPORARY = f".{PREFIX}"
BROKEN = (SafetensorError, UnpicklingError, EOFError)
WEIGHTS, OPTIMISERS, PROGRESS = "weights.safetensors", "optimisers.pt", "progress.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """Where a run stands."""

    step: int
    """Steps done; also the position in the stream of batches."""
    elapsed_s: float
    """Time spent training, over all legs."""
    config: dict[str, Any]
    """The settings it runs with."""


class Stateful(Protocol):
    """An optimiser, or the scaler of float16 gradients."""

    def state_dict(self) -> dict[str, Any]:
        """Tensors and plain values."""

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take them back."""


def save_checkpoint(
    folder: Path,
    progress: Progress,
    network: nn.Module,
    average: MovingAverage,
    states: Mapping[str, Stateful],
) -> Path:
    """Write ``folder/step-N`` under a temporary name, rename it, then remove older ones.

    A checkpoint of this step that is there already stays as it is.

    Raises:
        WeightsError: the disk is full or not writable; older checkpoints stay.
    """
    target = folder / f"{PREFIX}{progress.step:08d}"
    if target.is_dir():
        return target
    temporary = folder / f".{target.name}.{os.getpid()}"
    try:
        _write(temporary, progress, network, average, states)
        temporary.replace(target)
        _flush(folder)
    except (OSError, SafetensorError, RuntimeError) as error:
        shutil.rmtree(temporary, ignore_errors=True)
        raise WeightsError(f"{target}: checkpoint cannot be written: {error}") from error
    # Those of killed runs lie beside the old checkpoints.
    for old in [*list_checkpoints(folder)[:-KEEP], *folder.glob(f"{TEMPORARY}*")]:
        shutil.rmtree(old, ignore_errors=True)
    return target


def load_checkpoint(
    path: Path,
    network: nn.Module,
    average: MovingAverage,
    states: Mapping[str, Stateful],
) -> Progress:
    """Put the state of ``path`` into the given objects.

    Raises:
        WeightsError: a file is missing, unreadable, or does not fit the network.
    """
    try:
        tensors = load_file(path / WEIGHTS)
        network.load_state_dict(_under("network.", tensors))
        average.load(_under("average.", tensors))
        # weights_only: a checkpoint is data, and must not be able to run code.
        saved = torch.load(path / OPTIMISERS, weights_only=True, map_location="cpu")
        for name, state in states.items():
            state.load_state_dict(saved[name])
        raw = json.loads((path / PROGRESS).read_text(encoding="utf-8"))
        return Progress(step=raw["step"], elapsed_s=raw["elapsed_s"], config=raw["config"])
    except (*BROKEN, OSError, LookupError, RuntimeError, ValueError) as error:
        raise WeightsError(
            f"{path}: checkpoint cannot be used; remove it to resume from the one before: {error}"
        ) from error


def list_checkpoints(folder: Path) -> list[Path]:
    """The complete checkpoints of a run, oldest first."""
    return sorted(p for p in folder.glob(f"{PREFIX}*") if p.is_dir())


def _write(
    folder: Path,
    progress: Progress,
    network: nn.Module,
    average: MovingAverage,
    states: Mapping[str, Stateful],
) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tensors = {f"network.{k}": v.contiguous() for k, v in network.state_dict().items()}
    tensors |= {f"average.{k}": v.contiguous() for k, v in average.values.items()}
    save_file(tensors, folder / WEIGHTS)
    torch.save({name: s.state_dict() for name, s in states.items()}, folder / OPTIMISERS)
    text = {"step": progress.step, "elapsed_s": progress.elapsed_s, "config": progress.config}
    (folder / PROGRESS).write_text(json.dumps(text), encoding="utf-8")
    for path in (*folder.iterdir(), folder):
        _flush(path)


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def _flush(path: Path) -> None:
    # Without this a power cut after the rename can leave empty files under the final name.
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
