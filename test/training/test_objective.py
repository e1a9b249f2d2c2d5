"""The sum of the losses, by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from bridgenet_ros.network.bridgenet import BridgeNetOutput
from bridgenet_ros.preprocess import NetworkInput
from bridgenet_ros.training.config import TrainConfig
from bridgenet_ros.training.objective import measure_objective
from bridgenet_ros.training.samples import Batch


def flat(value: float) -> Tensor:
    return torch.full((2, 1, 4, 4), value)


@pytest.fixture
def batch() -> Batch:
    """Two samples of depth 0.5, the second one disparity; the left half is measured."""
    valid = torch.zeros(2, 1, 4, 4)
    valid[..., :2] = 1
    inputs = NetworkInput(torch.zeros(2, 3, 4, 4), flat(0.5), flat(1.0))
    is_depth = torch.tensor([1.0, 0.0]).view(2, 1, 1, 1)
    return Batch(inputs, flat(0.5), valid, is_depth, 4)


def test_the_weighted_sum(make_config: Callable[..., TrainConfig], batch: Batch) -> None:
    mde = flat(0.6)
    mde[1] = 9.0  # disparity: D_DE does not learn it
    out = BridgeNetOutput(flat(0.7), mde)
    config = make_config(l1_weight=1.0, estimate_weight=0.5, teacher_weight=2.0)
    found = measure_objective(out, batch, flat(0.4), config)
    assert found.estimate.item() == pytest.approx(0.1)
    assert found.teacher.item() == pytest.approx(0.3)
    assert found.total.item() == pytest.approx(0.2 + 0.5 * 0.1 + 2.0 * 0.3)


def test_disparity_is_learnt_where_it_is_asked_for(
    make_config: Callable[..., TrainConfig], batch: Batch
) -> None:
    out = BridgeNetOutput(None, flat(0.6))
    config = make_config(estimate_weight=0.5, estimate_disparity=True)
    found = measure_objective(out, batch, None, config)
    assert found.estimate.item() == pytest.approx(0.1)
    assert found.total.item() == pytest.approx(0.05)  # no D_SR: its loss is absent


def test_the_teacher_also_counts_where_nothing_was_measured(
    make_config: Callable[..., TrainConfig], batch: Batch
) -> None:
    sr = flat(0.5)
    sr[..., 2:] = 0.9
    found = measure_objective(BridgeNetOutput(sr, None), batch, flat(0.5), make_config())
    assert found.estimate is None
    assert found.total.item() == pytest.approx(0.2)
    alone = measure_objective(BridgeNetOutput(sr, None), batch, None, make_config())
    assert (alone.teacher, alone.total.item()) == (None, 0)
