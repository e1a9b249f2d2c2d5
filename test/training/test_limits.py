"""Numbers out of range are named before anything is decoded."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.training.config import TrainConfig

MakeConfig = Callable[..., TrainConfig]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("steps", 0, "steps is 0; expected more than 0"),
        ("minutes", -1.0, r"minutes is -1\.0; expected more than 0"),
        ("learning_rate", float("nan"), "learning_rate is nan; expected a finite number"),
        ("learning_rate", float("inf"), "learning_rate is inf; expected a finite number"),
        ("sensor_shares", [1.5], r"sensor_shares is 1\.5; expected 0 to 1"),
        ("ema_decay", -0.1, r"ema_decay is -0\.1; expected 0 to 1"),
        ("seed", -1, "seed is -1; expected 0 or more"),
        ("workers", -1, "workers is -1; expected 0 or more"),
        ("estimate_every", 0, "estimate_every is 0; expected more than 0"),
        ("place_draws", 0, "place_draws is 0; expected more than 0"),
        ("scales", [0], "scales is 0; expected more than 0"),
        ("patches", [-64], "patches is -64; expected more than 0"),
        ("batches", [0], "batches is 0; expected more than 0"),
        ("scale_weights", [-1.0], r"scale_weights is -1\.0; expected 0 or more"),
        ("scale_weights", [0.0], "scale_weights are all 0"),
        ("validation_minutes", 0.0, r"validation_minutes is 0\.0; expected more than 0"),
        ("teacher_weight", -1.0, r"teacher_weight is -1\.0; expected 0 or more"),
        ("milestones", [0.5, 2.0], r"milestones is 2\.0; expected 0 to 1"),
    ],
)
def test_a_number_out_of_range_is_named(
    make_config: MakeConfig, key: str, value: object, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        make_config(**{key: value})


def test_the_ends_of_the_ranges_are_allowed(make_config: MakeConfig) -> None:
    config = make_config(clip_norm=float("inf"), ema_decay=0.0, sensor_shares=[1.0], warmup_steps=0)
    assert config.clip_norm == float("inf")
