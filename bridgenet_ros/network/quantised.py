"""D_SR in 8-bit integers: convolutions that compute as int8 hardware does.

A tensor's values are ``scale * (q - zero)`` with q in 0..255, a kernel's ``scale * q`` with a scale
an output channel and q in -63..63. Seven bits and not eight: CPUs without VNNI add two products
of 8 bits in 16, which 255 * 127 * 2 overflows and 255 * 63 * 2 does not (Intel, "Lower Numerical
Precision Deep Learning Inference and Training", 2018). So the result is the same on every CPU.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypedDict

import torch
from torch import Tensor, nn

from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.folding import fold
from bridgenet_ros.network.mdenet import TAPS

INPUT_LEVELS = 256
WEIGHT_LIMIT = 63
_SMALLEST = 1e-12


class Range(NamedTuple):
    """The values that 8 bits stand for: ``scale * (q - zero)``, q in 0..255."""

    scale: float
    zero: int


class QuantisedConv2d(nn.Conv2d):
    """A convolution of 8-bit inputs with 7-bit weights, imitated in float32 to the last integer.

    Gradients pass the rounding as if it were not there, so the layer can be trained.
    """

    input_scale: Tensor
    input_zero: Tensor

    def __init__(self, conv: nn.Conv2d, inputs: Range) -> None:
        super().__init__(**_shape(conv))
        self.load_state_dict(conv.state_dict())
        self.register_buffer("input_scale", torch.tensor(inputs.scale))
        self.register_buffer("input_zero", torch.tensor(inputs.zero, dtype=torch.int32))

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  # as torch names it
        """(B, Cin, H, W) -> (B, Cout, H/stride, W/stride)."""
        rounded = torch.fake_quantize_per_tensor_affine(
            input, self.input_scale, self.input_zero, 0, INPUT_LEVELS - 1
        )
        out: Tensor = self._conv_forward(rounded, self.rounded_weight(), self.bias)
        return out

    def weight_scale(self) -> Tensor:
        """(Cout,): the value of one step of each output channel's kernel."""
        largest = self.weight.detach().abs().amax(dim=(1, 2, 3))
        return (largest / WEIGHT_LIMIT).clamp_min(_SMALLEST)

    def rounded_weight(self) -> Tensor:
        """(Cout, Cin, kh, kw): multiples of `weight_scale`, up to `WEIGHT_LIMIT` of them."""
        scale = self.weight_scale()
        zero = torch.zeros_like(scale, dtype=torch.int32)
        rounded: Tensor = torch.fake_quantize_per_channel_affine(
            self.weight, scale, zero, 0, -128, 127
        )
        return rounded

    def input_range(self) -> Range:
        """What the 8 bits of the input stand for."""
        return Range(float(self.input_scale), int(self.input_zero))

    def plain(self) -> nn.Conv2d:
        """The float32 convolution with the rounded weights, for inputs rounded elsewhere."""
        conv = nn.Conv2d(**_shape(self))
        conv.load_state_dict({"weight": self.rounded_weight().detach(), **self._bias()})
        return conv

    def _bias(self) -> dict[str, Tensor]:
        return {} if self.bias is None else {"bias": self.bias.detach()}


class _Shape(TypedDict):
    in_channels: int
    out_channels: int
    kernel_size: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    bias: bool


def _shape(conv: nn.Conv2d) -> _Shape:
    assert isinstance(conv.padding, tuple)  # a number of pixels, never "same"
    return _Shape(
        in_channels=conv.in_channels,
        out_channels=conv.out_channels,
        kernel_size=(conv.kernel_size[0], conv.kernel_size[1]),
        stride=(conv.stride[0], conv.stride[1]),
        padding=(conv.padding[0], conv.padding[1]),
        bias=conv.bias is not None,
    )


def quantisable(network: BridgeNet) -> dict[str, nn.Conv2d]:
    """The convolutions of D_SR that may compute in 8 bits and do not yet, by name.

    Left in float32: the head, which reads depth itself (8 bits of 10 m are 4 cm), enc0 behind it
    and the last convolution and skip, whose rounding goes straight to the result; the gates, a
    channel each or a pixel; grouped and depthwise convolutions, which int8 does not speed up; and
    what D_DE alone depends on.
    """
    return {
        name: module
        for name, module in network.named_modules()
        if isinstance(module, nn.Conv2d)
        and not isinstance(module, QuantisedConv2d)
        and module.groups == 1
        and _in_sr_path(name)
    }


def _in_sr_path(name: str) -> bool:
    if name.startswith(_AT_THE_ENDS) or ".channel." in name or name.endswith(".gate"):
        return False
    return name.startswith(("dsr.", "mde.encoder.stem.", *_OF_TAPS))


_AT_THE_ENDS = ("dsr.head", "dsr.enc0.", "dsr.decoder.2.", "dsr.skips.2", "dsr.out")
TAPPED = "mde.encoder.stages."
"""What the names of MDENet's stages begin with, before their number."""
_OF_TAPS = tuple(f"{TAPPED}{i}." for i in range(TAPS))


def quantise(network: BridgeNet, ranges: Mapping[str, Range] | None = None) -> BridgeNet:
    """A folded copy whose `quantisable` convolutions compute in 8 bits.

    Args:
        network: with or without the folding; it stays as it is.
        ranges: of the inputs, by the convolution's name; None: of no meaning yet, to be loaded.

    Raises:
        KeyError: a convolution has no range.
    """
    quantised = copy.deepcopy(network)
    fold(quantised.eval())
    for name, conv in quantisable(quantised).items():
        inputs = Range(1.0, 0) if ranges is None else ranges[name]
        replace_module(quantised, name, QuantisedConv2d(conv, inputs))
    return quantised


def quantised_layers(network: nn.Module) -> Iterator[tuple[str, QuantisedConv2d]]:
    """The 8-bit convolutions of a network, with their names."""
    for name, module in network.named_modules():
        if isinstance(module, QuantisedConv2d):
            yield name, module


def is_quantised(network: nn.Module) -> bool:
    """Whether any of the network computes in 8 bits."""
    return next(quantised_layers(network), None) is not None


def replace_module(network: nn.Module, name: str, module: nn.Module) -> None:
    """Put ``module`` where the dotted ``name`` points."""
    parent, _, leaf = name.rpartition(".")
    setattr(network.get_submodule(parent), leaf, module)
