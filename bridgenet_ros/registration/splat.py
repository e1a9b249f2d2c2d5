"""Which measurement of a depth camera the colour camera sees in each cell of its low-res grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from bridgenet_ros.errors import FrameError
from bridgenet_ros.registration.lens import Lens, distort
from bridgenet_ros.rigid_transform import RigidTransform

_LEAST = 1e-6
"""Smallest ratio of the depths that the cameras see: what is behind colour lands far outside."""
_BEYOND = 1e9
"""Image coordinate of what the colour camera cannot see."""
_MOST_PIXELS = 1 << 24
"""Indices are computed as float32, which holds every whole number up to here."""


class Padded:
    """An image as a flat array with a border of one pixel; index 0 lies in the border.

    Args:
        size: rows and columns of the image.

    Raises:
        FrameError: ``size``, more than 16 million pixels.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self.rows, self.columns = size[0] + 2, size[1] + 2
        self.count = self.rows * self.columns
        if self.count > _MOST_PIXELS:
            raise FrameError(
                "size", f"image is {size[1]}x{size[0]}; expected at most {_MOST_PIXELS} pixels"
            )

    def indices(self) -> Tensor:
        """(pixels,) int64, the index of every pixel of the image."""
        return torch.arange(self.count).view(self.rows, self.columns)[1:-1, 1:-1].flatten()


class Splat:
    """Projects every measurement and keeps the nearest one in each cell (a z-buffer).

    It works with inverse depth: the perspective division needs it anyway, and no measurement is a
    plain 0, which loses against every other. Two measurements never share a key, so the result
    does not depend on the order of writing. The cells have a border of one, which collects what
    falls outside the view. All work happens in buffers made once.

    Args:
        rays: x and y of every depth pixel at z = 1, (h, w) float64; NaN where there is none.
        color: the colour lens in units of cells.
        grid: rows and columns of the cells.
        depth_to_color: where the cameras stand.
        view_radius: largest distance from the axis, at z = 1, that the colour lens shows.
        device: of the tables and the depth images.

    Raises:
        FrameError: ``size``, the depth image or the grid has more than 16 million pixels.
    """

    def __init__(
        self,
        rays: tuple[Tensor, Tensor],
        color: Lens,
        grid: tuple[int, int],
        depth_to_color: RigidTransform,
        *,
        view_radius: float,
        device: torch.device,
    ) -> None:
        # The first cell lies behind the border.
        self._color = color = replace(color, cx=color.cx + 1, cy=color.cy + 1)
        self._grid, self._view_square = grid, view_radius**2
        x, y = rays
        padded, cells = Padded((x.shape[0], x.shape[1])), Padded(grid)
        unseen = x.isnan() | y.isnan()
        points = torch.stack([x, y, torch.ones_like(x)]).masked_fill(unseen, 0.0)
        turned = torch.einsum("ij,jhw->ihw", torch.from_numpy(depth_to_color.matrix), points)
        move = np.array(depth_to_color.translation)
        if not color.distortion:  # the lens is linear: fold it into the tables
            turned[0] = color.fx * turned[0] + color.cx * turned[2]
            turned[1] = color.fy * turned[1] + color.cy * turned[2]
            move[0] = color.fx * move[0] + color.cx * move[2]
            move[1] = color.fy * move[1] + color.cy * move[2]
        turned[:2].masked_fill_(unseen, _BEYOND)
        turned[2].masked_fill_(unseen, 1.0)
        self._turned = turned.to(device, torch.float32).flatten(1).contiguous()
        self._move = [float(value) for value in move]
        self._indices = padded.indices().to(device)
        self._float = torch.empty((4, x.numel()), device=device)
        self._keys = torch.empty((2, x.numel()), dtype=torch.int64, device=device)
        self._whole = torch.empty(x.numel(), dtype=torch.int32, device=device)
        self._cells = torch.empty(cells.count, dtype=torch.int64, device=device)

    def __call__(self, inverse: Tensor) -> Tensor:
        """The winners of a frame, which the next call overwrites.

        Args:
            inverse: (h, w) float32, the inverse of depth, 1/m, 0 where invalid.

        Returns:
            (cells,) int64: the padded index of the measurement in each cell, 0 where none fell.
        """
        near, scale, column, row = self._float
        flat = inverse.view(-1)
        # R (z ray) + t, divided by z.
        torch.add(self._turned[2], flat, alpha=self._move[2], out=scale)
        scale.clamp_min_(_LEAST).reciprocal_()
        torch.add(self._turned[0], flat, alpha=self._move[0], out=column).mul_(scale)
        torch.add(self._turned[1], flat, alpha=self._move[1], out=row).mul_(scale)
        torch.mul(flat, scale, out=near)
        if self._color.distortion:
            column, row = self._through_the_lens(column, row)
        return self._nearest(near, column, row)

    def _through_the_lens(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        # The polynomials mean nothing outside the image and can fold far rays back into it.
        outside = (x * x + y * y > self._view_square).to(x.dtype) * _BEYOND
        x, y = distort(x, y, self._color.distortion)
        column = x.mul_(self._color.fx).add_(self._color.cx).add_(outside)
        row = y.mul_(self._color.fy).add_(self._color.cy)
        return column.nan_to_num_(0.0), row.nan_to_num_(0.0)

    def _nearest(self, near: Tensor, column: Tensor, row: Tensor) -> Tensor:
        height, width = self._grid
        column.round_().clamp_(0, width + 1)
        row.round_().clamp_(0, height + 1)
        keys, cells = self._keys
        # Two conversions take half the time of the one from float to 64 bits.
        cells.copy_(self._whole.copy_(row.mul_(width + 2).add_(column)))
        # Positive floats compare like their bits: nearness above, index below, one maximum of both.
        keys.copy_(near.view(torch.int32)).bitwise_left_shift_(32).bitwise_or_(self._indices)
        self._cells.zero_().scatter_reduce_(0, cells, keys, "amax")
        return self._cells.bitwise_and_(0xFFFFFFFF)
