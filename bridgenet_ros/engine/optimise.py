"""Exact rewrites of a trained network that make inference faster."""

from __future__ import annotations

import copy
from typing import TypeVar

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

Network = TypeVar("Network", bound=nn.Module)


def optimise_for_inference(network: Network, dtype: torch.dtype = torch.float32) -> Network:
    """A copy in eval mode with batch norms folded into convolutions, weights in NHWC.

    Folding happens in float32; the weights are rounded to ``dtype`` once, afterwards.
    """
    fused = copy.deepcopy(network).eval()
    for module in list(fused.modules()):
        if isinstance(module, nn.Sequential):
            _fold_batch_norms(module)
    for parameter in fused.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return fused.to(dtype)


def _fold_batch_norms(sequence: nn.Sequential) -> None:
    """Replace each Conv2d followed by a BatchNorm2d by one Conv2d."""
    for i in range(len(sequence) - 1):
        conv, norm = sequence[i], sequence[i + 1]
        if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            sequence[i] = fuse_conv_bn_eval(conv, norm)
            sequence[i + 1] = nn.Identity()
