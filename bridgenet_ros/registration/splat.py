"""Which measurement of a depth camera the colour camera sees in each cell of its low-res grid."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from bridgenet_ros.registration.lens import Lens, distort
from bridgenet_ros.registration.padded import Padded
from bridgenet_ros.registration.parallax import LARGEST_NEAR, Parallax
from bridgenet_ros.registration.scratch import Scratch

_BEYOND = 1e9
"""Image coordinate of what the colour camera cannot see."""


class Splat:
    """Projects every measurement and keeps the nearest one in each cell (a z-buffer).

    It works with inverse depth: no measurement is a plain 0, which loses against every other, and
    so does what lies behind the colour camera, which is negative. Two measurements never share a
    key, so the result does not depend on the order of writing. The cells have a border of one,
    which collects what falls outside the view.

    Args:
        parallax: of every depth pixel, (pixels,).
        color: the colour lens in units of cells.
        grid: rows and columns of the cells.
        view_radius: largest distance from the axis, at z = 1, that the colour lens shows.
        scratch: to work in.
        device: of the tables and the depth images.

    Raises:
        FrameError: ``size``, the grid has more than 16 million pixels.
    """

    def __init__(
        self,
        parallax: Parallax,
        color: Lens,
        grid: tuple[int, int],
        *,
        view_radius: float,
        scratch: Scratch,
        device: torch.device,
    ) -> None:
        # The first cell lies behind the border.
        self._color = color = replace(color, cx=color.cx + 1, cy=color.cy + 1)
        self._grid, self._view_square = grid, view_radius**2
        infinity, shift = parallax.infinity.clone(), parallax.shift.clone()
        if not color.distortion:  # the lens is linear: fold it into the tables
            for axis, (focal, centre) in enumerate([(color.fx, color.cx), (color.fy, color.cy)]):
                infinity[axis] = focal * infinity[axis] + centre
                shift[axis] *= focal
        self._infinity = infinity.nan_to_num(_BEYOND).to(device, torch.float32)
        self._shift = shift.nan_to_num(0.0).to(device, torch.float32)
        self._along = parallax.along.nan_to_num(1.0).to(device, torch.float32)
        self._ahead = parallax.ahead
        pixels = self._along.numel()
        self._indices = torch.arange(pixels, device=device)
        self._keys = scratch.whole(2, pixels)
        self._place = scratch.images(2, pixels, skip=4)
        self._near, whole = scratch.images(2, pixels, skip=6)
        self._whole = whole.view(torch.int32)
        self._cells = torch.empty(Padded(grid).count, dtype=torch.int64, device=device)

    def __call__(self, inverse: Tensor) -> Tensor:
        """The winners of a frame, which the next call overwrites.

        Args:
            inverse: (pixels,) float32, the inverse of depth, 1/m, 0 where invalid.

        Returns:
            (cells,) int64: the index of the measurement in each cell, 0 where none fell.
        """
        near, place = self._near, self._place
        torch.add(self._along, inverse, alpha=self._ahead, out=near)
        torch.div(inverse, near, out=near).clamp_(-LARGEST_NEAR, LARGEST_NEAR)
        torch.addcmul(self._infinity, self._shift, near, out=place)
        if self._color.distortion:
            self._through_the_lens(place)
        return self._nearest(near, place)

    def _through_the_lens(self, place: Tensor) -> None:
        x, y = place
        # The polynomials mean nothing outside the image and can fold far rays back into it.
        outside = (x * x + y * y > self._view_square).to(x.dtype) * _BEYOND
        column, row = distort(x, y, self._color.distortion)
        x.copy_(column.mul_(self._color.fx).add_(self._color.cx).add_(outside))
        y.copy_(row.mul_(self._color.fy).add_(self._color.cy))
        place.nan_to_num_(0.0)

    def _nearest(self, near: Tensor, place: Tensor) -> Tensor:
        height, width = self._grid
        column, row = place.round_()
        column.clamp_(0, width + 1).add_(row.clamp_(0, height + 1), alpha=width + 2)
        keys, cells = self._keys
        # Two conversions take half the time of the one from float to 64 bits.
        cells.copy_(self._whole.copy_(column))
        # Positive floats compare like their bits: nearness above, index below, one maximum of both.
        keys.copy_(near.view(torch.int32)).bitwise_left_shift_(32).bitwise_or_(self._indices)
        self._cells.zero_().scatter_reduce_(0, cells, keys, "amax")
        return self._cells.bitwise_and_(0xFFFFFFFF)
