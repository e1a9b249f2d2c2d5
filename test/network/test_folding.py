"""Folding leaves the function and takes the work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import nn

from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.dsrnet import DSRNet
from bridgenet_ros.network.folding import fold
from bridgenet_ros.network.topology import PRESETS, Guidance, Topology

Build = Callable[[Topology], BridgeNet]


def folded_like(network: BridgeNet) -> BridgeNet:
    again = BridgeNet(network.topology).eval()
    again.load_state_dict(network.state_dict())
    fold(again)
    return again


@torch.no_grad()
@pytest.mark.parametrize("preset", ["mini", "mini_paper"])
def test_both_outputs_stay(lively: Build, preset: str, request: pytest.FixtureRequest) -> None:
    network = lively(request.getfixturevalue(preset))
    frame = torch.rand(2, 3, 48, 64), torch.rand(2, 1, 48, 64), torch.ones(2, 1, 48, 64)
    expected, found = network(*frame), folded_like(network)(*frame)
    for before, after in zip(expected, found, strict=True):
        largest = max(1.0, float(before.abs().max()))
        torch.testing.assert_close(after, before, rtol=0, atol=1e-5 * largest)


@torch.no_grad()
def test_the_end_of_the_decoder_by_hand() -> None:
    # One input of 1 everywhere, two channels of the decoder, one output: the centre taps draw
    # 1, 2, 3, 4 and 10, 20, 30, 40 into the four pixels, plus 5 and 6; out = 2a + 3b + 7.
    dsr = DSRNet(1, 1, (2, 8, 8, 8), 1, 1, 1, 1, [])
    conv = nn.Conv2d(1, 8, 3, padding=1)
    conv.weight.zero_()
    conv.weight[:, 0, 1, 1] = torch.tensor([1.0, 2.0, 3.0, 4.0, 10.0, 20.0, 30.0, 40.0])
    assert conv.bias is not None
    conv.bias.copy_(torch.tensor([5.0] * 4 + [6.0] * 4))
    last = dsr.decoder[-1]
    assert isinstance(last, nn.Sequential)
    last[0] = conv
    dsr.out.weight.copy_(torch.tensor([2.0, 3.0])[None, :, None, None])
    assert dsr.out.bias is not None
    dsr.out.bias.fill_(7.0)
    network = BridgeNet(
        replace(PRESETS["tiny"], mde=False, guidance=Guidance.NONE, content_guidance=False)
    )
    network.dsr = dsr
    fold(network)
    # 2 * (i + 5) + 3 * (10 i + 6) + 7 = 32 i + 35.
    drawn = last(torch.ones(1, 1, 1, 1)).flatten().tolist()
    assert drawn == [67.0, 99.0, 131.0, 163.0]
    assert isinstance(dsr.out, nn.Identity)


def test_the_last_convolution_shrinks_to_what_is_drawn(mini: Topology) -> None:
    network = BridgeNet(mini).eval()
    assert network.dsr is not None
    fold(network)
    last, skip = network.dsr.decoder[-1], network.dsr.skips[-1]
    assert isinstance(last, nn.Sequential)
    conv = last[0]
    assert isinstance(conv, nn.Conv2d)
    assert isinstance(skip, nn.Conv2d)
    assert conv.out_channels == 4 * 4  # of a pixel of the half grid: 2x2, each drawn twice as fine
    assert (skip.out_channels, skip.groups) == (4, 1)


def test_folding_twice_is_folding_once(lively: Build, mini: Topology) -> None:
    network = folded_like(lively(mini))
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    fold(network)
    after = network.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
