"""MDENet, the monocular depth estimation sub-network (paper, 3.1; after CLIFFNet, ref. 44)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from bridgenet_ros.network.layers import (
    BasicBlock,
    Bottleneck,
    ConvBnRelu,
    concat,
    conv3x3,
    resize_like,
)

TAPS = 3
"""Res1, Res2 and Res3."""

Block = type[BasicBlock] | type[Bottleneck]


class MdeEncoder(nn.Module):
    """Stem and Res1..Res4; the stem halves the size and no max-pool follows (ADR 0004)."""

    def __init__(
        self,
        in_channels: int,
        stem: int,
        widths: Sequence[int],
        depths: Sequence[int],
        block: Block,
    ) -> None:
        super().__init__()
        self.stem = ConvBnRelu(in_channels, stem, 7, stride=2)
        self.stages = nn.ModuleList()
        channels = stem
        for i, (width, depth) in enumerate(zip(widths, depths, strict=True)):
            first = block(channels, width, 1 if i == 0 else 2)
            rest = [block(width, width, 1) for _ in range(depth - 1)]
            self.stages.append(nn.Sequential(first, *rest))
            channels = width

    def taps(self, image: Tensor, count: int = TAPS) -> list[Tensor]:
        """(B, Cin, H, W) -> Res1, Res2, Res3 at H/2, H/4, H/8, or the first ``count`` of them."""
        features: list[Tensor] = []
        x = self.stem(image)
        for stage in list(self.stages)[:count]:
            x = stage(x)
            features.append(x)
        return features

    def top(self, res3: Tensor) -> Tensor:
        """Res3 (B, C3, H/8, W/8) -> Res4 (B, C4, H/16, W/16)."""
        out: Tensor = self.stages[3](res3)
        return out


class FeaturePyramid(nn.Module):
    """Lateral 1x1 convolutions and a top-down pathway with bilinear resizing."""

    def __init__(self, widths: Sequence[int], channels: int) -> None:
        super().__init__()
        self.lateral = nn.ModuleList([ConvBnRelu(w, channels, 1) for w in widths])
        self.smooth = nn.ModuleList([ConvBnRelu(channels, channels, 3) for _ in widths])

    def forward(self, features: Sequence[Tensor]) -> list[Tensor]:
        """Res1..Res4 -> P1..P4, all of the pyramid's width, at H/2 .. H/16."""
        top_down = self.lateral[-1](features[-1])
        levels = [self.smooth[-1](top_down)]
        for i in range(len(features) - 2, -1, -1):
            lateral = self.lateral[i](features[i])
            top_down = lateral + resize_like(top_down, lateral)
            levels.insert(0, self.smooth[i](top_down))
        return levels


class Cliff(nn.Module):
    """Cross-level identity feature fusion: selects low-level features by high-level ones."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.select_low = ConvBnRelu(2 * channels, channels, 3)
        self.select_high = ConvBnRelu(2 * channels, channels, 3)

    def forward(self, low: Tensor, high: Tensor) -> Tensor:
        """low, high (B, C, H, W) -> (B, C, H, W)."""
        refined = low * high
        chosen = self.select_low(concat([low, refined]))
        out: Tensor = self.select_high(concat([high, chosen])) + high
        return out


class MdeDecoderInputs(NamedTuple):
    """DSRNet's decoder features, at H/4 and H/2; the CGBdg input."""

    shuffle1: Tensor
    shuffle2: Tensor


class MDENet(nn.Module):
    """Encoder, pyramid, three CLIFF and the score; ``bridges`` are the two CGBdg, or none."""

    def __init__(
        self,
        encoder: MdeEncoder,
        widths: Sequence[int],
        pyramid_channels: int,
        out_channels: int,
        bridges: Sequence[nn.Module],
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.pyramid = FeaturePyramid(widths, pyramid_channels)
        self.cliff = nn.ModuleList([Cliff(pyramid_channels) for _ in range(3)])
        self.bridges = nn.ModuleList(bridges)
        self.score = nn.Sequential(
            ConvBnRelu(pyramid_channels, pyramid_channels, 3),
            conv3x3(pyramid_channels, out_channels),
        )

    def taps(self, image: Tensor, count: int = TAPS) -> list[Tensor]:
        """Res1..Res3 of the encoder, shared by HABdg and the decoder."""
        return self.encoder.taps(image, count)

    def decode(self, taps: Sequence[Tensor], guidance: MdeDecoderInputs | None) -> Tensor:
        """Res1..Res3 and DSRNet's decoder features -> D_DE (B, k*k, H, W)."""
        p1, p2, p3, p4 = self.pyramid([*taps, self.encoder.top(taps[-1])])
        cliff1 = self.cliff[0](p3, resize_like(p4, p3))  # (B, C, H/8, W/8)
        high = self._bridge(0, resize_like(cliff1, p2), guidance)
        cliff2 = self.cliff[1](p2, high)  # (B, C, H/4, W/4)
        high = self._bridge(1, resize_like(cliff2, p1), guidance)
        cliff3 = self.cliff[2](p1, high)  # (B, C, H/2, W/2)
        return F.interpolate(
            self.score(cliff3), scale_factor=2.0, mode="bilinear", align_corners=False
        )

    def _bridge(self, index: int, fd_mde: Tensor, guidance: MdeDecoderInputs | None) -> Tensor:
        """CGBdg sits between the resize and the next CLIFF: only there do the sizes agree."""
        if not self.bridges or guidance is None:
            return fd_mde
        out: Tensor = self.bridges[index](guidance[index], fd_mde)
        return out
