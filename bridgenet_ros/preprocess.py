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


def prepare(
    rgb: Tensor,
    depth_m: Tensor,
    *,
    value_range_m: float,
    multiple: int,
    memory_format: torch.memory_format = torch.contiguous_format,
) -> NetworkInput:
    """Colour and low-resolution depth to the network's input.

    Args:
        rgb: (B, H, W, 3) uint8.
        depth_m: (B, h, w) float32 metres, 0 where invalid.
        value_range_m: metres that become 1.0; fixed, never taken from the frame.
        multiple: H and W are padded to a multiple of this by replication.
        memory_format: of the results.
    """
    # Planes, where they are wanted, while a pixel is three bytes: the same copy of floats takes
    # nine times as long. In channels_last nothing moves.
    image = rgb.permute(0, 3, 1, 2).contiguous(memory_format=memory_format)
    image = image.to(torch.float32).div_(255.0)
    depth, validity = upsample_depth(depth_m.unsqueeze(1), (rgb.shape[1], rgb.shape[2]))
    inputs = (image, depth / value_range_m, validity)
    padded = (pad_to_multiple(x, multiple).contiguous(memory_format=memory_format) for x in inputs)
    return NetworkInput(*padded)


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
    return _filled(torch.where(valid > 0, depth, torch.zeros_like(depth)), valid)


def _filled(depth: Tensor, valid: Tensor) -> Tensor:
    """`fill_holes` of depth that is 0 in its holes; sums, because masks of bool are slow."""
    height, width = depth.shape[-2:]
    if height == width == 1 or _is_whole(valid):
        return depth
    count = _block_sums(valid)
    coarse = _filled(_block_sums(depth) / count.clamp_min(1.0), count.clamp_max(1.0))
    # Nearest, not linear: a linear blend across a large hole would invent a slope.
    grown = F.interpolate(coarse, scale_factor=2.0, mode="nearest")[..., :height, :width]
    return torch.addcmul(depth, 1.0 - valid, grown)


def _is_whole(valid: Tensor) -> bool:
    """Whether nothing is left to fill; to look at a GPU's answer would be to wait for the GPU."""
    return valid.device.type == "cpu" and bool(valid.min() > 0)


def _block_sums(x: Tensor) -> Tensor:
    """Sums of blocks of 2x2; beyond an odd border there is 0."""
    height, width = x.shape[-2:]
    if height % 2 or width % 2:
        x = F.pad(x, (0, width % 2, 0, height % 2))
    rows = x[..., 0::2, :] + x[..., 1::2, :]
    return rows[..., 0::2] + rows[..., 1::2]


def pad_to_multiple(x: Tensor, multiple: int) -> Tensor:
    """Replicate the right and lower border of (B, C, H, W) up to a multiple of ``multiple``."""
    height, width = x.shape[-2:]
    right, below = -width % multiple, -height % multiple
    if right == 0 and below == 0:
        return x
    return F.pad(x, (0, right, 0, below), mode="replicate")
