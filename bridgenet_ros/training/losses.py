"""Losses on normalised depth, each masked to the measured pixels.

Shapes: ``predicted`` and ``target`` (B, 1, H, W); ``weight`` broadcasts to them and is 0 where
``target`` was not measured.
"""

from __future__ import annotations

from torch import Tensor

ROOT_FLOOR = 1e-10
"""Keeps the gradient of a root finite where a sample is exact."""


def super_resolution_loss(
    predicted: Tensor, target: Tensor, weight: Tensor, *, l1: float, rmse: float, gradient: float
) -> Tensor:
    """The weighted sum of the three losses below; ``l1=1`` and zeros is the paper's eq (1)."""
    total = l1 * masked_l1(predicted, target, weight)
    if rmse:
        total = total + rmse * masked_rmse(predicted, target, weight)
    if gradient:
        total = total + gradient * masked_gradient_l1(predicted, target, weight)
    return total


def masked_l1(predicted: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Eqs (1) and (2): the mean absolute error of the measured pixels; 0 where there is none."""
    weight = weight.expand_as(target)
    return (weight * (predicted - target).abs()).sum() / weight.sum().clamp_min(1.0)


def masked_rmse(predicted: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Mean over the samples of each one's root mean square error: the metric of NYU.

    L1's gradient is as strong on a wall as on an edge; this one's grows with the error.
    """
    weight = weight.expand_as(target)
    square = (weight * (predicted - target) ** 2).sum(dim=(1, 2, 3))
    return (square / weight.sum(dim=(1, 2, 3)).clamp_min(1.0) + ROOT_FLOOR).sqrt().mean()


def masked_gradient_l1(predicted: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Mean absolute error of horizontal plus vertical differences; sharpens edges."""
    error, weight = predicted - target, weight.expand_as(target)
    total = error.new_zeros(())
    for axis in (-1, -2):
        size = error.shape[axis]
        first, second = error.narrow(axis, 0, size - 1), error.narrow(axis, 1, size - 1)
        both = weight.narrow(axis, 0, size - 1) * weight.narrow(axis, 1, size - 1)
        total = total + (both * (second - first).abs()).sum() / both.sum().clamp_min(1.0)
    return total
