"""A low-resolution depth camera: mixed pixels, noise that grows with depth, holes, millimetres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional as F  # noqa: N812

from bridgenet_ros.depth_units import MILLIMETRE, UINT16_MAX
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.frame import FloatArray


class LowDepth(NamedTuple):
    """What the sensor's pixels see, before noise."""

    depth_m: FloatArray
    """(h, w) metres."""
    on_edge: npt.NDArray[np.bool_]
    """(h, w) pixels that cover both sides of a depth edge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorModel:
    """How a measurement departs from the truth.

    Attributes:
        scale: colour pixels per depth pixel, each way.
        noise_m: standard deviation at 0 m.
        noise_per_m: its growth with the square of depth, 1/m.
        edge_step: relative spread of depth inside a pixel that makes it an edge pixel.
        edge_loss: share of the edge pixels that give no measurement.
        blobs: number of round holes in every frame, at random places.
        blob_radius: their largest radius, depth pixels.
    """

    scale: int = 8
    noise_m: float = 0.001
    noise_per_m: float = 0.0008
    edge_step: float = 0.08
    edge_loss: float = 0.15
    blobs: int = 4
    blob_radius: float = 2.2

    def see(self, depth_m: FloatArray) -> LowDepth:
        """Lower the exact depth (H, W) of the colour camera, antialiased bicubic as Pillow's.

        Raises:
            ConfigError: H or W is not a multiple of the scale.
        """
        height, width = depth_m.shape
        if height % self.scale or width % self.scale:
            raise ConfigError(
                f"depth of {width}x{height}; expected multiples of the scale {self.scale}"
            )
        size = (height // self.scale, width // self.scale)
        exact = torch.from_numpy(np.ascontiguousarray(depth_m))[None, None]
        low = F.interpolate(exact, size=size, mode="bicubic", antialias=True)[0, 0].numpy()
        blocks = depth_m.reshape(size[0], self.scale, size[1], self.scale)
        nearest, farthest = blocks.min(axis=(1, 3)), blocks.max(axis=(1, 3))
        return LowDepth(low, farthest - nearest > self.edge_step * nearest)

    def measure(self, low: LowDepth, rng: np.random.Generator) -> FloatArray:
        """One noisy frame, (h, w) metres in whole millimetres, 0 in the holes."""
        depth = low.depth_m.astype(np.float64)
        depth += rng.standard_normal(depth.shape) * (self.noise_m + self.noise_per_m * depth**2)
        measured = np.clip(np.rint(depth / MILLIMETRE), 0, UINT16_MAX) * MILLIMETRE
        measured[low.on_edge & (rng.random(depth.shape) < self.edge_loss)] = 0
        measured[self._blobs(depth.shape, rng)] = 0
        return measured.astype(np.float32)

    def _blobs(self, shape: tuple[int, ...], rng: np.random.Generator) -> npt.NDArray[np.bool_]:
        rows, columns = np.ogrid[: shape[0], : shape[1]]
        holes = np.zeros(shape, np.bool_)
        for _ in range(self.blobs):
            row, column = rng.uniform(0, shape[0]), rng.uniform(0, shape[1])
            radius = rng.uniform(0.5, self.blob_radius)
            holes |= (rows - row) ** 2 + (columns - column) ** 2 < radius**2
        return holes
