"""Parameters of the classical filters, searched on training data and kept here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

import numpy as np

from bridgenet_ros.data.dataset import Quantity, RgbdDataset
from bridgenet_ros.evaluation.baselines import GuidedFilter, JointBilateral, Method, bicubic
from bridgenet_ros.evaluation.metrics import mean_absolute_error, root_mean_square_error
from bridgenet_ros.evaluation.protocol import Protocol, make_case

SIGMAS_SPACE = (0.35, 0.42, 0.5, 0.6, 0.7)
SIGMAS_COLOUR = (0.03, 0.06, 0.12, 0.18, 0.25, 0.35, 0.5)
RADII = (1, 2, 4, 8)
EPSILONS = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2)
JOINT_GRID: Sequence[JointBilateral] = tuple(
    JointBilateral(sigma_space=space, sigma_colour=colour)
    for space, colour in product(SIGMAS_SPACE, SIGMAS_COLOUR)
)
GUIDED_GRID: Sequence[GuidedFilter] = tuple(
    GuidedFilter(radius=radius, epsilon=epsilon) for radius, epsilon in product(RADII, EPSILONS)
)


def tune(
    dataset: RgbdDataset, scale: int, indices: Iterable[int]
) -> Mapping[str, tuple[Method, float]]:
    """The best of each grid, and its error, on some images of a training set.

    Best is the lowest mean of the images' RMSE for depth, of their MAD for disparity.
    """
    cases = [make_case(dataset, i, Protocol(scale=scale)) for i in indices]
    error = root_mean_square_error if dataset.quantity is Quantity.DEPTH else mean_absolute_error

    def mean_error(method: Method) -> float:
        return float(np.mean([error(method(c.rgb, c.low), c.truth, c.counted) for c in cases]))

    grids: Mapping[str, Sequence[Method]] = {
        "bicubic": (bicubic,),
        "joint bilateral": JOINT_GRID,
        "guided filter": GUIDED_GRID,
    }
    found = {}
    for name, grid in grids.items():
        errors = [mean_error(method) for method in grid]
        best = int(np.argmin(errors))
        found[name] = (grid[best], errors[best])
    return found
