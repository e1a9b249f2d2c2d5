"""The search for filter parameters."""

from __future__ import annotations

import pytest

from bridgenet_ros.data.folder import RgbdFolder
from bridgenet_ros.evaluation.baselines import TUNED
from bridgenet_ros.evaluation.metrics import root_mean_square_error
from bridgenet_ros.evaluation.protocol import Protocol, make_case
from bridgenet_ros.evaluation.tuning import (
    EPSILONS,
    GUIDED_GRID,
    JOINT_GRID,
    RADII,
    SIGMAS_COLOUR,
    SIGMAS_SPACE,
    tune,
)


def test_the_best_of_each_grid_is_found(depth_pairs: RgbdFolder) -> None:
    best = tune(depth_pairs, 4, [0])
    case = make_case(depth_pairs, 0, Protocol(scale=4))
    for name, grid in (("joint bilateral", JOINT_GRID), ("guided filter", GUIDED_GRID)):
        errors = {
            m: root_mean_square_error(m(case.rgb, case.low), case.truth, case.counted) for m in grid
        }
        chosen = min(errors, key=lambda m: errors[m])
        assert best[name] == (chosen, errors[chosen])


@pytest.mark.parametrize(("kind", "scale"), TUNED)
def test_what_is_kept_lies_within_the_grids(kind: str, scale: int) -> None:
    """On an edge a better filter may lie beyond; below a radius of 1 there is no box."""
    joint, guided = TUNED[kind, scale]
    assert joint in JOINT_GRID
    assert guided in GUIDED_GRID
    assert SIGMAS_SPACE[0] < joint.sigma_space < SIGMAS_SPACE[-1]
    assert SIGMAS_COLOUR[0] < joint.sigma_colour < SIGMAS_COLOUR[-1]
    assert guided.radius < RADII[-1]
    assert EPSILONS[0] < guided.epsilon < EPSILONS[-1]
