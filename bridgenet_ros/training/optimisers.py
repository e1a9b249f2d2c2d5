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
from bridgenet_ros.training.processes import Processes

Optimisers = Mapping[str, torch.optim.Optimizer]
MATRICES = "_matrices"
BETAS = (0.9, 0.99)
SMALLEST_SCALE = 2.0**-8
"""Of the float16 loss; a run that works stays far above."""


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


def step_all(
    optimisers: Optimisers,
    loss: Tensor,
    step: int,
    *,
    clip_norm: float,
    scaler: torch.amp.GradScaler,
    processes: Processes,
) -> dict[str, float]:
    """Backward, mean over the processes, gradients clipped for each optimiser by itself, one step.

    Where ``scaler`` is enabled, a step whose float16 gradients overflow is left out.

    Returns:
        The norm of the gradient, before clipping, by optimiser.

    Raises:
        ConfigError: the loss or a gradient is not finite, in whichever process; no weight was
            changed.
    """
    mean = processes.mean(loss.item())
    if not math.isfinite(mean):
        raise _diverged(f"the loss is {mean}", step)
    for optimiser in optimisers.values():
        optimiser.zero_grad(set_to_none=True)
    scaler.scale(loss).backward()
    processes.average_(_gradients(optimisers))
    norms = {}
    for name, optimiser in optimisers.items():
        scaler.unscale_(optimiser)
        norms[name] = nn.utils.clip_grad_norm_(_parameters(optimiser), clip_norm).item()
    if not scaler.is_enabled() and not all(map(math.isfinite, norms.values())):
        raise _diverged("the gradient is not finite", step)
    for optimiser in optimisers.values():
        scaler.step(optimiser)
    scaler.update()
    if scaler.is_enabled() and scaler.get_scale() < SMALLEST_SCALE:
        raise _diverged("float16 gradients overflow at any scale", step)
    return norms


def _parameters(optimiser: torch.optim.Optimizer) -> list[nn.Parameter]:
    parameters: list[nn.Parameter] = optimiser.param_groups[0]["params"]
    return parameters


def _gradients(optimisers: Optimisers) -> list[Tensor]:
    """Those that this step made: without D_DE the parameters behind it have none, on any rank."""
    parameters = (p for optimiser in optimisers.values() for p in _parameters(optimiser))
    return [p.grad for p in parameters if p.grad is not None]


def _diverged(what: str, step: int) -> ConfigError:
    return ConfigError(
        f"training diverged: {what} at step {step}; what checkpoints there are were written "
        "before and are good, a lower learning_rate may be needed"
    )


def _is_matrix(parameter: nn.Parameter) -> bool:
    """A convolution's weight with more than one input and output channel."""
    return parameter.ndim == 4 and min(parameter.shape[:2]) > 1
