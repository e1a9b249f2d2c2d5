"""The two ways in which the literature makes low-resolution depth."""

from __future__ import annotations

from enum import Enum

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from bridgenet_ros.errors import DatasetError


class Downsampling(Enum):
    """How low-resolution depth is made from high-resolution depth."""

    BICUBIC = "bicubic"
    """Antialiased, as Pillow's BICUBIC."""
    NEAREST = "nearest"
    """Every S-th pixel, from the first."""


def downsample(depth: Tensor, valid: Tensor, scale: int, how: Downsampling) -> Tensor:
    """Low-resolution depth; H and W must be multiples of ``scale``.

    Args:
        depth: (B, 1, H, W) float32.
        valid: (B, 1, H, W) bool or 0 and 1; False pixels are never read.
        scale: the factor S.
        how: the protocol.

    Returns:
        (B, 1, H/S, W/S) float32, 0 where invalid: under ``NEAREST`` where the pixel taken is
        invalid, under ``BICUBIC`` where half of the S x S block or more is. A valid 0 (a grey
        level of disparity) becomes the smallest number that is not a hole.

    Raises:
        DatasetError: a size is no multiple of ``scale``.
    """
    height, width = depth.shape[-2:]
    if height % scale or width % scale:
        raise DatasetError(f"{width}x{height} is not a multiple of the scale {scale}")
    valid = valid.to(depth.dtype)
    if how is Downsampling.NEAREST:
        low, kept = depth[..., ::scale, ::scale], valid[..., ::scale, ::scale] > 0
    else:
        low, kept = _bicubic(depth, valid, (height // scale, width // scale))
    # Bicubic overshoot may pass below zero at a steep edge, and zero would mean a hole.
    smallest = torch.finfo(torch.float32).tiny
    return torch.where(kept, low.clamp_min(smallest), torch.zeros_like(low))


def _bicubic(depth: Tensor, valid: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    if bool((valid > 0).all()):
        low = _resample(depth, size)
        return low, torch.ones_like(low, dtype=torch.bool)
    # Normalised convolution, with the box filter where the kernel's weights nearly cancel.
    share = F.adaptive_avg_pool2d(valid, size)
    box = F.adaptive_avg_pool2d(depth * valid, size) / share.clamp_min(1e-6)
    weight = _resample(valid, size)
    low = torch.where(weight > 0.9, _resample(depth * valid, size) / weight.clamp_min(0.1), box)
    return low, share > 0.5


def _resample(x: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(x, size=size, mode="bicubic", antialias=True, align_corners=False)
