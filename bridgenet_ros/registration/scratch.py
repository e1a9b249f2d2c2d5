"""Working memory that all stages of a frame share: the less there is, the more a cache holds."""

from __future__ import annotations

import torch
from torch import Tensor

_MOST_ROWS = 8


class Scratch:
    """Images of numbers; what one stage leaves there is gone when the next begins.

    Args:
        count: pixels or cells of the largest image.
        device: where it lies.
    """

    def __init__(self, count: int, device: torch.device) -> None:
        self._numbers = torch.empty(_MOST_ROWS * count, device=device)

    def images(self, rows: int, count: int, *, skip: int = 0) -> Tensor:
        """(rows, count) float32 uninitialised, after ``skip`` such rows for something else."""
        return self._numbers[skip * count : (skip + rows) * count].view(rows, count)

    def whole(self, rows: int, count: int) -> Tensor:
        """(rows, count) int64 uninitialised, where `images` has its first twice as many rows."""
        return self._numbers[: 2 * rows * count].view(torch.int64).view(rows, count)
