"""Networks small enough to run in milliseconds, with weights that let everything show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
import torch

from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import PRESETS, Topology


@pytest.fixture(scope="session")
def mini() -> Topology:
    """``tiny``, thinner."""
    return replace(
        PRESETS["tiny"],
        dsr_widths=(8, 8, 16, 16),
        dsr_body_blocks=1,
        mde_stem=8,
        mde_widths=(8, 8, 16, 16),
        pyramid=8,
    )


@pytest.fixture(scope="session")
def mini_paper() -> Topology:
    """``full``, thinner: bottlenecks, depth alone, no residual."""
    return replace(
        PRESETS["full"],
        dsr_widths=(16, 16, 16, 16),
        dsr_stage_blocks=1,
        dsr_body_blocks=2,
        mde_stem=16,
        mde_widths=(32, 32, 64, 64),
        mde_depths=(1, 1, 1, 1),
        pyramid=16,
    )


@pytest.fixture(scope="session")
def on_meta() -> Mapping[str, BridgeNet]:
    """Every preset without memory for its weights: for counting and looking."""
    with torch.device("meta"):
        return {name: BridgeNet(topology) for name, topology in PRESETS.items()}


@pytest.fixture
def lively() -> Callable[[Topology], BridgeNet]:
    """Builds a network in eval mode in which no weight and no batch norm is at its start value."""

    def build(topology: Topology) -> BridgeNet:
        network = BridgeNet(topology).eval()
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.add_(0.05 * torch.randn_like(parameter))
            for name, buffer in network.named_buffers():
                if name.endswith("running_mean"):
                    buffer.normal_(std=0.1)
                elif name.endswith("running_var"):
                    buffer.uniform_(0.5, 2.0)
        return network

    return build
