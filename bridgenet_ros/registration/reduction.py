"""From sparse dots or copied blocks in the colour grid back to one measurement a cell.

Cells have the size of the image over that of the grid, whole or not; no two measurements are ever
mixed.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from bridgenet_ros.registration.planes import STEP


class BlockReducer:
    """Takes the pixel at the centre of each cell: it is a copy of the cell's measurement.

    Args:
        size: rows and columns of the depth image.
        grid: rows and columns of the result.
        device: where depth images come from and results go.
    """

    def __init__(self, size: tuple[int, int], grid: tuple[int, int], device: torch.device) -> None:
        self.grid = grid
        self._rows, self._columns = (
            (_centres(pixels, cells) + 0.5).floor().long().to(device)
            for pixels, cells in zip(size, grid, strict=True)
        )

    def __call__(self, depth_m: Tensor) -> Tensor:
        """(H, W) metres to `grid` metres, 0 where the pixel at the centre is invalid."""
        return depth_m.index_select(0, self._rows).index_select(1, self._columns)


class DotReducer:
    """Takes one dot of each cell: of the nearest surface in it, the one closest to the centre.

    A dot of the background can shine through between dots of the foreground.

    Args:
        size: rows and columns of the depth image.
        grid: rows and columns of the result, no more than those of the image.
        device: where depth images come from and results go.
    """

    def __init__(self, size: tuple[int, int], grid: tuple[int, int], device: torch.device) -> None:
        self.grid = grid
        rows, down = _members(size[0], grid[0])
        columns, across = _members(size[1], grid[1])
        self._window = (rows.shape[1], columns.shape[1])
        self._rows, self._columns = rows.flatten().to(device), columns.flatten().to(device)
        far = down.flatten()[:, None] ** 2 + across.flatten()[None, :] ** 2
        # A dot that is nearer by more than a step between surfaces always outweighs the centre.
        self._weight = (1 + STEP / (1 + far)).to(device, torch.float32)

    def __call__(self, depth_m: Tensor) -> Tensor:
        """(H, W) metres to `grid` metres, 0 where a cell holds no dot."""
        depth = depth_m.index_select(0, self._rows).index_select(1, self._columns)
        rank = torch.reciprocal(depth).nan_to_num_(0.0, 0.0, 0.0).mul_(self._weight)
        _, where = F.max_pool2d(rank[None, None], self._window, return_indices=True)
        return depth.flatten().index_select(0, where.flatten()).view(self.grid)


def _centres(pixels: int, cells: int) -> Tensor:
    """Pixel coordinates of the cells' centres along one axis, float64."""
    return (torch.arange(cells, dtype=torch.float64) + 0.5) * (pixels / cells) - 0.5


def _members(pixels: int, cells: int) -> tuple[Tensor, Tensor]:
    """The pixels of each cell along one axis, and how far their centres are from the cell's.

    Where cells are not of one size, shorter ones name their last pixel again.

    Returns:
        (cells, most) int64 pixel numbers; (cells, most) float64 distances in pixels.
    """
    bounds = [math.ceil(cell * pixels / cells - 0.5) for cell in range(cells + 1)]
    first, last = torch.tensor(bounds[:-1])[:, None], torch.tensor(bounds[1:])[:, None] - 1
    members = torch.minimum(first + torch.arange(int((last - first).max()) + 1), last)
    return members, members - _centres(pixels, cells)[:, None]
