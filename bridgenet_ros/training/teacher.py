"""Distillation: a trained network whose D_SR the student imitates."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from bridgenet_ros.data.dataset import VALUE_RANGES
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.weights import WeightsCard, load_weights
from bridgenet_ros.training.config import TrainConfig
from bridgenet_ros.training.samples import Batch


def load_teacher(config: TrainConfig, device: torch.device) -> BridgeNet | None:
    """The frozen teacher in eval mode; None where the configuration names none.

    Raises:
        ConfigError: its weights are untrained, or know another value range or fewer scales.
        WeightsError: the file or its card cannot be used.
    """
    if config.teacher is None:
        return None
    network, card = load_weights(Path(config.teacher))
    _require_fit(card, config)
    network.requires_grad_(requires_grad=False)
    network.to(device)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


@torch.no_grad()
def teach(teacher: BridgeNet, batch: Batch) -> Tensor:
    """The teacher's D_SR for the student's inputs: (B, 1, P, P), normalised."""
    sr: Tensor = teacher(*batch.inputs, estimate=False).sr
    return sr


def _require_fit(card: WeightsCard, config: TrainConfig) -> None:
    if not card.trained:
        raise ConfigError(f"teacher {config.teacher} is not trained; it can teach bicubic only")
    if card.value_range_m != VALUE_RANGES["m"]:
        raise ConfigError(
            f"teacher {config.teacher} sees {card.value_range_m} m as 1.0; training has "
            f"{VALUE_RANGES['m']} m"
        )
    if lacking := sorted(set(config.scales) - set(card.scales)):
        raise ConfigError(
            f"teacher {config.teacher} knows the scales {card.scales}; training also has "
            f"{lacking[0]}"
        )
