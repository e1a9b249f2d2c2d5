"""Convolution blocks that both sub-networks are made of (paper, section 3.1)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812


def conv3x3(in_channels: int, out_channels: int, stride: int = 1) -> nn.Conv2d:
    """A 3x3 convolution that keeps the size (or halves it with ``stride=2``)."""
    return nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1)


def conv1x1(in_channels: int, out_channels: int) -> nn.Conv2d:
    """A 1x1 convolution."""
    return nn.Conv2d(in_channels, out_channels, 1)


class ResBlock(nn.Module):
    """DSRNet's residual block: conv3x3, ReLU, conv3x3, skip, ReLU; no batch norm."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = conv3x3(channels, channels)
        self.conv2 = conv3x3(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        return F.relu(x + self.conv2(F.relu(self.conv1(x))))


class LinearResBlock(nn.Module):
    """conv3x3, ReLU, conv3x3, skip, and no ReLU at the end: what comes in may be negative.

    With zeros in the second convolution it hands on what it gets.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = conv3x3(channels, channels)
        self.conv2 = conv3x3(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        out: Tensor = x + self.conv2(F.relu(self.conv1(x)))
        return out


def res_blocks(channels: int, count: int) -> nn.Sequential:
    """``Res(xN)`` of the architecture figure."""
    return nn.Sequential(*(ResBlock(channels) for _ in range(count)))


class ConvBnRelu(nn.Sequential):
    """Convolution without bias, batch norm, ReLU: the unit of MDENet."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
        )


class BasicBlock(nn.Module):
    """Two 3x3 convolutions with a skip (ResNet-18 style), for the smaller presets."""

    expansion = 1

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            ConvBnRelu(in_channels, out_channels, 3, stride),
            nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
        )
        self.skip = _projection(in_channels, out_channels, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(B, Cin, H, W) -> (B, Cout, H/stride, W/stride)."""
        return F.relu(self.body(x) + self.skip(x))


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1 with a skip (ResNet-50 style), for ``full``."""

    expansion = 4

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        inner = out_channels // self.expansion
        self.body = nn.Sequential(
            ConvBnRelu(in_channels, inner, 1),
            ConvBnRelu(inner, inner, 3, stride),
            nn.Conv2d(inner, out_channels, 1, bias=False),
            nn.BatchNorm2d(out_channels),
        )
        self.skip = _projection(in_channels, out_channels, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(B, Cin, H, W) -> (B, Cout, H/stride, W/stride)."""
        return F.relu(self.body(x) + self.skip(x))


def _projection(in_channels: int, out_channels: int, stride: int) -> nn.Module:
    if in_channels == out_channels and stride == 1:
        return nn.Identity()
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
    )


class ShuffleUp(nn.Sequential):
    """``Conv + Shuffle`` of the figure: conv3x3 to four times the channels, PixelShuffle(2)."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(conv3x3(in_channels, 4 * out_channels), nn.PixelShuffle(2))


def resize_like(x: Tensor, reference: Tensor) -> Tensor:
    """Bilinear resize of (B, C, h, w) to the height and width of ``reference``."""
    if x.shape[-2:] == reference.shape[-2:]:
        return x
    return F.interpolate(x, size=reference.shape[-2:], mode="bilinear", align_corners=False)


def space_to_depth(x: Tensor, factor: int) -> Tensor:
    """(B, C, H, W) -> (B, C*factor**2, H/factor, W/factor); the inverse of PixelShuffle."""
    return x if factor == 1 else F.pixel_unshuffle(x, factor)


def depth_to_space(x: Tensor, factor: int) -> Tensor:
    """(B, C*factor**2, H, W) -> (B, C, H*factor, W*factor)."""
    return x if factor == 1 else F.pixel_shuffle(x, factor)


def concat(tensors: Sequence[Tensor]) -> Tensor:
    """``[., .]`` of eqs (6) and the text after (11): concatenation along the channels."""
    return torch.cat(list(tensors), dim=1)
