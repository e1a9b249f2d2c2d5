"""Learning rate over a run, by progress in [0, 1], and the moving average of the weights."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from bridgenet_ros.training.config import TrainConfig

STEP_FACTOR = 0.1


def warm_up(step: int, warmup_steps: int) -> float:
    """Factor that grows linearly to 1 over the first steps; ``step`` is 0 for the first."""
    return min((step + 1) / max(warmup_steps, 1), 1.0)


def cosine(progress: float, *, peak: float, floor: float) -> float:
    """Half a cosine from ``peak`` at progress 0 to ``floor`` at 1 and beyond."""
    angle = math.pi * min(max(progress, 0.0), 1.0)
    return floor + (peak - floor) * (1 + math.cos(angle)) / 2


def steps(progress: float, *, peak: float, milestones: Sequence[float]) -> float:
    """The paper's: a tenth of the rate after each milestone, a share of the run."""
    passed = sum(progress >= milestone for milestone in milestones)
    return peak * math.pow(STEP_FACTOR, passed)


def learning_rate(config: TrainConfig, step: int, progress: float) -> float:
    """The rate of ``step`` at ``progress`` in [0, 1], by the configuration's schedule."""
    if config.schedule == "cosine":
        rate = cosine(progress, peak=config.learning_rate, floor=config.final_rate)
    else:
        rate = steps(progress, peak=config.learning_rate, milestones=config.milestones)
    return rate * warm_up(step, config.warmup_steps)


class MovingAverage:
    """Exponential moving average of every weight and buffer: what is evaluated and shipped."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.values = {k: v.detach().clone() for k, v in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Take in the weights after ``step`` (0 for the first); a young average is quicker."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for key, value in network.state_dict().items():
            if value.is_floating_point():
                self.values[key].lerp_(value, 1 - decay)
            else:
                self.values[key].copy_(value)

    def load(self, values: Mapping[str, Tensor]) -> None:
        """Take over the averages of a checkpoint."""
        for key, value in self.values.items():
            value.copy_(values[key])
