"""Depth that lies in its own camera's frame, seen by the colour camera on a low-resolution grid."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from bridgenet_ros.registration.gaps import GapCloser
from bridgenet_ros.registration.lens import Lens
from bridgenet_ros.registration.padded import Padded, PaddedImage
from bridgenet_ros.registration.parallax import parallax_of, part_in_view
from bridgenet_ros.registration.scratch import Scratch
from bridgenet_ros.registration.splat import Splat
from bridgenet_ros.registration.surface import Surface
from bridgenet_ros.rigid_transform import RigidTransform

_VIEW_MARGIN = 1.1
"""Rays up to this much farther from the axis than the image's corners are still projected."""


def low_grid(depth: Lens, color: Lens, size: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns that divide the colour view as finely as depth was measured.

    A cell spans the angle of a depth pixel: a finer grid would have holes, a coarser one would
    throw measurements away. It is never finer than the colour image.

    Args:
        depth: the depth lens.
        color: the colour lens.
        size: rows and columns of the colour image.
    """
    ratio = min(math.sqrt(depth.fx * depth.fy / (color.fx * color.fy)), 1.0)
    return max(round(size[0] * ratio), 1), max(round(size[1] * ratio), 1)


def in_cells(color: Lens, size: tuple[int, int], grid: tuple[int, int]) -> Lens:
    """The colour lens in units of the cells of a grid over its image.

    Cell k covers pixels k s - 0.5 to (k + 1) s - 0.5 for a cell of s pixels, as the network's
    upsampling has it.
    """
    down, across = grid[0] / size[0], grid[1] / size[1]
    return replace(
        color,
        fx=color.fx * across,
        fy=color.fy * down,
        cx=(color.cx + 0.5) * across - 0.5,
        cy=(color.cy + 0.5) * down - 0.5,
    )


class DepthProjector:
    """Takes depth images of one camera into the view of another; see docs/adr/0010.

    One thread at a time: it works in buffers of its own. Only the part of the depth image that can
    lie in the colour view is looked at.

    Args:
        depth: lens of the depth image.
        depth_size: its rows and columns.
        color: lens of the colour image.
        color_size: its rows and columns.
        depth_to_color: from the depth camera's frame to the colour camera's.
        device: where depth images come from and results go.
        grid: rows and columns of the result; None is `low_grid`.
    """

    def __init__(
        self,
        *,
        depth: Lens,
        depth_size: tuple[int, int],
        color: Lens,
        color_size: tuple[int, int],
        depth_to_color: RigidTransform,
        device: torch.device,
        grid: tuple[int, int] | None = None,
    ) -> None:
        self.grid = low_grid(depth, color, color_size) if grid is None else grid
        cells = in_cells(color, color_size, self.grid)
        centres = cells.rays(*_pixels((-1, self.grid[0] + 1), (-1, self.grid[1] + 1)))
        radius = float(torch.hypot(*centres).nan_to_num(0.0).max()) * _VIEW_MARGIN
        rays = depth.rays(*_pixels((0, depth_size[0]), (0, depth_size[1])))
        self._part = part = part_in_view(parallax_of(rays, depth_to_color), centres)
        padded = Padded((rays[0][part].shape[0], rays[0][part].shape[1]))
        x, y = (padded.around(axis[part], torch.nan) for axis in rays)
        self._cells = Padded(self.grid)
        self._inverse = PaddedImage(padded, device)
        scratch = Scratch(max(padded.count, self._cells.count), device)
        self._splat = Splat(
            parallax_of((x, y), depth_to_color),
            cells,
            self.grid,
            view_radius=radius,
            scratch=scratch,
            device=device,
        )
        self._surface = Surface((x, y), padded, depth, centres, depth_to_color, scratch, device)
        self._close_gaps = GapCloser(self._cells, padded.columns, scratch)

    def __call__(self, depth_m: Tensor) -> Tensor:
        """One frame.

        Args:
            depth_m: (h, w) float32 metres along the depth camera's axis, 0 where invalid.

        Returns:
            `grid` float32 metres along the colour camera's axis at the centres of the cells, 0
            where the depth camera saw nothing.
        """
        inverse = self._inverse
        torch.reciprocal(depth_m[self._part], out=inverse.inner).nan_to_num_(0.0, 0.0, 0.0)
        winners = self._splat(inverse.flat)
        near = self._surface(inverse, winners)
        self._close_gaps(near, winners)
        return torch.reciprocal(self._cells.inner(near)).nan_to_num_(0.0, 0.0, 0.0)


def _pixels(rows: tuple[int, int], columns: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Column and row numbers of a range of pixels, float64."""
    down = torch.arange(*rows, dtype=torch.float64)
    across = torch.arange(*columns, dtype=torch.float64)
    v, u = torch.meshgrid(down, across, indexing="ij")
    return u, v
