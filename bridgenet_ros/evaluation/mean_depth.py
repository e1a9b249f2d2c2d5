"""The mean depth map of a training set: what an estimate from colour has to beat."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bridgenet_ros.data.dataset import Quantity, RgbdDataset
from bridgenet_ros.errors import DatasetError


@dataclass(frozen=True, kw_only=True, eq=False)
class MeanDepth:
    """Says the same for every image.

    Attributes:
        depth: (h, w) float32 metres.
    """

    depth: NDArray[np.float32]

    def __call__(self, rgb: NDArray[np.uint8], low: NDArray[np.float32]) -> NDArray[np.float32]:
        """(H, W, 3), anything -> (H, W) metres."""
        del low
        size = (rgb.shape[1], rgb.shape[0])
        return np.asarray(cv2.resize(self.depth, size, interpolation=cv2.INTER_LINEAR))


def mean_depth(dataset: RgbdDataset, *, every: int) -> MeanDepth:
    """The mean over every n-th pair, pixel by pixel, of the valid depths.

    Raises:
        DatasetError: the data set holds disparity, or images of several sizes.
    """
    if dataset.quantity is not Quantity.DEPTH:
        raise DatasetError(f"{dataset.name}: a mean depth map needs depth, not disparity")
    first = dataset.load(0)
    total = np.zeros(first.depth.shape, dtype=np.float64)
    count = np.zeros(first.depth.shape, dtype=np.int64)
    for i in range(0, len(dataset), every):
        sample = dataset.load(i)
        if sample.depth.shape != total.shape:
            raise DatasetError(f"{dataset.name}: {sample.name} differs in size from {first.name}")
        total += sample.depth
        count += sample.valid
    # Where no pair has a value, the mean of all stands in.
    everywhere = total.sum() / count.sum()
    mean = np.where(count > 0, total / np.maximum(count, 1), everywhere)
    return MeanDepth(depth=mean.astype(np.float32))
