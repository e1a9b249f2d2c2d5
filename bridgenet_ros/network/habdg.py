"""HABdg, the high-frequency attention bridge from MDENet to DSRNet (paper, 3.2, eqs 3-7)."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from bridgenet_ros.network.attention import AttentionBlock
from bridgenet_ros.network.layers import concat, conv1x1


class Blur(nn.Module):
    """``deconv(avgpool(F))`` of eq (3).

    The paper states no kernel: the smallest pooling that blurs (2), and a depthwise
    ConvTranspose2d(4, 2, 1) that starts as the bilinear kernel, so that the block is a blur
    from the first step on (`network.init`).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.deconv = nn.ConvTranspose2d(channels, channels, 4, 2, 1, groups=channels, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W); odd sizes are pooled by ceiling and cropped back."""
        height, width = x.shape[-2:]
        pooled = F.avg_pool2d(x, 2, ceil_mode=True, count_include_pad=False)
        # The border is replicated: zero padding would darken it and look like an edge.
        blurred: Tensor = self.deconv(F.pad(pooled, (1, 1, 1, 1), mode="replicate"))
        cropped: Tensor = blurred[..., 2 : 2 + height, 2 : 2 + width]
        return cropped


class HighFrequencyAttentionBridge(nn.Module):
    """HABdg: weights MDENet features by their high frequencies and fuses them into DSRNet's."""

    def __init__(self, mde_channels: int, dsr_channels: int) -> None:
        super().__init__()
        self.blur = Blur(mde_channels)
        self.prelu = nn.PReLU()
        self.attention = AttentionBlock(dsr_channels + mde_channels, dsr_channels)

    def forward(self, f_dsr: Tensor, f_mde: Tensor) -> Tensor:
        """F_DSR (B, Cd, H, W), F_MDE (B, Cm, H, W) -> F_ha (B, Cd, H, W)."""
        out: Tensor = self.attention(concat([f_dsr, self.guidance(f_mde)]))  # eqs (6), (7)
        return out

    def guidance(self, f_mde: Tensor) -> Tensor:
        """F_hg of eq (5): (B, Cm, H, W) -> (B, Cm, H, W)."""
        f_blurred: Tensor = self.blur(f_mde)  # eq (3)
        a_hf: Tensor = self.prelu(f_mde - f_blurred)  # eq (4)
        return f_mde + a_hf * f_mde  # eq (5)


class DirectFeatures(nn.Module):
    """Table 4's "w/o HABdg": the features are concatenated; a 1x1 conv restores the width."""

    def __init__(self, mde_channels: int, dsr_channels: int) -> None:
        super().__init__()
        self.fuse = conv1x1(dsr_channels + mde_channels, dsr_channels)

    def forward(self, f_dsr: Tensor, f_mde: Tensor) -> Tensor:
        """F_DSR (B, Cd, H, W), F_MDE (B, Cm, H, W) -> (B, Cd, H, W)."""
        out: Tensor = self.fuse(concat([f_dsr, f_mde]))
        return out
