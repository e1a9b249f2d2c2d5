"""Rates and the moving average."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from bridgenet_ros.training.config import TrainConfig
from bridgenet_ros.training.schedule import MovingAverage, cosine, learning_rate, steps, warm_up


def test_warm_up_is_linear() -> None:
    assert [warm_up(s, 4) for s in (0, 1, 3, 9)] == [0.25, 0.5, 1.0, 1.0]
    assert warm_up(0, 0) == 1.0


@pytest.mark.parametrize(
    ("progress", "expected"), [(0.0, 1.0), (0.5, 0.55), (1.0, 0.1), (1.7, 0.1), (-1.0, 1.0)]
)
def test_cosine(progress: float, expected: float) -> None:
    assert cosine(progress, peak=1.0, floor=0.1) == pytest.approx(expected)


def test_steps_divide_by_ten() -> None:
    rates = [steps(p, peak=1e-4, milestones=(0.25, 0.5)) for p in (0, 0.25, 0.4, 0.9)]
    assert rates == pytest.approx([1e-4, 1e-5, 1e-5, 1e-6])


def test_the_configuration_chooses(make_config: Callable[..., TrainConfig]) -> None:
    rates = {"learning_rate": 1.0, "final_rate": 0.0, "warmup_steps": 4}
    smooth = make_config(**rates)
    assert learning_rate(smooth, 0, 0.0) == pytest.approx(0.25)
    assert learning_rate(smooth, 9, 0.5) == pytest.approx(0.5)
    stepped = make_config(schedule="steps", milestones=[0.25], **rates)
    assert learning_rate(stepped, 9, 0.24) == pytest.approx(1.0)
    assert learning_rate(stepped, 9, 0.25) == pytest.approx(0.1)


def test_average_by_hand() -> None:
    layer = nn.BatchNorm1d(1)
    average = MovingAverage(layer, 0.9)
    with torch.no_grad():
        layer.weight.fill_(3.0)
    layer.num_batches_tracked.fill_(7)
    average.update(layer, step=1000)
    assert average.values["weight"].item() == pytest.approx(1 + 0.1 * 2)
    assert average.values["num_batches_tracked"].item() == 7


def test_a_young_average_is_quick() -> None:
    layer = nn.Linear(1, 1, bias=False)
    average = MovingAverage(layer, 0.999)
    with torch.no_grad():
        layer.weight.fill_(5.0)
    average.update(layer, step=0)  # decay 1/10
    start = 5.0 + (average.values["weight"].item() - 5.0) * 10
    assert abs(average.values["weight"].item() - 5) == pytest.approx(abs(start - 5) / 10)


def test_load_copies() -> None:
    layer = nn.Linear(1, 1)
    average = MovingAverage(layer, 0.9)
    average.load({"weight": torch.full((1, 1), 2.0), "bias": torch.full((1,), 3.0)})
    assert average.values["weight"].item() == 2
    assert average.values["bias"].item() == 3
