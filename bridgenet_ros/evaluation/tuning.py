"""Parameters of the classical filters, searched on training data and kept here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

import numpy as np

from bridgenet_ros.data.dataset import Quantity, RgbdDataset
from bridgenet_ros.evaluation.baselines import GuidedFilter, JointBilateral, Method
from bridgenet_ros.evaluation.metrics import mean_absolute_error, root_mean_square_error
from bridgenet_ros.evaluation.protocol import Protocol, make_case

JOINT_GRID: Sequence[JointBilateral] = tuple(
    JointBilateral(sigma_space=space, sigma_colour=colour)
    for space, colour in product((0.35, 0.5, 0.7), (0.03, 0.06, 0.12, 0.25))
)
GUIDED_GRID: Sequence[GuidedFilter] = tuple(
    GuidedFilter(radius=radius, epsilon=epsilon)
    for radius, epsilon in product((1, 2, 4, 8), (1e-5, 1e-4, 1e-3, 1e-2, 1e-1))
)


def tune(dataset: RgbdDataset, scale: int, indices: Iterable[int]) -> Mapping[str, Method]:
    """The best of each grid on some images of a training set.

    Best is the lowest mean of the images' RMSE for depth, of their MAD for disparity.
    """
    cases = [make_case(dataset, i, Protocol(scale=scale)) for i in indices]
    error = root_mean_square_error if dataset.quantity is Quantity.DEPTH else mean_absolute_error

    def mean_error(method: Method) -> float:
        return float(np.mean([error(method(c.rgb, c.low), c.truth, c.counted) for c in cases]))

    return {
        "joint bilateral": min(JOINT_GRID, key=mean_error),
        "guided filter": min(GUIDED_GRID, key=mean_error),
    }
