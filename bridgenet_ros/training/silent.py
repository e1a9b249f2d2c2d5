"""What training has left without effect is written as zeros: no back end then computes it."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch

from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.deepest import deepest_branches, empty
from bridgenet_ros.training.samples import Batch


def empty_silent(network: BridgeNet, batches: Sequence[Batch]) -> int:
    """Empty, in place, the deepest branches of DSRNet that change no pixel of any batch.

    Args:
        network: in eval mode, on the CPU.
        batches: of all scales that it was trained for.

    Returns:
        How many of them are empty now: 1 is the body alone, 2 the multi-scale branch as well.
    """
    if network.dsr is None:
        return 0
    emptied = 0
    for branch in deepest_branches(network.dsr):
        without = copy.deepcopy(network)
        assert without.dsr is not None
        empty(deepest_branches(without.dsr)[emptied])
        if not _same(network, without, batches):
            break
        empty(branch)
        emptied += 1
    return emptied


@torch.no_grad()
def _same(first: BridgeNet, second: BridgeNet, batches: Sequence[Batch]) -> bool:
    """Whether D_SR is the same to the bit."""
    for batch in batches:
        inputs = batch.to(torch.device("cpu")).inputs
        drawn = (network(*inputs, estimate=False).sr for network in (first, second))
        if not torch.equal(*drawn):
            return False
    return True
