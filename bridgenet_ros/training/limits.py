"""Which numbers a training configuration may hold."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from bridgenet_ros.errors import ConfigError

ABOVE_ZERO = (
    "steps",
    "minutes",
    "start_batches",
    "scales",
    "patches",
    "batches",
    "place_draws",
    "estimate_every",
    "loss_gain",
    "learning_rate",
    "clip_norm",
    "muon_gain",
    "validation_minutes",
    "validation_pairs",
)
NOT_BELOW_ZERO = (
    "threads",
    "workers",
    "seed",
    "checkpoint_minutes",
    "scale_weights",
    "colour_jitter",
    "depth_jitter",
    "focus_steps",
    "l1_weight",
    "rmse_weight",
    "gradient_weight",
    "estimate_weight",
    "teacher_weight",
    "final_rate",
    "warmup_steps",
    "weight_decay",
)
SHARES = ("sensor_shares", "mirror_share", "nearest_share", "milestones", "ema_decay")
MAY_BE_INFINITE = ("clip_norm",)
PATCH_MULTIPLE = 16
"""What every preset's input size must be a multiple of."""
SMALLEST_ALONE = 48
"""Side of a patch that may be alone in its batch: the deepest level, a 32nd of it, then has more
than the one value over which no norm can be computed."""


def check_limits(values: Mapping[str, Any]) -> None:
    """Check every number, and each number of a list.

    Raises:
        ConfigError: one is out of its range, or the shares of the scales are all 0.
    """
    for key, value in values.items():
        for number in value if isinstance(value, tuple) else (value,):
            if isinstance(number, int | float) and not isinstance(number, bool):
                _check(key, number)
    if not any(values["scale_weights"]):
        raise ConfigError("scale_weights are all 0; expected one above 0")


def check_patches(scales: Sequence[int], patches: Sequence[int], batches: Sequence[int]) -> None:
    """Check the side and the number of the patches of each scale.

    Raises:
        ConfigError: a side fits neither its scale nor the presets, or is too small to be alone.
    """
    for scale, patch, batch in zip(scales, patches, batches, strict=True):
        if patch % scale or patch % PATCH_MULTIPLE:
            raise ConfigError(
                f"a patch of {patch} is not a multiple of {PATCH_MULTIPLE} and of x{scale}"
            )
        if batch == 1 and patch < SMALLEST_ALONE:
            raise ConfigError(
                f"a patch of {patch} alone in its batch gives the norms one value; expected "
                f"{SMALLEST_ALONE} pixels a side or more, or several patches"
            )


def _check(key: str, number: float) -> None:
    if math.isnan(number) or (math.isinf(number) and key not in MAY_BE_INFINITE):
        raise ConfigError(f"{key} is {number}; expected a finite number")
    if key in ABOVE_ZERO and number <= 0:
        raise ConfigError(f"{key} is {number}; expected more than 0")
    if key in NOT_BELOW_ZERO and number < 0:
        raise ConfigError(f"{key} is {number}; expected 0 or more")
    if key in SHARES and not 0 <= number <= 1:
        raise ConfigError(f"{key} is {number}; expected 0 to 1")
