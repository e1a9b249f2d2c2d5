"""Classical upsampling, what our weights have to beat.

Every method takes the colour (H, W, 3) uint8 and the low-resolution depth (h, w) float32, 0 where
invalid, H = S h and W = S w, and returns (H, W) float32 in the unit of the depth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F  # noqa: N812

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.preprocess import fill_holes, upsample_depth

Colour = NDArray[np.uint8]
Depth = NDArray[np.float32]
Method = Callable[[Colour, Depth], Depth]


@dataclass(frozen=True, kw_only=True, slots=True)
class JointBilateral:
    """Kopf et al. (2007): low-resolution samples, weighted by distance and by colour."""

    radius: int = 2
    """Reach in low-resolution pixels."""
    sigma_space: float = 0.7
    """In low-resolution pixels."""
    sigma_colour: float = 0.1
    """In units of full intensity."""

    def __call__(self, rgb: Colour, low: Depth) -> Depth:
        """(H, W, 3), (h, w) -> (H, W)."""
        height, width = rgb.shape[:2]
        guide = rgb.astype(np.float32) / np.float32(255)
        guide_low = _at_samples(guide, low.shape)
        y, x = _positions(height, low.shape[0]), _positions(width, low.shape[1])
        y0, x0 = np.round(y).astype(int), np.round(x).astype(int)
        total = np.zeros((height, width), dtype=np.float32)
        weights = np.full((height, width), 1e-20, dtype=np.float32)
        reach = range(-self.radius, self.radius + 1)
        for dy in reach:
            for dx in reach:
                yy = np.clip(y0 + dy, 0, low.shape[0] - 1)
                xx = np.clip(x0 + dx, 0, low.shape[1] - 1)
                sample = low[yy][:, xx]
                near = _gauss(y0 + dy - y, self.sigma_space)[:, None]
                near = near * _gauss(x0 + dx - x, self.sigma_space)[None, :]
                colour = ((guide - guide_low[yy][:, xx]) ** 2).sum(axis=2)
                alike = np.exp(-colour / (2 * self.sigma_colour**2))
                weight = (near * alike + 1e-9 * near) * (sample > 0)
                total += weight * sample
                weights += weight
        # Where every sample in reach is a hole, the filled bicubic depth stands in.
        return np.where(weights > 1e-15, total / weights, bicubic(rgb, low)).astype(np.float32)


@dataclass(frozen=True, kw_only=True, slots=True)
class GuidedFilter:
    """He et al. (2010), with a grey guide, on the bicubic depth."""

    radius: int
    """Of the box, in pixels of the colour image."""
    epsilon: float
    """Regularisation, in squared units of full intensity."""

    def __call__(self, rgb: Colour, low: Depth) -> Depth:
        """(H, W, 3), (h, w) -> (H, W)."""
        guide = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float64) / 255
        depth = bicubic(rgb, low).astype(np.float64)
        mean_guide, mean_depth = self._box(guide), self._box(depth)
        variance = self._box(guide * guide) - mean_guide**2
        slope = (self._box(guide * depth) - mean_guide * mean_depth) / (variance + self.epsilon)
        offset = mean_depth - slope * mean_guide
        return np.asarray(self._box(slope) * guide + self._box(offset), dtype=np.float32)

    def _box(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        size = 2 * self.radius + 1
        mean = cv2.blur(x, (size, size), borderType=cv2.BORDER_REFLECT)
        return np.asarray(mean, dtype=np.float64)


TUNED: Mapping[tuple[str, int], tuple[JointBilateral, GuidedFilter]] = {
    ("depth", 4): (
        JointBilateral(sigma_space=0.42, sigma_colour=0.18),
        GuidedFilter(radius=1, epsilon=1e-5),
    ),
    ("depth", 8): (
        JointBilateral(sigma_space=0.42, sigma_colour=0.25),
        GuidedFilter(radius=2, epsilon=1e-4),
    ),
    ("depth", 16): (
        JointBilateral(sigma_space=0.42, sigma_colour=0.25),
        GuidedFilter(radius=4, epsilon=1e-4),
    ),
    ("disparity", 4): (
        JointBilateral(sigma_space=0.42, sigma_colour=0.06),
        GuidedFilter(radius=1, epsilon=1e-4),
    ),
    ("disparity", 8): (
        JointBilateral(sigma_space=0.42, sigma_colour=0.06),
        GuidedFilter(radius=2, epsilon=1e-4),
    ),
    ("disparity", 16): (
        JointBilateral(sigma_space=0.42, sigma_colour=0.06),
        GuidedFilter(radius=4, epsilon=1e-4),
    ),
}
"""By quantity and scale: what benchmarks/tune_baselines.py found best on the images it names."""


def nearest(rgb: Colour, low: Depth) -> Depth:
    """Each pixel takes the low-resolution pixel that covers it."""
    height, width = rgb.shape[:2]
    rows, columns = height // low.shape[0], width // low.shape[1]
    return np.repeat(np.repeat(_filled(low), rows, axis=0), columns, axis=1)


def bilinear(rgb: Colour, low: Depth) -> Depth:
    """Linear in both directions, sample centres at half pixels."""
    filled = torch.from_numpy(_filled(low))[None, None]
    up = F.interpolate(filled, size=rgb.shape[:2], mode="bilinear", align_corners=False)
    return np.asarray(up[0, 0].numpy())


def bicubic(rgb: Colour, low: Depth) -> Depth:
    """Pillow's BICUBIC, holes filled first: the network's own input."""
    up, _ = upsample_depth(torch.from_numpy(low)[None, None], (rgb.shape[0], rgb.shape[1]))
    return np.asarray(up[0, 0].numpy())


def baselines(scale: int, *, disparity: bool) -> Mapping[str, Method]:
    """Every classical method at ``scale``, the filters as tuned on training data.

    Raises:
        ConfigError: the filters were not tuned for that scale.
    """
    kind = "disparity" if disparity else "depth"
    if (kind, scale) not in TUNED:
        known = sorted({s for _, s in TUNED})
        raise ConfigError(f"no filter is tuned for x{scale}; expected one of {known}")
    joint, guided = TUNED[kind, scale]
    return {
        "nearest": nearest,
        "bilinear": bilinear,
        "bicubic": bicubic,
        "joint bilateral": joint,
        "guided filter": guided,
    }


def _filled(low: Depth) -> Depth:
    depth = torch.from_numpy(low)[None, None]
    return np.asarray(fill_holes(depth, (depth > 0).to(depth.dtype))[0, 0].numpy())


def _positions(high: int, low: int) -> NDArray[np.float64]:
    """Where each high-resolution pixel centre lies among the low-resolution ones."""
    return np.asarray((np.arange(high) + 0.5) * low / high - 0.5)


def _at_samples(guide: NDArray[np.float32], size: tuple[int, ...]) -> NDArray[np.float32]:
    """The colour at the low-resolution samples: the mean of the block each one covers."""
    low = cv2.resize(guide, (size[1], size[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(low, dtype=np.float32)


def _gauss(distance: NDArray[np.float64], sigma: float) -> NDArray[np.float32]:
    return np.exp(-(distance**2) / (2 * sigma**2)).astype(np.float32)
