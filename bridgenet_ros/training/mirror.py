"""Depth that colour does not show, as a mirror or a pane gives it: patches of two distances."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

REGION_SHARE = 1 / 6
"""Standard deviation of the blur that shapes the mirror, over the side of the sample."""
BLOBS_PX = (2.0, 8.0)
"""That of the blobs in it."""
BLOBS_BIAS = 0.5
"""Which of the two distances prevails, in standard deviations."""
DISTANCE = (0.15, 0.8)
"""How far the second distance lies from the first, as a logarithm."""


def mirrored(target: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """The same depth, but broken into blobs of its own and another distance in a random half.

    A sensor sees now the glass, now what is mirrored in it, and nothing in colour says where: the
    best answer is a blurred one, and a network that has never met such a place draws edges there.

    Args:
        target: (H, W) normalised depth, 0 where invalid, which stays invalid.
        rng: source of chance.

    Returns:
        (H, W); no value is more than 1 that was not before.
    """
    region = _smooth_noise(target.shape, target.shape[0] * REGION_SHARE, rng) > 0
    bias = rng.uniform(-BLOBS_BIAS, BLOBS_BIAS)
    blobs = _smooth_noise(target.shape, rng.uniform(*BLOBS_PX), rng) > bias
    factor = np.exp(rng.uniform(*DISTANCE) * rng.choice((-1.0, 1.0)))
    if target.max(initial=0.0) * factor > 1:
        factor = min(factor, 1 / factor)
    return np.where(region & blobs, target * np.float32(factor), target)


def _smooth_noise(
    shape: tuple[int, ...], deviation: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """(H, W) of mean 0 and standard deviation 1, smooth over ``deviation`` pixels."""
    noise = cv2.GaussianBlur(rng.standard_normal(shape, np.float32), (0, 0), deviation)
    noise -= noise.mean()
    return np.asarray(noise / noise.std())
