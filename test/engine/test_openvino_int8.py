"""OpenVINO computes a quantised network in integers, and to the same integers as torch imitates."""

from __future__ import annotations

import pytest
import torch
from torch import nn

pytest.importorskip("openvino", reason="openvino is not installed")

import numpy as np
import openvino
from openvino import opset13

from bridgenet_ros.engine.artefacts import Artefacts
from bridgenet_ros.engine.backend import BackendOptions, choose_backend
from bridgenet_ros.engine.openvino import OpenVinoNetwork, fix_size, to_openvino
from bridgenet_ros.engine.openvino_int8 import add_rounding, without_rounding
from bridgenet_ros.errors import EngineError
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.deepest import deepest_branches, empty
from bridgenet_ros.network.quantised import (
    QuantisedConv2d,
    Range,
    is_quantised,
    quantise,
    quantised_layers,
    replace_module,
)

SIZE = (64, 96)


@pytest.fixture
def quantised(trained: BridgeNet) -> BridgeNet:
    names = [name for name, _ in quantised_layers(quantise(trained))]
    return quantise(trained, dict.fromkeys(names, Range(0.05, 128)))


def inputs() -> tuple[torch.Tensor, ...]:
    draw = torch.Generator().manual_seed(3)
    depth = 0.3 + 0.1 * torch.rand(1, 1, *SIZE, generator=draw)
    return torch.rand(1, 3, *SIZE, generator=draw), depth, torch.ones_like(depth)


def compiled(model: openvino.Model) -> openvino.CompiledModel:
    fix_size(model, SIZE)
    return openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})


def convolutions(model: openvino.CompiledModel) -> list[str]:
    """What computes each convolution, in OpenVINO's words."""
    info = [op.get_rt_info() for op in model.get_runtime_model().get_ops()]
    return [str(i["primitiveType"].astype(str)) for i in info if _is_convolution(i)]


def _is_convolution(info: openvino.RTMap) -> bool:
    return str(info["layerType"].astype(str)) == "Convolution"


@torch.no_grad()
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("zero", [0, 100])
def test_one_convolution_is_exact(trained: BridgeNet, stride: int, zero: int) -> None:
    """Inputs on both sides of zero, weights at the limit: nothing saturates, padding is zero."""
    torch.manual_seed(zero + stride)
    conv = nn.Conv2d(16, 8, 3, stride=stride, padding=1)
    conv.weight.copy_(conv.weight.sign() * (1 + 0.1 * torch.rand_like(conv.weight)))
    layer = QuantisedConv2d(conv, Range(0.02, zero))
    network = nn.Module()
    network.add_module("layer", layer)
    model = one_convolution(layer.plain(), stride)
    add_rounding(model, network)  # type: ignore[arg-type]  # any module with such layers
    core = openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    assert ["I8" in name for name in convolutions(core)] == [True]
    x = 0.02 * torch.randint(-zero, 256 - zero, (1, 16, 24, 32))
    found = torch.from_numpy(core([x.numpy()])[0])
    torch.testing.assert_close(found, layer(x), rtol=0, atol=1e-3)


def one_convolution(conv: nn.Conv2d, stride: int) -> openvino.Model:
    """As the front end makes it of ``network.layer``."""
    assert conv.bias is not None
    x = opset13.parameter([1, 16, 24, 32], np.float32)
    weight, bias = conv.weight.detach().numpy(), conv.bias.detach().numpy()
    steps, pads = [stride, stride], [1, 1]
    out = opset13.convolution(x, opset13.constant(weight), steps, pads, pads, [1, 1])
    out.set_friendly_name("__module.network.layer/aten::_convolution/Convolution")
    return openvino.Model([opset13.add(out, opset13.constant(bias.reshape(1, -1, 1, 1)))], [x])


def test_all_of_it_runs_in_int8(quantised: BridgeNet) -> None:
    found = convolutions(compiled(to_openvino(quantised, estimate=False)))
    layers = len(list(quantised_layers(quantised)))
    assert sum("I8" in name for name in found) == layers
    float32 = convolutions(compiled(to_openvino(without_rounding(quantised), estimate=False)))
    assert not [name for name in float32 if "I8" in name]


@torch.no_grad()
@pytest.mark.parametrize("emptied", [False, True])
@pytest.mark.parametrize("estimate", [False, True])
def test_it_agrees_with_torch_s_imitation(
    quantised: BridgeNet, artefacts: Artefacts, estimate: bool, emptied: bool, torch_threads: None
) -> None:
    if emptied:
        assert quantised.dsr is not None
        empty(deepest_branches(quantised.dsr)[0])
    options = BackendOptions(name="openvino", threads=1, artefacts=artefacts)
    chosen = choose_backend(quantised, torch.device("cpu"), options)
    assert chosen.dtype is torch.int8
    assert isinstance(chosen.network, OpenVinoNetwork)
    found = chosen.network(*inputs(), estimate=estimate)
    expected = quantised(*inputs(), estimate=estimate)
    # A value on the edge between two steps may fall to either side, and those behind it follow.
    change = (expected.sr - inputs()[1]).std()
    assert (found.sr - expected.sr).square().mean().sqrt() < 0.05 * change
    assert (found.sr - expected.sr).abs().max() < 2e-3
    if estimate:
        assert found.mde is not None
        assert (found.mde - expected.mde).abs().max() < 2e-2


def test_the_network_stays_quantised(quantised: BridgeNet) -> None:
    assert not is_quantised(without_rounding(quantised))
    assert is_quantised(quantised)


def test_a_convolution_that_is_not_in_the_model_is_named(quantised: BridgeNet) -> None:
    model = to_openvino(without_rounding(quantised), estimate=False)
    other = quantise(quantised)
    replace_module(other, "unknown", QuantisedConv2d(nn.Conv2d(8, 8, 1), Range(1.0, 0)))
    with pytest.raises(EngineError, match="lacks 1 convolutions, such as unknown"):
        add_rounding(model, other)


@pytest.mark.parametrize("estimate", [False, True])
def test_an_empty_body_is_not_in_the_model(quantised: BridgeNet, estimate: bool) -> None:
    """Nor, without D_DE, the stage of MDENet that nothing else needs."""

    def in_int8() -> int:
        found = convolutions(compiled(to_openvino(quantised, estimate=estimate)))
        return sum("I8" in name for name in found)

    assert quantised.dsr is not None
    branch = deepest_branches(quantised.dsr)[0]
    parts = branch if estimate else [*branch, quantised.get_submodule("mde.encoder.stages.2")]
    before = in_int8()
    empty(branch)
    assert before - in_int8() == sum(len(list(quantised_layers(part))) for part in parts)
