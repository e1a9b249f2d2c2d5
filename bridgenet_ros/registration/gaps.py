"""Cells that no measurement fell into although they lie within a surface."""

from __future__ import annotations

import torch
from torch import Tensor

from bridgenet_ros.registration.padded import Padded
from bridgenet_ros.registration.planes import STEP
from bridgenet_ros.registration.scratch import Scratch


class GapCloser:
    """Covers cells between measurements that are neighbours on one surface.

    Where the colour camera sees a surface larger than the depth camera did, neighbours land two
    cells apart. The cell between is empty, or shows what lies behind the surface.

    Args:
        cells: their layout.
        row: step of the index from one row of the depth image to the next.
        scratch: to work in, on the device of the cells.
    """

    def __init__(self, cells: Padded, row: int, scratch: Scratch) -> None:
        # Flat: the border keeps the ends of two rows apart.
        self._row, self._cell_row = row, cells.columns
        self._spare = scratch.images(3, cells.count)
        self._index = scratch.images(1, cells.count, skip=3)[0]

    def __call__(self, near: Tensor, winners: Tensor) -> None:
        """One frame; first the gaps within rows, then those within columns.

        Args:
            near: (cells,) inverse depth, changed in place.
            winners: (cells,) index of each cell's measurement.
        """
        index = self._index.copy_(winners)
        linked, left = self._close(near, index, 1, (1, self._row))
        index[1:-1].lerp_(left.copy_(index[:-2]), linked)
        self._close(near, index, self._cell_row, (self._row, 1))

    def _close(
        self, near: Tensor, index: Tensor, apart: int, steps: tuple[int, int]
    ) -> tuple[Tensor, Tensor]:
        """Sets depth between such measurements; 1 where it did, else 0, and a spare image."""
        count = near.numel() - 2 * apart
        total, linked, off = self._spare[:, :count]
        before, here, after = (near[start : start + count] for start in (0, apart, 2 * apart))
        torch.add(before, after, out=total)
        # Next to each other in the depth image, perhaps one pixel to the side.
        step, aside = steps
        torch.sub(index[2 * apart :], index[:count], out=linked).sub_(step).abs_()
        linked.sub_(aside / 2).abs_().eq_(aside / 2)
        # On one surface, and nearer than what the cell shows.
        torch.sub(before, after, out=off).abs_().sub_(total, alpha=STEP / 2)
        linked.mul_(off.lt_(0))
        torch.sub(here, total, alpha=(1 - STEP) / 2, out=off)
        linked.mul_(off.lt_(0))
        here.lerp_(total.mul_(0.5), linked)
        return linked, off
