"""The search for filter parameters."""

from __future__ import annotations

from bridgenet_ros.data.folder import RgbdFolder
from bridgenet_ros.evaluation.metrics import root_mean_square_error
from bridgenet_ros.evaluation.protocol import Protocol, make_case
from bridgenet_ros.evaluation.tuning import GUIDED_GRID, JOINT_GRID, tune


def test_the_best_of_each_grid_is_found(depth_pairs: RgbdFolder) -> None:
    best = tune(depth_pairs, 4, [0])
    case = make_case(depth_pairs, 0, Protocol(scale=4))
    for name, grid in (("joint bilateral", JOINT_GRID), ("guided filter", GUIDED_GRID)):
        errors = {
            m: root_mean_square_error(m(case.rgb, case.low), case.truth, case.counted) for m in grid
        }
        assert best[name] == min(errors, key=lambda m: errors[m])
