"""DSRNet, the depth super-resolution sub-network (paper, section 3.1 and figure 2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from bridgenet_ros.network.layers import LinearResBlock, ShuffleUp, conv1x1, conv3x3, res_blocks


class DsrOutput(NamedTuple):
    """What DSRNet hands on."""

    depth: Tensor
    """D_SR before any residual: (B, k*k, H, W)."""
    shuffle1: Tensor
    """Decoder features after Shuffle1: (B, C2, H/4, W/4)."""
    shuffle2: Tensor
    """Decoder features after Shuffle2: (B, C1, H/2, W/2)."""


class Stage(nn.Module):
    """``Maxpool + Res(xN)``; a 1x1 convolution changes the width where the preset asks for it."""

    def __init__(self, in_channels: int, out_channels: int, blocks: int) -> None:
        super().__init__()
        same = in_channels == out_channels
        self.widen = nn.Identity() if same else conv1x1(in_channels, out_channels)
        self.blocks = res_blocks(out_channels, blocks)

    def forward(self, x: Tensor) -> Tensor:
        """(B, Cin, H, W) -> (B, Cout, H/2, W/2)."""
        out: Tensor = self.blocks(self.widen(F.max_pool2d(x, 2)))
        return out


def decoder_skip(channels: int, group: int | None) -> nn.Conv2d:
    """Mixes the encoder's channels by ``group``, or all; without a bias, the decoder has one."""
    groups = 1 if group is None else channels // group
    return nn.Conv2d(channels, channels, 1, groups=groups, bias=False)


class Downsample(nn.Module):
    """The long skip: three times conv3x3 and max-pool on the head's output."""

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        c0, c1, c2, c3 = widths
        self.convs = nn.ModuleList([conv3x3(c0, c1), conv3x3(c1, c2), conv3x3(c2, c3)])

    def forward(self, x: Tensor) -> Tensor:
        """(B, C0, H, W) -> (B, C3, H/8, W/8)."""
        for conv in self.convs:
            x = F.max_pool2d(conv(x), 2)
        return x


class DSRNet(nn.Module):
    """Encoder, body, multi-scale branch, long skip and decoder.

    ``bridges`` holds one module a stage that fuses MDENet's features into the stage's output
    (HABdg, or Table 4's direct features); an empty list is the DSRNet without guidance.
    ``decoder_skips`` adds the encoder's features to the decoder's of the same size, which the
    paper does not: where the widths are small, an eighth of the grid cannot carry the edges of
    the whole (ADR 0009).
    ``decoder_blocks`` are the residual blocks behind its sums at H/4 and at H/2, where features of
    colour and of depth meet (ADR 0019).
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        widths: Sequence[int],
        enc0_blocks: int,
        stage_blocks: int,
        body_blocks: int,
        post_blocks: int,
        bridges: Sequence[nn.Module],
        *,
        decoder_skips: bool = False,
        skip_group: int | None = 4,
        decoder_blocks: Sequence[int] = (0, 0),
    ) -> None:
        super().__init__()
        c0, c1, c2, c3 = widths
        self.head = conv3x3(in_channels, c0)
        self.enc0 = res_blocks(c0, enc0_blocks)
        self.stages = nn.ModuleList(
            [Stage(a, b, stage_blocks) for a, b in ((c0, c1), (c1, c2), (c2, c3))]
        )
        self.bridges = nn.ModuleList(bridges)
        self.multi_scale = nn.ModuleList(
            [conv3x3(a, b, stride=2) for a, b in ((c0, c1), (c1, c2), (c2, c3))]
        )
        self.body = res_blocks(c3, body_blocks)
        self.post = res_blocks(c3, post_blocks)
        self.downsample = Downsample(widths)
        self.decoder = nn.ModuleList([ShuffleUp(c3, c2), ShuffleUp(c2, c1), ShuffleUp(c1, c0)])
        self.skips = nn.ModuleList(
            [decoder_skip(c, skip_group) for c in (c2, c1, c0)] if decoder_skips else ()
        )
        self.refine = nn.ModuleList(
            nn.Sequential(*(LinearResBlock(c) for _ in range(count)))
            for c, count in zip((c2, c1), decoder_blocks, strict=True)
        )
        self.out = conv1x1(c0, out_channels)

    def forward(self, x: Tensor, taps: Sequence[Tensor] = ()) -> DsrOutput:
        """x (B, Cin, H, W); taps: MDENet's features at H/2, H/4, H/8, one a bridge."""
        shallow = self.head(x)  # (B, C0, H, W)
        levels, stages = self._encode(self.enc0(shallow), taps)
        features = self.downsample(shallow)  # the long skip, (B, C3, H/8, W/8)
        if self.post:
            scales = self._multi_scale(levels[0], stages)
            # Sum 1. `network.deepest` may have taken away what is added.
            scales = self.body(levels[-1]) + scales if self.body else scales
            features = self.post(scales) + features  # sum 2
        shuffle1 = self._draw(0, features, levels)  # (B, C2, H/4, W/4)
        shuffle2 = self._draw(1, shuffle1, levels)  # (B, C1, H/2, W/2)
        return DsrOutput(self.out(self._draw(2, shuffle2, levels)), shuffle1, shuffle2)

    def _draw(self, index: int, x: Tensor, levels: Sequence[Tensor]) -> Tensor:
        """One ``Conv + Shuffle``, what the encoder knew at that size, and the blocks behind it."""
        drawn: Tensor = self.decoder[index](x)
        if self.skips:
            drawn = drawn + self.skips[index](levels[2 - index])
        return self.refine[index](drawn) if index < len(self.refine) else drawn

    def _encode(self, x: Tensor, taps: Sequence[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        """enc0's and the three stages' (bridged) features, and the stages' before their bridge."""
        levels, stages = [x], []
        for i, stage in enumerate(self.stages):
            x = stage(x)
            stages.append(x)
            if self.bridges:
                x = self.bridges[i](x, taps[i])
            levels.append(x)
        return levels, stages

    def _multi_scale(self, x: Tensor, stages: Sequence[Tensor]) -> Tensor:
        """The multi-scale branch: takes each stage's output before its bridge (figure 2)."""
        for i, conv in enumerate(self.multi_scale):
            x = conv(x)
            if i < len(stages):
                x = x + stages[i]
        return x
