"""Weights in several files, where one would be larger than a git host takes gladly.

``full.safetensors`` is then followed by ``full.2.safetensors`` and so on; the card says how many.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

LIMIT_BYTES = 48_000_000
"""Of the tensors in a file."""


def shard_paths(first: Path, count: int) -> list[Path]:
    """The files of weights whose first is ``first``, in order."""
    more = (first.with_suffix(f".{i}{first.suffix}") for i in range(2, count + 1))
    return [first, *more]


def split(tensors: Mapping[str, Tensor], limit_bytes: int) -> list[dict[str, Tensor]]:
    """Tensors by name for each file, in their order; a tensor larger than the limit has its own."""
    shards: list[dict[str, Tensor]] = [{}]
    for name, tensor in tensors.items():
        if shards[-1] and _bytes([*shards[-1].values(), tensor]) > limit_bytes:
            shards.append({})
        shards[-1][name] = tensor
    return shards


def _bytes(tensors: Iterable[Tensor]) -> int:
    return sum(t.numel() * t.element_size() for t in tensors)
