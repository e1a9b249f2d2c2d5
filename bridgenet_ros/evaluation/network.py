"""Our network as one more method of the table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.preprocess import prepare


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkMethod:
    """D_SR and D_DE of a network in eval mode, in the unit of the input."""

    network: BridgeNet
    value_range: float
    """What the network sees as 1.0, in that unit."""
    device: str = "cpu"

    def __call__(self, rgb: NDArray[np.uint8], low: NDArray[np.float32]) -> NDArray[np.float32]:
        """D_SR, or D_DE of a network without DSRNet: (H, W, 3), (h, w) -> (H, W)."""
        return self._run(rgb, low, estimate=self.network.dsr is None)

    def estimate(self, rgb: NDArray[np.uint8], low: NDArray[np.float32]) -> NDArray[np.float32]:
        """D_DE as the network gives it, not fitted to the sensor: (H, W, 3), (h, w) -> (H, W)."""
        return self._run(rgb, low, estimate=True)

    @torch.inference_mode()
    def _run(
        self, rgb: NDArray[np.uint8], low: NDArray[np.float32], *, estimate: bool
    ) -> NDArray[np.float32]:
        inputs = prepare(
            torch.from_numpy(rgb)[None].to(self.device),
            torch.from_numpy(low)[None].to(self.device),
            value_range_m=self.value_range,
            multiple=self.network.topology.multiple,
        )
        out = self.network(*inputs, estimate=estimate)
        depth = out.mde if estimate else out.sr
        cropped = depth[0, 0, : rgb.shape[0], : rgb.shape[1]] * self.value_range
        return np.asarray(cropped.cpu().numpy())
