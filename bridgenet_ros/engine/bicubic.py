"""The bicubic upsampling through the same program as a network: holes, units and NaN agree."""

from __future__ import annotations

import torch
from torch import Tensor

from bridgenet_ros.engine.engine import TorchEngine
from bridgenet_ros.engine.program import DepthProgram
from bridgenet_ros.network.bridgenet import BridgeNetOutput
from bridgenet_ros.network.topology import PRESETS


class BicubicNetwork:
    """Called as `BridgeNet.forward`; D_SR is the depth that goes in."""

    topology = PRESETS["tiny"]

    def __call__(
        self,
        image: Tensor,  # noqa: ARG002
        depth: Tensor,
        validity: Tensor,  # noqa: ARG002
        *,
        estimate: bool,  # noqa: ARG002
    ) -> BridgeNetOutput:
        """See `BridgeNet.forward`; there is never a D_DE."""
        return BridgeNetOutput(depth, None)


def bicubic_engine(value_range_m: float) -> TorchEngine:
    """On the CPU, which is there when a GPU is not.

    Args:
        value_range_m: of the network that it stands in for, so that both round alike.
    """
    program = DepthProgram(BicubicNetwork(), value_range_m, torch.contiguous_format).eval()
    return TorchEngine(program, torch.device("cpu"), slots=1)
