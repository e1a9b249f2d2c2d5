"""Initial weights with which training moves from the first step.

With a framework's default initialisation the two sigmoids of each HABdg quarter the features and
training stays at the bicubic loss for hundreds of steps. So: gates start near 0.9, residual
branches start small, each HABdg passes DSRNet's features through, and D_SR starts as its input.
"""

from __future__ import annotations

import torch
from torch import nn

from bridgenet_ros.network.attention import ChannelAttention, SpatialAttention
from bridgenet_ros.network.dsrnet import DSRNet
from bridgenet_ros.network.habdg import Blur, HighFrequencyAttentionBridge
from bridgenet_ros.network.layers import LinearResBlock, ResBlock
from bridgenet_ros.network.mdenet import MDENet

RESIDUAL_BRANCH_GAIN = 0.2
SA_BIAS = 2.0
CA_BIAS = 1.0
MEAN_INDOOR_DEPTH = 0.28
"""2.8 m of a 10 m range: where D_DE starts, and what an untrained MDENet says."""


def initialise(network: nn.Module) -> None:
    """Set every weight of ``network`` in place; random ones from torch's global generator."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    for module in network.modules():
        _initialise_special(module)


@torch.no_grad()
def _initialise_special(module: nn.Module) -> None:
    match module:
        case ResBlock():
            module.conv2.weight.mul_(RESIDUAL_BRANCH_GAIN)
        case LinearResBlock():
            nn.init.zeros_(module.conv2.weight)
        case ChannelAttention():
            nn.init.constant_(_bias(module.excite), CA_BIAS)
        case SpatialAttention():
            nn.init.zeros_(module.gate.weight)
            nn.init.constant_(_bias(module.gate), SA_BIAS)
        case Blur():
            module.deconv.weight.copy_(bilinear_kernel().expand_as(module.deconv.weight))
        case HighFrequencyAttentionBridge():
            _pass_dsr_through(module)
        case DSRNet():
            nn.init.zeros_(module.out.weight)
            for skip in module.skips:
                assert isinstance(skip, nn.Conv2d)
                nn.init.zeros_(skip.weight)
        case MDENet():
            score = module.score[-1]
            assert isinstance(score, nn.Conv2d)
            nn.init.zeros_(score.weight)
            nn.init.constant_(_bias(score), MEAN_INDOOR_DEPTH)
        case _:
            pass


def bilinear_kernel() -> torch.Tensor:
    """The 4x4 kernel with which a stride-2 transposed convolution interpolates bilinearly."""
    row = torch.tensor([0.25, 0.75, 0.75, 0.25])
    return torch.outer(row, row)


def _pass_dsr_through(bridge: HighFrequencyAttentionBridge) -> None:
    """The 1x1 convolution starts as the identity on DSRNet's channels, small on MDENet's."""
    weight = bridge.attention.fuse.weight  # (Cd, Cd + Cm, 1, 1)
    dsr_channels = weight.shape[0]
    weight.mul_(RESIDUAL_BRANCH_GAIN)
    weight[:, :dsr_channels] = torch.eye(dsr_channels)[..., None, None]


def _bias(conv: nn.Conv2d) -> torch.Tensor:
    assert conv.bias is not None
    return conv.bias
