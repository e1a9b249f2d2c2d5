"""Which configurations may go on with which checkpoints."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.training.config import TrainConfig
from bridgenet_ros.training.resume import MAY_CHANGE, require_same

MakeConfig = Callable[..., TrainConfig]


def as_saved(config: TrainConfig) -> dict[str, Any]:
    saved: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(config)))
    return saved


def test_the_same_settings_go_on(make_config: MakeConfig) -> None:
    config = make_config(clip_norm=float("inf"), minutes=3.0, focus_scale=4, focus_steps=2)
    require_same(as_saved(config), config, Path("c"))


def test_what_shapes_the_result_may_not_change(make_config: MakeConfig) -> None:
    saved = as_saved(make_config())
    with pytest.raises(ConfigError, match="c was made with scales=\\[4\\]; this run has \\[8\\]"):
        require_same(saved, make_config(scales=[8]), Path("c"))


def test_an_older_checkpoint_lacks_younger_settings(make_config: MakeConfig) -> None:
    saved = as_saved(make_config())
    for key in ("precision", "teacher", "teacher_weight", "place_draws", "validation_minutes"):
        del saved[key]
    require_same(saved, make_config(), Path("c"))
    with pytest.raises(ConfigError, match="made with precision=float32; this run has bfloat16"):
        require_same(saved, make_config(precision="bfloat16"), Path("c"))


def test_validation_may_be_rarer_but_not_begin_or_end(make_config: MakeConfig) -> None:
    looked_at, never = make_config(validation_minutes=1.0), make_config()
    require_same(as_saved(looked_at), make_config(validation_minutes=9.0), Path("c"))
    with pytest.raises(ConfigError, match="=None; this run has 1"):
        require_same(as_saved(never), looked_at, Path("c"))
    with pytest.raises(ConfigError, match="this run has None, which would"):
        require_same(as_saved(looked_at), never, Path("c"))


def test_sources_may_move_but_not_weigh_more(make_config: MakeConfig) -> None:
    saved = as_saved(make_config(sources=[{"path": "a"}, {"scenes": "rooms", "weight": 2}]))
    moved = make_config(sources=[{"path": "b"}, {"scenes": "rooms", "weight": 2}])
    require_same(saved, moved, Path("c"))
    other = make_config(sources=[{"path": "a"}, {"scenes": "rooms", "weight": 3}])
    with pytest.raises(ConfigError, match=r"sources of .*'rooms', 2\.0.*'rooms', 3\.0"):
        require_same(saved, other, Path("c"))


def test_every_free_setting_exists(make_config: MakeConfig) -> None:
    assert {field.name for field in dataclasses.fields(make_config())} >= MAY_CHANGE
