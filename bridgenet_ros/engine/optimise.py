"""A trained network made ready to run."""

from __future__ import annotations

import copy
from typing import TypeVar

import torch
from torch import nn

from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.deepest import drop_empty
from bridgenet_ros.network.folding import fold

Network = TypeVar("Network", bound=nn.Module)


def optimise_for_inference(network: Network, dtype: torch.dtype = torch.float32) -> Network:
    """A copy in eval mode, weights in NHWC; folded and without what is empty.

    See `network.folding` and `network.deepest`. Folding happens in float32; the weights are rounded
    to ``dtype`` once, afterwards.
    """
    fused = copy.deepcopy(network).eval()
    fold(fused)
    if isinstance(fused, BridgeNet) and fused.dsr is not None:
        drop_empty(fused.dsr)
    for parameter in fused.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return fused.to(dtype)
