"""The number type that a network computes in: the choice behind `model.precision`."""

from __future__ import annotations

import torch

from bridgenet_ros.errors import ConfigError

PRECISIONS = ("auto", "float32", "float16", "bfloat16")
_TENSOR_CORES = (7, 0)
_BFLOAT16_CORES = (8, 0)


def choose_precision(name: str, device: torch.device) -> torch.dtype:
    """``auto`` is float16 on a GPU with tensor cores and float32 elsewhere.

    float16 rather than bfloat16, because its 11 bits keep depth within 2e-3 of the range, which 8
    bits do not. On a CPU the type has to be asked for; the back end knows whether it can.

    Raises:
        ConfigError: an unknown name, or bfloat16 on a GPU that has none.
    """
    if name not in PRECISIONS:
        raise ConfigError(f"model.precision is {name!r}; expected one of {', '.join(PRECISIONS)}")
    capability = torch.cuda.get_device_capability(device) if device.type == "cuda" else (0, 0)
    if name == "auto":
        return torch.float16 if capability >= _TENSOR_CORES else torch.float32
    dtype: torch.dtype = getattr(torch, name)
    if dtype is torch.bfloat16 and device.type == "cuda" and capability < _BFLOAT16_CORES:
        raise ConfigError(
            f"model.precision is 'bfloat16', and {device} has compute capability "
            f"{capability[0]}.{capability[1]}; expected 8.0 or later, or float16"
        )
    return dtype


def precision_name(dtype: torch.dtype) -> str:
    """``torch.float16`` as `model.precision` spells it."""
    return str(dtype).removeprefix("torch.")
