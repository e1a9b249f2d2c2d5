"""DSRNet's deepest branches, which training may leave without effect.

Where they have none their weights are written as zeros, and no back end computes them.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.dsrnet import DSRNet


def deepest_branches(dsr: DSRNet) -> list[list[nn.Module]]:
    """The body with the third stage and bridge behind which it lies; the multi-scale branch.

    The second draws nothing without weights only where the first does not either. None is left
    once both were dropped, and there is none where the third stage keeps the width, as in `full`:
    with zeros in it that stage would hand on what it gets.
    """
    branches: list[list[nn.Module]] = []
    if dsr.body:
        if isinstance(dsr.stages[-1].widen, nn.Identity):
            return []
        branches.append([dsr.stages[-1], *dsr.bridges[-1:], dsr.body])
    if dsr.post:
        branches.append([dsr.multi_scale, dsr.post])
    return branches


@torch.no_grad()
def empty(branch: Iterable[nn.Module]) -> None:
    """Set all its weights to zero."""
    for parameter in _parameters(branch):
        parameter.zero_()


def is_empty(branch: Iterable[nn.Module]) -> bool:
    """Whether all its weights are zero."""
    return not any(p.any() for p in _parameters(branch))


def drop_empty(dsr: DSRNet) -> None:
    """Take away the branches that are empty, in place: the same function for less work."""
    branches = deepest_branches(dsr)
    if dsr.body and branches and is_empty(branches.pop(0)):
        last = len(dsr.stages) - 1
        dsr.stages, dsr.bridges = dsr.stages[:last], dsr.bridges[:last]
        dsr.body = nn.Sequential()
    if not dsr.body and branches and is_empty(branches.pop(0)):
        dsr.multi_scale, dsr.post = nn.ModuleList(), nn.Sequential()


@torch.no_grad()
def restore_empty(network: BridgeNet) -> BridgeNet:
    """The network with what `drop_empty` took away, as zeros; itself where nothing is missing."""
    complete = BridgeNet(network.topology)
    values = network.state_dict()
    if values.keys() >= complete.state_dict().keys():
        return network
    for name, value in complete.state_dict().items():
        value.copy_(values[name]) if name in values else value.zero_()
    return complete


def _parameters(branch: Iterable[nn.Module]) -> list[nn.Parameter]:
    return [p for module in branch for p in module.parameters()]
