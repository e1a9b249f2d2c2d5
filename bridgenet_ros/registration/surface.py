"""Depth at the centres of cells, from measurements that lie beside them.

On a plane the inverse of depth is a linear function of image position, in any view. So each cell
takes the plane through its measurement and the neighbours of that on the same surface, and the
depth at which the ray through the cell's centre meets it.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from bridgenet_ros.registration.lens import Lens
from bridgenet_ros.registration.splat import Padded
from bridgenet_ros.rigid_transform import RigidTransform

STEP = 0.05
"""Relative change of depth between neighbours from which on they are two surfaces."""
AGREE = 0.003
"""Slopes to either side that differ by less, relative to depth, are one slope: their mean."""


class Surface:
    """Evaluates local planes of a depth image at rays of another camera.

    Args:
        rays: x and y of every depth pixel at z = 1, (h, w) float64; NaN where there is none.
        depth: the depth lens.
        centres: x and y of the cells' centres for the colour camera, float64, any shape.
        depth_to_color: where the cameras stand.
        device: of the tables and the depth images.
    """

    def __init__(
        self,
        rays: tuple[Tensor, Tensor],
        depth: Lens,
        centres: tuple[Tensor, Tensor],
        depth_to_color: RigidTransform,
        device: torch.device,
    ) -> None:
        x, y = rays
        self._padded = padded = Padded((x.shape[0], x.shape[1]))
        # Slopes are per pixel, so rays are too.
        scale = (depth.fx, depth.fy)
        offsets = torch.zeros((2, padded.rows, padded.columns), dtype=torch.float64)
        offsets[:, 1:-1, 1:-1] = torch.stack([x * scale[0], y * scale[1]]).nan_to_num(0.0)
        self._offsets = offsets.to(device, torch.float32).flatten(1).contiguous()
        self._stretch = _stretch(offsets, device) if depth.distortion else None
        back = depth_to_color.inverse()
        seen = torch.stack([*(c.flatten() for c in centres), torch.ones(centres[0].numel())])
        turned = torch.from_numpy(back.matrix) @ seen.double()
        origin = -np.array(back.translation)
        for axis in (0, 1):
            turned[axis] *= scale[axis]
            origin[axis] *= scale[axis]
        self._turned = turned.to(device, torch.float32).contiguous()
        self._origin = [float(value) for value in origin]
        # A row before and after, so that every neighbour of every index lies inside.
        self._inverse = torch.zeros(padded.count + 2 * padded.columns, device=device)
        self._float = torch.empty((8, turned.shape[1]), device=device)

    def __call__(self, inverse: Tensor, winners: Tensor) -> Tensor:
        """Inverse depth in the colour view, which the next call overwrites.

        Args:
            inverse: (h, w) float32, the inverse of depth, 1/m, 0 where invalid.
            winners: (cells,) int64, padded index of each cell's measurement, 0 for none.

        Returns:
            (cells,) float32, 1/m; 0 where there is none.
        """
        p = self._padded
        self._shifted(0).view(p.rows, p.columns)[1:-1, 1:-1].copy_(inverse)
        near, across, down, x, y, bend, first, second = self._float
        torch.index_select(self._shifted(0), 0, winners, out=near)
        self._slope(1, winners, near, across, (x, y, first, second))
        self._slope(self._padded.columns, winners, near, down, (x, y, first, second))
        if self._stretch is not None:
            across.mul_(torch.index_select(self._stretch[0], 0, winners, out=x))
            down.mul_(torch.index_select(self._stretch[1], 0, winners, out=y))
        torch.index_select(self._offsets[0], 0, winners, out=x)
        torch.index_select(self._offsets[1], 0, winners, out=y)
        # The plane is across * X + down * Y + bend * Z = 1 for points (X, Y, Z) of the depth view.
        torch.addcmul(near, across, x, value=-1, out=bend).addcmul_(down, y, value=-1)
        turned, origin = self._turned, self._origin
        above = torch.mul(bend, turned[2], out=first)
        above.addcmul_(across, turned[0]).addcmul_(down, turned[1])
        below = torch.mul(bend, origin[2], out=second).add_(1)
        below.add_(across, alpha=origin[0]).add_(down, alpha=origin[1])
        return above.div_(below).nan_to_num_(0.0, 0.0, 0.0).clamp_min_(0)

    def _shifted(self, by: int) -> Tensor:
        """The padded array as seen from ``by`` pixels away."""
        start = self._padded.columns + by
        return self._inverse[start : start + self._padded.count]

    def _slope(
        self,
        step: int,
        winners: Tensor,
        near: Tensor,
        out: Tensor,
        spare: tuple[Tensor, Tensor, Tensor, Tensor],
    ) -> None:
        """Change of inverse depth per pixel, along the surface that the measurement lies on.

        That is the smaller change of both sides, since the larger may lead to another surface;
        their mean where they agree; none where both leave the surface.
        """
        ahead, behind, first, second = spare
        torch.index_select(self._shifted(step), 0, winners, out=ahead).sub_(near)
        torch.index_select(self._shifted(-step), 0, winners, out=behind)
        torch.sub(near, behind, out=behind)
        torch.lt(torch.abs(ahead, out=first), torch.abs(behind, out=second), out=first)
        torch.lerp(behind, ahead, first, out=out)
        torch.lt(
            torch.sub(ahead, behind, out=first).abs_(),
            torch.mul(near, AGREE, out=second),
            out=first,
        )
        out.lerp_(ahead.add_(behind).mul_(0.5), first)
        torch.lt(torch.abs(out, out=first), torch.mul(near, STEP, out=second), out=first)
        out.mul_(first)


def _stretch(offsets: Tensor, device: torch.device) -> Tensor:
    """How many pixels of a plain pinhole a pixel of a distorted image spans, both ways, inverted.

    Args:
        offsets: (2, rows, columns) rays in pixels of a plain pinhole, with a border of one.
    """
    across = (offsets[0, 1:-1, 2:] - offsets[0, 1:-1, :-2]) / 2
    down = (offsets[1, 2:, 1:-1] - offsets[1, :-2, 1:-1]) / 2
    inner = torch.stack([across, down])
    # The border holds no rays: its neighbours take the span of the next pixel inside.
    inner[0, :, [0, -1]] = inner[0, :, [1, -2]]
    inner[1, [0, -1], :] = inner[1, [1, -2], :]
    spans = torch.ones_like(offsets)
    spans[:, 1:-1, 1:-1] = inner.clamp(0.1, 10.0)
    return (1 / spans).to(device, torch.float32).flatten(1).contiguous()


class GapCloser:
    """Covers cells between measurements that are neighbours on one surface.

    Where the colour camera sees a surface larger than the depth camera did, neighbours land two
    cells apart. The cell between is empty, or shows what lies behind the surface.

    Args:
        size: rows and columns of the cells, their border of one included.
        row: step of the padded index from one row of the depth image to the next.
        device: of the cells.
    """

    def __init__(self, size: tuple[int, int], row: int, device: torch.device) -> None:
        count = size[0] * size[1]
        # Flat: the border keeps the ends of two rows apart.
        self._ways = ((1, 1.0, float(row)), (size[1], float(row), 1.0))
        self._float = torch.empty((6, count), device=device)

    def __call__(self, near: Tensor, winners: Tensor) -> None:
        """One frame; first the gaps within rows, then those within columns.

        Args:
            near: (cells,) inverse depth, changed in place.
            winners: (cells,) padded index of each cell's measurement.
        """
        index = self._float[5].copy_(winners)
        for apart, step, aside in self._ways:
            self._close(near, index, apart, (step, aside))

    def _close(self, near: Tensor, index: Tensor, apart: int, steps: tuple[float, float]) -> None:
        count = near.numel() - 2 * apart
        mean, linked, spare, limit, left = self._float[:5, :count]
        before, here, after = (near[start : start + count] for start in (0, apart, 2 * apart))
        first, middle, last = (index[start : start + count] for start in (0, apart, 2 * apart))
        torch.add(before, after, out=mean).mul_(0.5)
        # Next to each other in the depth image, perhaps one pixel to the side.
        torch.sub(last, first, out=spare).sub_(steps[0]).abs_()
        torch.eq(spare, 0, out=linked)
        linked.add_(torch.eq(spare, steps[1], out=spare))
        torch.sub(before, after, out=spare).abs_()
        linked.mul_(torch.lt(spare, torch.mul(mean, STEP, out=limit), out=spare))
        linked.mul_(torch.lt(here, torch.mul(mean, 1 - STEP, out=limit), out=spare))
        here.copy_(torch.lerp(here, mean, linked, out=mean))
        middle.copy_(torch.lerp(middle, left.copy_(first), linked, out=left))
