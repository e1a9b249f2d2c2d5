"""What every export of the network shares: its inputs, its outputs, a quiet trace."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from bridgenet_ros.network.bridgenet import BridgeNet

INPUTS = {"image": 3, "depth": 1, "validity": 1}
"""Names and channels of `BridgeNet.forward`'s inputs, each (1, C, H, W) float32."""
OUTPUTS = ("sr", "mde")
"""D_SR, and D_DE where it is exported, each (1, 1, H, W) float32."""
TRACED_SIZE = (64, 64)


class Outputs(nn.Module):
    """The network with a fixed choice of outputs, as a tuple of tensors."""

    def __init__(self, network: BridgeNet, *, estimate: bool) -> None:
        super().__init__()
        self.network = network
        self.estimate = estimate

    def forward(self, image: Tensor, depth: Tensor, validity: Tensor) -> tuple[Tensor, ...]:
        """See `BridgeNet.forward`; D_SR alone or with D_DE."""
        output = self.network(image, depth, validity, estimate=self.estimate)
        return tuple(t for t in output if t is not None)


def examples(size: tuple[int, int] = TRACED_SIZE) -> tuple[Tensor, ...]:
    """Inputs of (H, W) to trace the network with."""
    return tuple(torch.zeros(1, channels, *size) for channels in INPUTS.values())


@contextmanager
def quiet_trace() -> Iterator[None]:
    """Without gradients and without the tracer's warnings.

    It warns of the comparison of two sizes, which comes out alike for every input.
    """
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        yield
