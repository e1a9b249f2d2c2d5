"""Channel and spatial attention, CA and SA of eq (7)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from bridgenet_ros.network.layers import conv1x1, conv3x3

CA_REDUCTION = 16
SA_REDUCTION = 4
MIN_HIDDEN = 4


class ChannelAttention(nn.Module):
    """CA as in CBAM (paper's reference 46): a shared MLP over average- and max-pooled channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = max(channels // CA_REDUCTION, MIN_HIDDEN)
        self.squeeze = conv1x1(channels, hidden)
        self.excite = conv1x1(hidden, channels)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W), each channel scaled by a gate in (0, 1)."""
        # Pooled means are taken in float32: half precision loses them on large images.
        pooled_mean = x.float().mean(dim=(2, 3), keepdim=True).to(x.dtype)
        pooled_max = torch.amax(x, dim=(2, 3), keepdim=True)
        return x * torch.sigmoid(self._mlp(pooled_mean) + self._mlp(pooled_max))

    def _mlp(self, pooled: Tensor) -> Tensor:
        excited: Tensor = self.excite(F.relu(self.squeeze(pooled)))
        return excited


class SpatialAttention(nn.Module):
    """SA: a small convolution stack to a one-channel gate.

    The layers of the paper's reference 40 are not stated; conv3x3 to a quarter of the
    channels, ReLU, conv3x3 to one channel, sigmoid is our reading.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = max(channels // SA_REDUCTION, MIN_HIDDEN)
        self.reduce = conv3x3(channels, hidden)
        self.gate = conv3x3(hidden, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W), each pixel scaled by a gate in (0, 1)."""
        return x * torch.sigmoid(self.gate(F.relu(self.reduce(x))))


class AttentionBlock(nn.Module):
    """``SA(conv1x1(CA(x)))`` of eq (7), used by both bridges."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.channel = ChannelAttention(in_channels)
        self.fuse = conv1x1(in_channels, out_channels)
        self.spatial = SpatialAttention(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """(B, Cin, H, W) -> (B, Cout, H, W)."""
        out: Tensor = self.spatial(self.fuse(self.channel(x)))
        return out
