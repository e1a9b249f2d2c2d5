"""The optimisers: one set for each task, as the paper has it, and one step of all."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.training.config import TrainConfig
from bridgenet_ros.training.muon import Muon

Optimisers = Mapping[str, torch.optim.Optimizer]
MATRICES = "_matrices"
BETAS = (0.9, 0.99)


def build_optimisers(network: BridgeNet, config: TrainConfig) -> Optimisers:
    """``dsr`` (DSRNet and HABdg) and ``mde`` (MDENet and CGBdg).

    With ``config.muon`` each has a second one for the weights of its convolutions, because Muon
    only knows matrices; biases, norms and depthwise kernels stay with AdamW.
    """
    optimisers: dict[str, torch.optim.Optimizer] = {}
    tasks = {"dsr": network.dsr_parameters(), "mde": network.mde_parameters()}
    for name, parameters in tasks.items():
        matrices = [p for p in parameters if config.muon and _is_matrix(p)]
        chosen = {id(p) for p in matrices}
        rest = [p for p in parameters if id(p) not in chosen]
        if rest:
            optimisers[name] = torch.optim.AdamW(
                rest, lr=config.learning_rate, betas=BETAS, weight_decay=config.weight_decay
            )
        if matrices:
            optimisers[name + MATRICES] = Muon(
                matrices, lr=config.learning_rate, decay=config.weight_decay
            )
    return optimisers


def set_rate(optimisers: Optimisers, config: TrainConfig, rate: float) -> None:
    """Give every optimiser its learning rate; Muon's is ``config.muon_gain`` times higher."""
    for name, optimiser in optimisers.items():
        for group in optimiser.param_groups:
            group["lr"] = rate * (config.muon_gain if name.endswith(MATRICES) else 1.0)


def step_all(optimisers: Optimisers, loss: Tensor, clip_norm: float, step: int) -> None:
    """Backward, gradients clipped for each optimiser by itself, one step.

    Raises:
        ConfigError: the loss or a gradient is not finite; no weight was changed.
    """
    if not math.isfinite(loss.item()):
        raise ConfigError(
            f"training diverged: the loss is {loss.item()} at step {step}; the last checkpoint is "
            "good, a lower learning_rate may be needed"
        )
    for optimiser in optimisers.values():
        optimiser.zero_grad(set_to_none=True)
    loss.backward()
    norms = [
        nn.utils.clip_grad_norm_(optimiser.param_groups[0]["params"], clip_norm)
        for optimiser in optimisers.values()
    ]
    if not all(math.isfinite(norm.item()) for norm in norms):
        raise ConfigError(
            f"training diverged: the gradient is not finite at step {step}; the last checkpoint is "
            "good, a lower learning_rate may be needed"
        )
    for optimiser in optimisers.values():
        optimiser.step()


def _is_matrix(parameter: nn.Parameter) -> bool:
    """A convolution's weight with more than one input and output channel."""
    return parameter.ndim == 4 and min(parameter.shape[:2]) > 1
