"""Exact rewrites of a trained network: fewer operations, the same function."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.dsrnet import DSRNet
from bridgenet_ros.network.layers import ShuffleUp


def fold(network: nn.Module) -> None:
    """Rewrite ``network`` in place, in float32: batch norms, and the end of DSRNet's decoder."""
    for module in list(network.modules()):
        if isinstance(module, nn.Sequential):
            _fold_batch_norms(module)
    if isinstance(network, BridgeNet) and network.dsr is not None:
        _fold_decoder(network.dsr)


def _fold_batch_norms(sequence: nn.Sequential) -> None:
    """Replace each Conv2d followed by a BatchNorm2d by one Conv2d."""
    for i in range(len(sequence) - 1):
        conv, norm = sequence[i], sequence[i + 1]
        if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            sequence[i] = fuse_conv_bn_eval(conv, norm)
            sequence[i + 1] = nn.Identity()


@torch.no_grad()
def _fold_decoder(dsr: DSRNet) -> None:
    """Let the last ``Conv + Shuffle`` and its skip draw what ``out`` makes of them.

    Nothing but a sum lies between, and ``out`` looks at one pixel: shuffling first or mixing the
    channels first is the same. At C channels and O outputs that leaves O/C of the convolution's
    work, a tenth of all of D_SR's in the small presets.
    """
    out = dsr.get_submodule("out")
    if not isinstance(out, nn.Conv2d):
        return  # it is folded already
    last = dsr.decoder[-1]
    assert isinstance(last, ShuffleUp)
    last[0] = _mixed_before_shuffle(last[0], out)
    if dsr.skips:
        dsr.skips[-1] = _mixed(dsr.skips[-1], out)
    dsr.add_module("out", nn.Identity())


def _mixed_before_shuffle(conv: nn.Module, out: nn.Conv2d) -> nn.Conv2d:
    """``out(shuffle(conv(x)))`` as ``shuffle(result(x))``; PixelShuffle takes channel c first."""
    assert isinstance(conv, nn.Conv2d)
    weight = conv.weight.unflatten(0, (out.in_channels, 4))
    result = nn.Conv2d(conv.in_channels, 4 * out.out_channels, 3, padding=1)
    mix = out.weight[:, :, 0, 0]
    result.weight.copy_(torch.einsum("oc,csikl->osikl", mix, weight).flatten(0, 1))
    assert result.bias is not None
    result.bias.copy_(_mixed_bias(conv, mix, out))
    return result


def _mixed_bias(conv: nn.Conv2d, mix: Tensor, out: nn.Conv2d) -> Tensor:
    assert conv.bias is not None
    assert out.bias is not None
    bias: Tensor = mix @ conv.bias.unflatten(0, (-1, 4)) + out.bias[:, None]
    return bias.flatten()


def _mixed(skip: nn.Module, out: nn.Conv2d) -> nn.Conv2d:
    """``out(skip(x))`` without its bias; ``skip`` is 1x1, in groups, without one."""
    assert isinstance(skip, nn.Conv2d)
    dense = torch.block_diag(*skip.weight[:, :, 0, 0].chunk(skip.groups))
    result = nn.Conv2d(skip.in_channels, out.out_channels, 1, bias=False)
    result.weight.copy_((out.weight[:, :, 0, 0] @ dense)[:, :, None, None])
    return result
