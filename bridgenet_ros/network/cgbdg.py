"""CGBdg, the content guidance bridge from DSRNet to MDENet (paper, 3.3, eqs 8-11)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bridgenet_ros.network.attention import AttentionBlock
from bridgenet_ros.network.layers import concat, conv1x1


class ContentGuidanceBridge(nn.Module):
    """CGBdg: where the two tasks' depth maps differ, DSRNet's features guide MDENet's.

    The softmax runs over the channels (eq 10 does not say): over one channel it is constant,
    and over the pixels its effect would depend on the size of the image (ADR 0004).
    """

    def __init__(self, dsr_channels: int, mde_channels: int) -> None:
        super().__init__()
        self.to_m_dsr = conv1x1(dsr_channels, 1)
        self.to_m_mde = conv1x1(mde_channels, 1)
        self.to_w_diff = conv1x1(1, dsr_channels)
        self.attention = AttentionBlock(mde_channels + dsr_channels, mde_channels)

    def forward(self, fd_dsr: Tensor, fd_mde: Tensor) -> Tensor:
        """Fd_DSR (B, Cd, H, W), Fd_MDE (B, Cm, H, W) -> (B, Cm, H, W)."""
        out: Tensor = self.attention(concat([fd_mde, self.guidance(fd_dsr, fd_mde)]))
        return out

    def guidance(self, fd_dsr: Tensor, fd_mde: Tensor) -> Tensor:
        """F_cg of eq (11): (B, Cd, H, W)."""
        difference = self.to_m_dsr(fd_dsr) - self.to_m_mde(fd_mde)  # eqs (8), (9)
        logits = self.to_w_diff(difference)
        # float32: half precision rounds the weights of a wide softmax to zero.
        w_diff = torch.softmax(logits.float(), dim=1).to(logits.dtype)  # eq (10)
        return fd_dsr + w_diff * fd_dsr  # eq (11)
