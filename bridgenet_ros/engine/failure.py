"""What a failure of torch, a driver or the allocator means for the engine."""

from __future__ import annotations

import torch

from bridgenet_ros.errors import EngineError

# torch has no type of its own for the CPU's allocator.
_CPU_MEMORY = ("not enough memory", "can't allocate memory")


def engine_error(error: Exception, device: str) -> EngineError:
    """``error`` with the device in its message and the reason that decides what can be done."""
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)) or any(
        words in text for words in _CPU_MEMORY
    ):
        return EngineError(f"{device} is out of memory: {text}", "memory")
    return EngineError(f"the network failed on {device}: {text}", "device")
