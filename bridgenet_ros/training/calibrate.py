"""Which values the 8 bits of each convolution's input stand for, from batches of real samples."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.quantised import (
    INPUT_LEVELS,
    QuantisedConv2d,
    Range,
    quantisable,
    replace_module,
)
from bridgenet_ros.training.samples import Batch

SAMPLED = 20_000
"""Values of each tensor and batch that are looked at."""
CANDIDATES = torch.linspace(0.3, 1.0, 29)
"""Shares of the widest range that are tried: what lies outside is clipped."""
_SMALLEST = 1e-6


class Observed:
    """The extremes of a tensor over all batches, and some of its values."""

    def __init__(self) -> None:
        self.low, self.high = 0.0, _SMALLEST
        self.values: list[Tensor] = []

    def look_at(self, x: Tensor) -> None:
        """Take in a tensor of any shape."""
        self.low, self.high = min(self.low, float(x.min())), max(self.high, float(x.max()))
        self.values.append(x.flatten()[torch.randint(x.numel(), (SAMPLED,))])


@torch.no_grad()
def quantise_from_data(folded: BridgeNet, batches: Iterable[Batch]) -> None:
    """Let the `quantisable` convolutions of a folded network compute in 8 bits, in place.

    Convolutions that take the same tensor share its range, so that it is rounded once.
    """
    convs = quantisable(folded)
    observed = _observe(folded, convs, batches)
    ranges = {id(values): best_range(values) for values in observed.values()}
    for name, conv in convs.items():
        replace_module(folded, name, QuantisedConv2d(conv, ranges[id(observed[name])]))


def best_range(observed: Observed) -> Range:
    """The range whose 256 steps come closest to the values, in the mean square.

    Zero is one of the steps: padding and ReLU make it exactly.
    """
    values = torch.cat(observed.values)
    candidates = [_range(observed.low * float(c), observed.high * float(c)) for c in CANDIDATES]
    return min(candidates, key=lambda r: float((_rounded(values, r) - values).square().mean()))


def _range(low: float, high: float) -> Range:
    scale = (high - low) / (INPUT_LEVELS - 1)
    return Range(scale, round(-low / scale))


def _rounded(values: Tensor, to: Range) -> Tensor:
    rounded: Tensor = torch.fake_quantize_per_tensor_affine(
        values, to.scale, to.zero, 0, INPUT_LEVELS - 1
    )
    return rounded


def _observe(
    network: BridgeNet, convs: dict[str, nn.Conv2d], batches: Iterable[Batch]
) -> dict[str, Observed]:
    """What each convolution took; the same object where two take the same tensor."""
    observed: dict[str, Observed] = {}
    seen: list[tuple[Tensor, Observed]] = []  # holds the tensors: a freed one's id comes again

    def look(name: str, x: Tensor) -> None:
        for tensor, values in seen:
            if tensor is x:
                observed[name] = values
                return
        values = observed.setdefault(name, Observed())
        values.look_at(x)
        seen.append((x, values))

    hooks = [
        conv.register_forward_pre_hook(lambda _, inputs, name=name: look(name, inputs[0]))
        for name, conv in convs.items()
    ]
    for batch in batches:
        network(*batch.inputs, estimate=False)
        seen.clear()
    for hook in hooks:
        hook.remove()
    return observed
