"""Losses, by hand."""

from __future__ import annotations

import math

import pytest
import torch

from bridgenet_ros.training.losses import (
    masked_gradient_l1,
    masked_l1,
    masked_rmse,
    super_resolution_loss,
)


def image(*rows: list[float]) -> torch.Tensor:
    return torch.tensor(rows)[None, None]


TARGET = image([1.0, 2.0], [3.0, 4.0])
EVERYWHERE = torch.ones(1, 1, 2, 2)


def test_l1_is_the_mean_of_the_measured_pixels() -> None:
    predicted = image([2.0, 2.0], [3.0, 1000.0])
    weight = image([1.0, 1.0], [1.0, 0.0])
    assert masked_l1(predicted, TARGET, weight).item() == pytest.approx(1 / 3)


def test_l1_of_nothing_is_zero() -> None:
    assert masked_l1(TARGET + 1, TARGET, torch.zeros(1, 1, 1, 1)).item() == 0


def test_rmse_is_taken_for_each_sample() -> None:
    target = torch.cat([TARGET, TARGET])
    predicted = target.clone()
    predicted[0, 0, 0, 0] += 4  # RMSE 2
    weight = torch.ones(2, 1, 1, 1)
    assert masked_rmse(predicted, target, weight).item() == pytest.approx(1, abs=1e-4)


def test_rmse_of_an_exact_sample_has_a_finite_gradient() -> None:
    predicted = TARGET.clone().requires_grad_()
    masked_rmse(predicted, TARGET, EVERYWHERE).backward()
    assert predicted.grad is not None
    assert torch.isfinite(predicted.grad).all()


def test_gradient_loss_ignores_a_constant_and_sees_a_step() -> None:
    assert masked_gradient_l1(TARGET + 7, TARGET, EVERYWHERE).item() == 0
    stepped = TARGET + image([0.0, 1.0], [0.0, 1.0])
    assert masked_gradient_l1(stepped, TARGET, EVERYWHERE).item() == pytest.approx(1)


def test_gradient_loss_needs_both_neighbours() -> None:
    stepped = TARGET + image([0.0, 1.0], [0.0, 1.0])
    weight = image([1.0, 0.0], [1.0, 0.0])
    assert masked_gradient_l1(stepped, TARGET, weight).item() == 0


def test_the_sum_is_weighted() -> None:
    predicted = TARGET + image([2.0, 0.0], [0.0, 0.0])
    weights = {"l1": 1.0, "rmse": 0.0, "gradient": 0.0}
    l1 = super_resolution_loss(predicted, TARGET, EVERYWHERE, **weights).item()
    assert l1 == pytest.approx(0.5)
    weights = {"l1": 2.0, "rmse": 3.0, "gradient": 0.5}
    total = super_resolution_loss(predicted, TARGET, EVERYWHERE, **weights).item()
    assert total == pytest.approx(2 * 0.5 + 3 * math.sqrt(1.0) + 0.5 * 2, abs=1e-4)
