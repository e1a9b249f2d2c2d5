"""The deepest branches: without effect when they are empty, and then not computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from bridgenet_ros.engine.optimise import optimise_for_inference
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.deepest import (
    deepest_branches,
    drop_empty,
    empty,
    is_empty,
    restore_empty,
)
from bridgenet_ros.network.dsrnet import DSRNet
from bridgenet_ros.network.topology import Topology

Build = Callable[[Topology], BridgeNet]


@pytest.fixture
def widening(mini: Topology) -> Topology:
    """Its third stage changes the width, as in `tiny`, `small` and `base`."""
    return replace(mini, dsr_widths=(8, 8, 16, 24))


def dsr_of(network: BridgeNet) -> DSRNet:
    assert network.dsr is not None
    return network.dsr


def frame() -> tuple[Tensor, Tensor, Tensor]:
    return torch.rand(1, 3, 48, 64), torch.rand(1, 1, 48, 64), torch.ones(1, 1, 48, 64)


@torch.no_grad()
@pytest.mark.parametrize("count", [1, 2])
def test_what_is_empty_draws_nothing_and_is_not_missed(
    lively: Build, widening: Topology, count: int
) -> None:
    network, inputs = lively(widening), frame()
    whole = network(*inputs)
    for branch in deepest_branches(dsr_of(network))[:count]:
        empty(branch)
    emptied = network(*inputs)
    assert not torch.equal(whole.sr, emptied.sr)
    assert count == 1 or not dsr_of(network).post(torch.zeros(1, 24, 6, 8)).any()
    drop_empty(dsr_of(network))
    assert len(deepest_branches(dsr_of(network))) == 2 - count
    dropped = network(*inputs)
    torch.testing.assert_close(dropped.sr, emptied.sr, rtol=0, atol=1e-6)
    torch.testing.assert_close(dropped.mde, emptied.mde, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("count", "gone"),
    [
        (1, {"stages.2", "bridges.2", "body"}),
        (2, {"stages.2", "bridges.2", "body", "multi_scale", "post"}),
    ],
)
def test_what_is_dropped_is_what_was_emptied(
    widening: Topology, count: int, gone: set[str]
) -> None:
    network = BridgeNet(widening)
    for branch in deepest_branches(dsr_of(network))[:count]:
        empty(branch)
    optimised = dsr_of(optimise_for_inference(network))
    numbered = ("stages", "bridges")

    def parts(dsr: DSRNet) -> set[str]:
        names = (name.split(".") for name, _ in dsr.named_parameters())
        return {".".join(n[:2]) if n[0] in numbered else n[0] for n in names}

    # The output is gone because it is folded into the decoder.
    assert parts(dsr_of(network)) - parts(optimised) == {*gone, "out"}


@pytest.mark.parametrize("count", [1, 2])
def test_what_was_dropped_comes_back_as_zeros(
    lively: Build, widening: Topology, count: int
) -> None:
    network = lively(widening)
    for branch in deepest_branches(dsr_of(network))[:count]:
        empty(branch)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    drop_empty(dsr_of(network))
    torch.testing.assert_close(restore_empty(network).state_dict(), before, rtol=0, atol=0)


def test_a_network_that_lacks_nothing_stays_as_it_is(widening: Topology) -> None:
    network = BridgeNet(widening)
    assert restore_empty(network) is network


def test_the_multi_scale_branch_stays_as_long_as_the_body_does(widening: Topology) -> None:
    dsr = dsr_of(BridgeNet(widening))
    empty(deepest_branches(dsr)[1])
    drop_empty(dsr)
    assert len(dsr.multi_scale) == 3
    assert len(dsr.post) == 1


def test_one_weight_keeps_a_branch(widening: Topology) -> None:
    dsr = dsr_of(BridgeNet(widening))
    branch = deepest_branches(dsr)[0]
    empty(branch)
    assert is_empty(branch)
    with torch.no_grad():
        next(dsr.body.parameters()).view(-1)[0] = 1e-6
    assert not is_empty(branch)
    drop_empty(dsr)
    assert len(dsr.stages) == 3


def test_colour_is_read_no_deeper_than_needed(widening: Topology) -> None:
    network = BridgeNet(widening)
    assert [network.tap_count(estimate=e) for e in (False, True)] == [3, 3]
    empty(deepest_branches(dsr_of(network))[0])
    drop_empty(dsr_of(network))
    assert [network.tap_count(estimate=e) for e in (False, True)] == [2, 3]


def test_a_stage_that_keeps_the_width_hands_on_what_it_gets(mini: Topology) -> None:
    assert deepest_branches(dsr_of(BridgeNet(mini))) == []
