"""The number type that a network computes in: the choice behind `model.precision`."""

from __future__ import annotations

import torch

from bridgenet_ros.errors import ConfigError

PRECISIONS = ("auto", "float32", "float16", "bfloat16", "int8")
_TENSOR_CORES = (7, 0)
_BFLOAT16_CORES = (8, 0)


def choose_precision(name: str, device: torch.device, *, int8_weights: bool = False) -> torch.dtype:
    """``auto`` is float16 on a GPU with tensor cores, float32 elsewhere; int8 if it was learnt.

    float16 rather than bfloat16, because its 11 bits keep depth within 2e-3 of the range, which 8
    bits do not. On a CPU the type has to be asked for; the back end knows whether it can.

    Raises:
        ConfigError: an unknown name, bfloat16 on a GPU that has none, or int8 with weights that
            have not learnt it, the reverse, or on a GPU.
    """
    if name not in PRECISIONS:
        raise ConfigError(f"model.precision is {name!r}; expected one of {', '.join(PRECISIONS)}")
    if int8_weights or name == "int8":
        return _int8(name, device, int8_weights=int8_weights)
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


def _int8(name: str, device: torch.device, *, int8_weights: bool) -> torch.dtype:
    if not int8_weights:
        raise ConfigError(
            "model.precision is 'int8', which these weights have not learnt; expected auto or "
            "float32, or weights that were trained with int8: true"
        )
    if name not in ("auto", "int8"):
        raise ConfigError(
            f"model.precision is {name!r}, and these weights compute in int8; expected auto or int8"
        )
    if device.type != "cpu":
        raise ConfigError(f"model.precision is 'int8', which is for CPUs; the device is {device}")
    return torch.int8


def precision_name(dtype: torch.dtype) -> str:
    """``torch.float16`` as `model.precision` spells it."""
    return str(dtype).removeprefix("torch.")
