"""8-bit convolutions in an OpenVINO model: the roundings that its CPU plug-in takes for int8.

OpenVINO has no int8 convolution in its file format. A model in float32 whose convolution takes both
inputs from a FakeQuantize of 256 levels or one fewer is computed in integers:
docs.openvino.ai, "Low Precision Transformations".
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bridgenet_ros.errors import EngineError
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.mdenet import TAPS
from bridgenet_ros.network.quantised import (
    INPUT_LEVELS,
    TAPPED,
    QuantisedConv2d,
    Range,
    quantised_layers,
    replace_module,
)

if TYPE_CHECKING:
    import openvino

WEIGHT_LEVELS = 255
_SCOPE = "__module.network."
"""What OpenVINO's front end puts before the names of `traced.Outputs`' network."""


def without_rounding(network: BridgeNet) -> BridgeNet:
    """A copy with float32 convolutions of the rounded weights, to be traced."""
    plain = copy.deepcopy(network)
    for name, layer in list(quantised_layers(plain)):
        replace_module(plain, name, layer.plain())
    return plain


def never_run(network: BridgeNet, *, estimate: bool) -> tuple[str, ...]:
    """What the names of MDENet's stages begin with that D_SR, without D_DE, does not need."""
    return tuple(f"{TAPPED}{i}." for i in range(network.tap_count(estimate=estimate), TAPS))


def add_rounding(
    model: openvino.Model, network: BridgeNet, *, left_out: tuple[str, ...] = ()
) -> None:
    """Put the roundings of a quantised network into the model of its `without_rounding`.

    Args:
        model: gets them.
        network: as it was traced, but for the roundings.
        left_out: what the names begin with of layers that are not in the model (`never_run`).

    Raises:
        EngineError: a convolution is not in the model under its name, once.
    """
    layers = {n: q for n, q in quantised_layers(network) if not n.startswith(left_out)}
    found = {name: op for op in model.get_ops() if (name := _layer_name(op)) in layers}
    if lacking := sorted(set(layers) - set(found)):
        raise EngineError(
            f"OpenVINO's model of the int8 network lacks {len(lacking)} convolutions, such as "
            f"{lacking[0]}; expected one by each name"
        )
    rounded: dict[tuple[str, int, Range], openvino.Output] = {}
    for name, op in found.items():
        _round_input(op, layers[name].input_range(), rounded)
        _round_weight(op, layers[name])
    model.validate_nodes_and_infer_types()


def _layer_name(op: openvino.Node) -> str:
    if op.get_type_name() != "Convolution":
        return ""
    name: str = op.get_friendly_name()
    return name.partition("/")[0].removeprefix(_SCOPE)


def _round_input(
    op: openvino.Node, to: Range, rounded: dict[tuple[str, int, Range], openvino.Output]
) -> None:
    """Round the tensor once for all convolutions that take it with one range."""
    source = op.input_value(0)
    key = (source.get_node().get_friendly_name(), source.get_index(), to)
    if key not in rounded:
        low = np.full((1, 1, 1, 1), -to.zero * to.scale, np.float32)
        high = np.full((1, 1, 1, 1), (INPUT_LEVELS - 1 - to.zero) * to.scale, np.float32)
        rounded[key] = _fake_quantize(source, low, high, INPUT_LEVELS)
    op.input(0).replace_source_output(rounded[key])


def _round_weight(op: openvino.Node, layer: QuantisedConv2d) -> None:
    scale = layer.weight_scale().numpy().reshape(-1, 1, 1, 1)
    high = scale * (WEIGHT_LEVELS // 2)
    op.input(1).replace_source_output(_fake_quantize(op.input_value(1), -high, high, WEIGHT_LEVELS))


def _fake_quantize(
    source: openvino.Output, low: NDArray[np.float32], high: NDArray[np.float32], levels: int
) -> openvino.Output:
    from openvino import opset13

    ends = [opset13.constant(end) for end in (low, high, low, high)]
    return opset13.fake_quantize(source, *ends, levels).output(0)
