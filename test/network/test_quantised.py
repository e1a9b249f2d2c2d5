"""8-bit convolutions, by hand and against exact integers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.quantised import (
    WEIGHT_LIMIT,
    QuantisedConv2d,
    Range,
    is_quantised,
    quantisable,
    quantise,
    quantised_layers,
)
from bridgenet_ros.network.topology import Topology

Build = Callable[[Topology], BridgeNet]


def one_by_one(*weights: float, bias: float = 0.0) -> nn.Conv2d:
    conv = nn.Conv2d(1, len(weights), 1)
    assert conv.bias is not None
    with torch.no_grad():
        conv.weight[:, 0, 0, 0] = torch.tensor(weights)
        conv.bias.fill_(bias)
    return conv


@torch.no_grad()
def test_rounding_by_hand() -> None:
    # Steps of 0.5 from -1 to 126.5; a channel's steps are a 63rd of its largest weight.
    layer = QuantisedConv2d(one_by_one(6.3, -63.0, bias=1.0), Range(0.5, 2))
    x = torch.tensor([-7.0, -0.3, 0.2, 0.3, 10.0, 500.0]).reshape(1, 1, 1, 6)
    found = layer(x)[0, :, 0]
    rounded = torch.tensor([-1.0, -0.5, 0.0, 0.5, 10.0, 126.5])
    torch.testing.assert_close(found[0], 6.3 * rounded + 1)
    torch.testing.assert_close(found[1], -63 * rounded + 1)


@torch.no_grad()
def test_weights_are_whole_steps_of_their_channel() -> None:
    layer = QuantisedConv2d(nn.Conv2d(8, 4, 3), Range(0.1, 0))
    steps = layer.rounded_weight() / layer.weight_scale()[:, None, None, None]
    torch.testing.assert_close(steps, steps.round())
    assert steps.abs().amax(dim=(1, 2, 3)).tolist() == pytest.approx([WEIGHT_LIMIT] * 4)


def test_two_products_fit_in_sixteen_bits() -> None:
    """What keeps CPUs without VNNI from saturating; with 127 they would."""
    assert 2 * 255 * WEIGHT_LIMIT < 2**15 <= 2 * 255 * (WEIGHT_LIMIT + 2)


@torch.no_grad()
def test_the_plain_convolution_is_the_same_for_rounded_inputs() -> None:
    layer = QuantisedConv2d(nn.Conv2d(8, 4, 3, stride=2, padding=1, bias=False), Range(0.1, 3))
    x = 0.1 * torch.randint(-3, 250, (1, 8, 9, 9))
    torch.testing.assert_close(layer.plain()(x), layer(x))


def test_a_kernel_of_zeros_stays() -> None:
    conv = nn.Conv2d(2, 1, 3)
    nn.init.zeros_(conv.weight)
    assert torch.equal(QuantisedConv2d(conv, Range(0.1, 0)).rounded_weight(), conv.weight)


def test_gradients_pass_the_rounding() -> None:
    layer = QuantisedConv2d(one_by_one(2.0), Range(0.5, 0))
    x = torch.tensor([1.2, 1000.0]).reshape(1, 1, 1, 2).requires_grad_()
    layer(x).sum().backward()
    assert x.grad is not None
    assert x.grad.flatten().tolist() == pytest.approx([2.0, 0.0])  # none where it is clipped
    assert layer.weight.grad is not None
    assert layer.weight.grad.item() == pytest.approx(1.0 + 127.5)


def test_the_way_to_depth_is_quantised_and_nothing_else(mini: Topology) -> None:
    names = set(quantisable(BridgeNet(mini)))
    assert {"dsr.stages.0.blocks.0.conv1", "dsr.body.0.conv2", "dsr.decoder.1.0"} <= names
    assert {"mde.encoder.stem.0", "dsr.bridges.1.attention.fuse"} <= names
    kept = ["head", "enc0", "decoder.2", "skips", "dsr.out", "channel", "gate", "blur"]
    kept += ["pyramid", "cliff", "score", "encoder.stages.3"]
    assert not [name for name in names if any(word in name for word in kept)]


@torch.no_grad()
def test_the_original_is_left_alone(lively: Build, mini: Topology) -> None:
    network = lively(mini)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    names = [name for name, _ in quantised_layers(quantise(network))]
    quantised = quantise(network, dict.fromkeys(names, Range(0.1, 128)))
    frame = torch.rand(1, 3, 48, 64), torch.rand(1, 1, 48, 64), torch.ones(1, 1, 48, 64)
    expected, found = network(*frame), quantised(*frame)
    assert found.sr.isfinite().all()
    assert not torch.equal(found.sr, expected.sr)
    assert all(torch.equal(before[k], v) for k, v in network.state_dict().items())


def test_whether_it_is_quantised(mini: Topology) -> None:
    network = BridgeNet(mini)
    assert not is_quantised(network)
    quantised = quantise(network)
    assert is_quantised(quantised)
    assert set(dict(quantised_layers(quantised))) == set(quantisable(network))
    assert not quantisable(quantised)


def test_a_convolution_without_a_range_is_named(mini: Topology) -> None:
    with pytest.raises(KeyError, match=r"dsr\.|mde\."):
        quantise(BridgeNet(mini), {})
