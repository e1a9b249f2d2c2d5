"""Training D_DE alone, while D_SR stays what it is to the last bit."""

from __future__ import annotations

from torch import nn

from bridgenet_ros.network.bridgenet import BridgeNet

SHARED_STAGES = 3
"""Res1..Res3 guide DSRNet; Res4 is D_DE's own."""


def freeze_super_resolution(network: BridgeNet) -> None:
    """No gradient for DSRNet, HABdg and the part of MDENet's encoder that guides them."""
    for module in _used_by_super_resolution(network):
        module.requires_grad_(False)


def set_training_mode(network: BridgeNet, *, estimate_only: bool) -> None:
    """Training mode; with ``estimate_only`` the frozen part keeps its batch statistics."""
    network.train()
    if estimate_only:
        for module in _used_by_super_resolution(network):
            module.eval()


def _used_by_super_resolution(network: BridgeNet) -> list[nn.Module]:
    modules: list[nn.Module] = [] if network.dsr is None else [network.dsr]
    if network.mde is not None:
        encoder = network.mde.encoder
        modules += [encoder.stem, *list(encoder.stages)[:SHARED_STAGES]]
    return modules
