"""A wider network that starts as a narrower one."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.deepest import deepest_branches, empty, is_empty
from bridgenet_ros.network.topology import PRESETS, Topology
from bridgenet_ros.training.grow import grow

NARROW = replace(
    PRESETS["tiny"],
    dsr_widths=(8, 12, 16, 20),
    dsr_decoder_blocks=(1, 0),
    mde_stem=4,
    mde_widths=(4, 8, 12, 16),
    pyramid=8,
)
WIDE = replace(
    NARROW,
    dsr_widths=(12, 16, 20, 28),
    dsr_decoder_blocks=(2, 1),
    mde_stem=8,
    mde_widths=(8, 12, 16, 24),
    pyramid=12,
)


def learnt(topology: Topology) -> BridgeNet:
    """With no weight, bias or running statistic as the start leaves it."""
    torch.manual_seed(5)
    network = BridgeNet(topology)
    with torch.no_grad():
        for p in network.parameters():
            p.add_(0.05 * torch.randn_like(p))
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                assert module.running_mean is not None
                module.running_mean.normal_(std=0.1)
    return network.eval()


def inputs() -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(6)
    image, depth = (torch.rand(2, c, 32, 48, generator=generator) for c in (3, 1))
    return image, depth, (torch.rand(2, 1, 32, 48, generator=generator) > 0.2).float()


@torch.no_grad()
def test_a_grown_network_draws_the_same() -> None:
    narrow = learnt(NARROW).double()
    wide = grow(narrow.float(), WIDE).eval().double()
    before = narrow.double()(*(x.double() for x in inputs()))
    after = wide(*(x.double() for x in inputs()))
    assert wide.topology == WIDE
    torch.testing.assert_close(after.sr, before.sr, atol=1e-7, rtol=0)  # rounded to float32 once
    # The softmax of CGBdg has a few more channels, of e^-10 each.
    torch.testing.assert_close(after.mde, before.mde, atol=2e-3, rtol=0)
    assert (before.mde - before.mde.mean()).abs().max() > 0.1


def test_what_is_new_learns_at_once() -> None:
    wide = grow(learnt(NARROW), WIDE).train()
    wide(*inputs(), estimate=False).sr.square().mean().backward()
    decoder = wide.dsr.decoder[0][0].weight
    old_reads_new = decoder[: 4 * 16, 20:], decoder.grad[: 4 * 16, 20:]
    assert not old_reads_new[0].any()
    assert old_reads_new[1].any()
    assert wide.dsr.refine[0][1].conv2.weight.grad.any()


def test_small_grows_into_base() -> None:
    small = BridgeNet(PRESETS["small"])
    nn.init.normal_(small.dsr.out.weight, std=0.1)
    base = grow(small, PRESETS["base"])
    with torch.no_grad():
        drawn = (n.eval()(*inputs(), estimate=False).sr for n in (base, small))
        torch.testing.assert_close(*drawn, atol=1e-5, rtol=0)


@pytest.mark.parametrize("count", [1, 2])
def test_a_branch_without_effect_stays_without(count: int) -> None:
    narrow = learnt(NARROW)
    for branch in deepest_branches(narrow.dsr)[:count]:
        empty(branch)
    grown = deepest_branches(grow(narrow, WIDE).dsr)
    assert [is_empty(branch) for branch in grown] == [True, count == 2]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"pyramid": 4}, "cannot grow into pyramid 4: the weights have 8"),
        ({"dsr_widths": (12, 16, 20, 16)}, r"dsr_widths \(12, 16, 20, 16\)"),
        ({"dsr_decoder_blocks": (0, 1)}, r"dsr_decoder_blocks \(0, 1\): the weights have \(1, 0\)"),
        ({"dsr_stage_blocks": 2}, "dsr_stage_blocks 2: the weights have 1"),
        ({"space_to_depth": 1}, "space_to_depth 1: the weights have 2"),
        # A 1x1 convolution stands where the width changes, and nowhere else.
        ({"dsr_widths": (16, 16, 20, 28)}, "no place for dsr.stages.0.widen.weight"),
        ({"mde_stem": 6}, "the weights lack mde.encoder.stages.0.0.skip.0.weight"),
    ],
)
def test_another_kind_of_network_is_refused(changed: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        grow(learnt(NARROW), replace(WIDE, **changed))  # type: ignore[arg-type]


def test_how_gradients_flow_may_differ() -> None:
    other = replace(WIDE, detach_content=False, detach_taps=True)
    assert grow(learnt(NARROW), other).topology == other
