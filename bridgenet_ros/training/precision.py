"""Mixed precision: what the network computes in. Losses, weights and averages stay in float32."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch

from bridgenet_ros.errors import ConfigError

HALF = {"bfloat16": torch.bfloat16, "float16": torch.float16}


def mixed(precision: str, device: torch.device) -> AbstractContextManager[None]:
    """Inside, convolutions take tensors of ``precision``; nothing changes for float32."""
    if precision == "float32":
        return nullcontext()
    return torch.autocast(device.type, HALF[precision])


def make_scaler(precision: str, device: torch.device) -> torch.amp.GradScaler:
    """Scales the loss for float16, whose smallest gradients would be 0; else does nothing.

    Raises:
        ConfigError: float16 on a CPU, which has no fast one.
    """
    if precision == "float16" and device.type != "cuda":
        raise ConfigError(f"precision is 'float16', which needs cuda; device is {str(device)!r}")
    return torch.amp.GradScaler(device.type, enabled=precision == "float16")
