"""The averaged network on held-out pairs, while it is trained: figures and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from bridgenet_ros.data.dataset import RgbdDataset
from bridgenet_ros.evaluation.baselines import bicubic
from bridgenet_ros.evaluation.metrics import root_mean_square_error
from bridgenet_ros.evaluation.network import NetworkMethod
from bridgenet_ros.evaluation.pictures import save_errors
from bridgenet_ros.evaluation.protocol import Protocol, make_case
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.training.held_out import spread

INPUT, OUTPUT = "depth in, bicubic", "D_SR"


@dataclass(frozen=True, kw_only=True, slots=True)
class ValidationSet:
    """The held-out pairs of one training set that are looked at; always the same."""

    dataset: RgbdDataset
    indices: tuple[int, ...]
    held: int
    """Number of all pairs that are held out of training."""

    def text(self) -> str:
        """Such as ``room: 2 of 20 held-out pairs, 0010, 0030``."""
        names = ", ".join(self.dataset.names[i] for i in self.indices)
        count = f"{len(self.indices)} of {self.held} held-out pairs"
        return f"{self.dataset.name}: {count}, {names}"


class Validated(NamedTuple):
    """One data set at one scale."""

    dataset: str
    scale: int
    ratio: float
    """Mean over the pairs of D_SR's RMSE over that of the bicubic input."""
    picture: Path
    """Colour, input, D_SR, truth and error maps of the first pair, as PNG."""


def choose_pairs(dataset: RgbdDataset, held: Sequence[int], most: int) -> ValidationSet:
    """At most ``most`` of the held-out pairs, evenly spread."""
    chosen = tuple(held[i] for i in spread(len(held), most))
    return ValidationSet(dataset=dataset, indices=chosen, held=len(held))


def validate(
    network: BridgeNet,
    device: torch.device,
    sets: Sequence[ValidationSet],
    scales: Sequence[int],
    folder: Path,
) -> list[Validated]:
    """Measure every set at every scale and draw its first pair into ``folder``.

    The error colours end at bicubic's 98th percentile, so they mean the same in every picture of
    a pair, whatever the step.

    Args:
        network: in eval mode, on ``device``.
        device: where it runs.
        sets: the pairs.
        scales: upsampling factors.
        folder: of the pictures; made if need be.

    Raises:
        DatasetError: as `RgbdDataset.load`.
        OSError: a picture cannot be written.
    """
    return [_measure(network, device, s, scale, folder) for s in sets for scale in scales]


def summary(found: Sequence[Validated]) -> str:
    """Such as ``room x4 0.812 x8 0.704; boxes x4 0.900``."""
    parts: dict[str, list[str]] = {}
    for v in found:
        parts.setdefault(v.dataset, []).append(f"x{v.scale} {v.ratio:.3f}")
    return "; ".join(" ".join([name, *ratios]) for name, ratios in parts.items())


def _measure(
    network: BridgeNet, device: torch.device, chosen: ValidationSet, scale: int, folder: Path
) -> Validated:
    dataset, protocol = chosen.dataset, Protocol(scale=scale)
    ours = NetworkMethod(network=network, value_range=dataset.card.value_range, device=str(device))
    ratios, picture = [], folder
    for i in chosen.indices:
        case = make_case(dataset, i, protocol)
        results = {m: f(case.rgb, case.low) for m, f in ((INPUT, bicubic), (OUTPUT, ours))}
        before, after = (
            root_mean_square_error(r, case.truth, case.counted) for r in results.values()
        )
        ratios.append(after / max(before, 1e-9))
        if i == chosen.indices[0]:
            picture = save_errors(folder, dataset, protocol, case, results)
    return Validated(dataset.name, scale, float(np.mean(ratios)), picture)
