"""Changes that leave a sample true: another exposure and white balance, another focal length."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

LEVELS = 256


def jitter_colour(
    rgb: NDArray[np.uint8], rng: np.random.Generator, spread: float
) -> NDArray[np.uint8]:
    """Another gamma and exposure for all channels, and half as much of a gain for each.

    Args:
        rgb: (H, W, 3) uint8.
        rng: draws the changes.
        spread: standard deviation of the logarithms of gamma and of the gains.
    """
    gamma, exposure = np.exp(rng.normal(0.0, spread, 2))
    gains = exposure * np.exp(rng.normal(0.0, spread / 2, 3))
    ramp = np.linspace(0.0, 1.0, LEVELS)[:, None] ** gamma * gains  # (256, 3)
    table = np.rint(np.clip(ramp, 0.0, 1.0) * (LEVELS - 1)).astype(np.uint8)
    jittered: NDArray[np.uint8] = table[rgb, np.arange(3)]
    return jittered


def depth_factor(
    target: NDArray[np.floating[Any]], rng: np.random.Generator, spread: float
) -> float:
    """What all of a sample's depth is multiplied by: the same picture through a longer lens.

    Args:
        target: normalised depth; no value that was below 1 goes above it.
        rng: draws the factor.
        spread: standard deviation of its logarithm.
    """
    factor = float(np.exp(rng.normal(0.0, spread)))
    nearest_one = max(float(target.max(initial=0.0)), 1e-6)
    return min(factor, max(1.0, 1.0 / nearest_one))
