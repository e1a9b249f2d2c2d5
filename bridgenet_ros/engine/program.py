"""The computation of one frame on its device: preprocess, network, postprocess."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn

from bridgenet_ros.depth_units import DepthUnits
from bridgenet_ros.engine.backend import RunnableNetwork
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.postprocess import restore
from bridgenet_ros.preprocess import NetworkInput, prepare, units_to_metres


class ProgramOutput(NamedTuple):
    """The depth maps of one frame, on the program's device."""

    sr_m: Tensor
    """(H, W) float32 metres, NaN where invalid."""
    mde_m: Tensor | None
    """(H, W) float32 metres, or None when the estimate was not asked for."""


class Program(Protocol):
    """What an engine runs: `DepthProgram`, or something that runs one faster."""

    def __call__(
        self,
        rgb: Tensor,
        depth: Tensor,
        *,
        estimate: bool,
        fill_holes: bool,
        units: DepthUnits | None = None,
    ) -> ProgramOutput:
        """As `DepthProgram.forward`, in the current lane."""
        ...


class DepthProgram(nn.Module):
    """uint8 colour and depth as it comes in, float32 metres out; what an engine runs.

    All of it is one graph on the device, so that only raw images cross the bus.

    Args:
        network: what computes D_SR and D_DE.
        value_range_m: metres that the network sees as 1.0.
        memory_format: of the network's inputs; the convolutions of oneDNN and cuDNN are faster
            on NHWC.

    Raises:
        ConfigError: the network has no DSRNet.
    """

    def __init__(
        self,
        network: RunnableNetwork,
        value_range_m: float,
        memory_format: torch.memory_format = torch.channels_last,
    ) -> None:
        super().__init__()
        if not network.topology.dsr:
            raise ConfigError("this network has no DSRNet; live depth needs one")
        self.network = network
        self.value_range_m = value_range_m
        self._memory_format = memory_format

    @torch.inference_mode()
    def forward(
        self,
        rgb: Tensor,
        depth: Tensor,
        *,
        estimate: bool,
        fill_holes: bool,
        units: DepthUnits | None = None,
    ) -> ProgramOutput:
        """One frame.

        Args:
            rgb: (H, W, 3) uint8.
            depth: (h, w) float32 metres, 0 where invalid; or with ``units`` int16 that holds the
                bits of uint16.
            estimate: also compute D_DE.
            fill_holes: keep the network's depth where the sensor measured nothing.
            units: what integer depth means.
        """
        inputs = self._prepare(rgb, depth if units is None else units_to_metres(depth, units))
        output = self.network(*inputs, estimate=estimate)
        size = (int(rgb.shape[0]), int(rgb.shape[1]))
        validity = None if fill_holes else inputs.validity
        return ProgramOutput(
            restore(_present(output.sr), validity, size, value_range_m=self.value_range_m)[0],
            None
            if output.mde is None
            else restore(output.mde, None, size, value_range_m=self.value_range_m)[0],
        )

    def _prepare(self, rgb: Tensor, depth_m: Tensor) -> NetworkInput:
        return prepare(
            rgb.unsqueeze(0),
            depth_m.unsqueeze(0),
            value_range_m=self.value_range_m,
            multiple=self.network.topology.multiple,
            memory_format=self._memory_format,
        )


def _present(sr: Tensor | None) -> Tensor:
    assert sr is not None  # the constructor has checked that there is a DSRNet
    return sr
