"""Where what a ray of the depth camera can meet appears in the colour view.

A point at depth z along a ray lies at p = z r + t for the colour camera, r being the turned ray.
With near = 1 / p_z it appears at r_xy / r_z + near (t_xy - t_z r_xy / r_z): a line through the
image of the ray's far end, along which it moves in proportion to near.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from bridgenet_ros.rigid_transform import RigidTransform

NEAREST_M = 0.05
"""No depth camera measures what is nearer."""
LARGEST_NEAR = 1e6
"""1/m. Keeps all products finite, and what is this near to the colour camera lies outside."""
_GRAZING = 1e-2
"""Least r_z, either way: a ray that runs across colour's axis has no far end to count from."""


class Parallax(NamedTuple):
    """The images of rays, float64."""

    along: Tensor
    """(...,) r_z, depth for the colour camera gained per depth along the ray."""
    ahead: float
    """t_z, metres from the colour camera to the depth camera along colour's axis."""
    infinity: Tensor
    """(2, ...) x and y at z = 1 of the ray's far end; NaN where there is no ray to follow."""
    shift: Tensor
    """(2, ...) change of x and y per near."""


def parallax_of(rays: tuple[Tensor, Tensor], depth_to_color: RigidTransform) -> Parallax:
    """The images of the depth camera's rays.

    Rays that run across the colour camera's axis, to half a degree, are left out.

    Args:
        rays: x and y at z = 1, float64; NaN where there is none.
        depth_to_color: where the cameras stand.
    """
    x, y = rays
    matrix = torch.from_numpy(depth_to_color.matrix)
    turned = torch.tensordot(matrix, torch.stack([x, y, torch.ones_like(x)]), dims=1)
    turned.masked_fill_(turned[2].abs() < _GRAZING, torch.nan)
    move = torch.from_numpy(np.array(depth_to_color.translation)).view(3, *[1] * x.dim())
    infinity = turned[:2] / turned[2]
    return Parallax(turned[2], float(move[2]), infinity, move[:2] - move[2] * infinity)


def part_in_view(parallax: Parallax, centres: tuple[Tensor, Tensor]) -> tuple[slice, slice]:
    """Rows and columns of the depth image outside of which nothing lies in the colour view.

    What is nearer than `NEAREST_M` is left aside.

    Args:
        parallax: of every pixel, (h, w).
        centres: x and y at z = 1 of everything that the colour camera sees; NaN says nothing.
    """
    along, ahead = parallax.along, parallax.ahead
    closest = along * NEAREST_M + ahead
    # Nearness at both ends of the part of the ray that lies before the colour camera.
    least = torch.where(along > 0, 0.0, 1 / closest)
    most = torch.where((along > 0) & (closest > 0), 1 / closest, LARGEST_NEAR)
    inside = (along > 0) | (closest > 0)
    for start, shift, seen in zip(parallax.infinity, parallax.shift, centres, strict=True):
        ends = start + shift * least, start + shift * most
        inside &= torch.maximum(*ends) >= seen.nan_to_num(torch.inf).min()
        inside &= torch.minimum(*ends) <= seen.nan_to_num(-torch.inf).max()
    return _span(inside.any(dim=1)), _span(inside.any(dim=0))


def _span(chosen: Tensor) -> slice:
    """From the first to the last that is chosen, and a neighbour on either side."""
    (places,) = torch.nonzero(chosen, as_tuple=True)
    if not len(places):
        return slice(0, 1)
    return slice(max(int(places[0]) - 1, 0), int(places[-1]) + 2)
