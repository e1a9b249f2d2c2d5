"""What a training step minimises: both tasks' losses and, if asked for, a teacher's."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from bridgenet_ros.network.bridgenet import BridgeNetOutput
from bridgenet_ros.training.config import TrainConfig
from bridgenet_ros.training.losses import masked_l1, super_resolution_loss
from bridgenet_ros.training.samples import Batch


class Objective(NamedTuple):
    """The losses of one step, each a float32 number."""

    total: Tensor
    """The weighted sum."""
    estimate: Tensor | None
    """L1 of D_DE, in the steps that compute it."""
    teacher: Tensor | None
    """L1 between D_SR and the teacher's."""


def measure_objective(
    out: BridgeNetOutput, batch: Batch, taught: Tensor | None, config: TrainConfig
) -> Objective:
    """Eqs (1) and (2) of the paper, with the configuration's weights.

    Args:
        out: D_SR, D_DE or both.
        batch: where ``out`` comes from.
        taught: the teacher's D_SR, (B, 1, P, P).
        config: the weights of the losses.
    """
    total = batch.target.new_zeros(())
    estimate = teacher = None
    if out.sr is not None:
        total = super_resolution_loss(
            out.sr,
            batch.target,
            batch.valid,
            l1=config.l1_weight,
            rmse=config.rmse_weight,
            gradient=config.gradient_weight,
        )
    if out.mde is not None:
        # Disparity is no depth: D_DE cannot learn both from one colour image.
        known = batch.valid if config.estimate_disparity else batch.valid * batch.is_depth
        estimate = masked_l1(out.mde, batch.target, known)
        total = total + config.estimate_weight * estimate
    if taught is not None and out.sr is not None:
        # Everywhere: the teacher also knows the pixels that the truth lacks.
        teacher = (out.sr - taught).abs().mean()
        total = total + config.teacher_weight * teacher
    return Objective(total, estimate, teacher)
