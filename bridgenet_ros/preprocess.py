"""From a frame's arrays to the network's input, in torch, on the device of the tensors.

Live node, bag tool, training and evaluation all come through `prepare`.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from bridgenet_ros.depth_units import DepthUnits


def units_to_metres(depth: Tensor, units: DepthUnits) -> Tensor:
    """`depth_units.to_metres` on the device of the tensor, to the bit.

    Args:
        depth: int16 that holds the bits of uint16, which torch cannot compute with.
    """
    unsigned = depth.to(torch.int32) & 0xFFFF
    metres = (unsigned.to(torch.float64) * units.scale_m).to(torch.float32)
    valid = (metres >= units.min_m) & (metres <= units.max_m) & (metres > 0)
    return torch.where(valid, metres, torch.zeros_like(metres))


class NetworkInput(NamedTuple):
    """What `BridgeNet.forward` takes; H and W padded to the network's multiple."""

    image: Tensor
    """(B, 3, H, W) float32, [0, 1]."""
    depth: Tensor
    """(B, 1, H, W) float32, normalised by the fixed range, holes filled, bicubic."""
    validity: Tensor
    """(B, 1, H, W) float32, 1 where the nearest low-resolution pixel was measured."""


def prepare(rgb: Tensor, depth_m: Tensor, *, value_range_m: float, multiple: int) -> NetworkInput:
    """Colour and low-resolution depth to the network's input.

    Args:
        rgb: (B, H, W, 3) uint8.
        depth_m: (B, h, w) float32 metres, 0 where invalid.
        value_range_m: metres that become 1.0; fixed, never taken from the frame.
        multiple: H and W are padded to a multiple of this by replication.
    """
    # Planes first, while a pixel is three bytes: the same copy of floats takes nine times as long.
    image = rgb.permute(0, 3, 1, 2).contiguous().to(torch.float32).div_(255.0)
    depth, validity = upsample_depth(depth_m.unsqueeze(1), (rgb.shape[1], rgb.shape[2]))
    return NetworkInput(
        pad_to_multiple(image, multiple),
        pad_to_multiple(depth / value_range_m, multiple),
        pad_to_multiple(validity, multiple),
    )


def upsample_depth(depth: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Bicubic depth and nearest validity at ``size`` (H, W).

    Holes (values that are not above 0) are filled from their valid neighbours first, so no
    invalid value reaches the bicubic kernel. The kernel is a = -0.5, as Pillow's BICUBIC.

    Args:
        depth: (B, 1, h, w), any unit, 0 where invalid.

    Returns:
        depth (B, 1, H, W) without holes; validity (B, 1, H, W) of 0 and 1.
    """
    valid = (depth > 0).to(depth.dtype)
    filled = fill_holes(depth, valid)
    if depth.shape[-2:] == size:
        return filled, valid
    # With antialias torch takes Pillow's kernel; upsampling, it filters nothing away.
    up = F.interpolate(filled, size=size, mode="bicubic", antialias=True, align_corners=False)
    return up, F.interpolate(valid, size=size, mode="nearest-exact")


def fill_holes(depth: Tensor, valid: Tensor) -> Tensor:
    """Push-pull: a hole takes the mean of the valid pixels of the finest level that has any.

    Args:
        depth: (B, 1, h, w); values where ``valid`` is 0 are never read.
        valid: (B, 1, h, w) of 0 and 1.
    """
    depth = torch.where(valid > 0, depth, torch.zeros_like(depth))
    if min(depth.shape[-2:]) < 2 and max(depth.shape[-2:]) < 2:
        return depth
    weight = F.avg_pool2d(valid, 2, ceil_mode=True, count_include_pad=False)
    total = F.avg_pool2d(depth, 2, ceil_mode=True, count_include_pad=False)
    has_any = (weight > 0).to(depth.dtype)
    coarse = fill_holes(total / weight.clamp_min(1e-6), has_any)
    height, width = depth.shape[-2:]
    # Nearest, not linear: a linear blend across a large hole would invent a slope.
    grown = F.interpolate(coarse, scale_factor=2.0, mode="nearest")[..., :height, :width]
    return torch.where(valid > 0, depth, grown)


def pad_to_multiple(x: Tensor, multiple: int) -> Tensor:
    """Replicate the right and lower border of (B, C, H, W) up to a multiple of ``multiple``."""
    height, width = x.shape[-2:]
    right, below = -width % multiple, -height % multiple
    if right == 0 and below == 0:
        return x
    return F.pad(x, (0, right, 0, below), mode="replicate")
