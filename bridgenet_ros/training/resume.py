"""Whether a checkpoint and a configuration belong to one run."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.training.config import TrainConfig

MAY_CHANGE = {
    "output",
    "cache",
    "sources",
    "device",
    "threads",
    "workers",
    "minutes",
    "steps",
    "checkpoint_minutes",
    "validation_minutes",
    "validation_pairs",
    "validation",
    "tensorboard",
}
"""What a resumed run may set anew: where things lie, what is shown, how long it goes on. Of the
sources only their folders, of validation only how often."""


def require_same(saved: Mapping[str, Any], config: TrainConfig, path: Path) -> None:
    """Check that ``config`` goes on with what the checkpoint ``path`` was made with.

    A setting that is younger than the checkpoint had its default then.

    Raises:
        ConfigError: a setting that shapes the result differs.
    """
    _require_same_pairs(saved, config, path)
    for field in dataclasses.fields(config):
        # Through the same conversion as the checkpoint's JSON: tuples become lists.
        now = _plain(getattr(config, field.name))
        default = None if field.default is dataclasses.MISSING else _plain(field.default)
        before = saved.get(field.name, default)
        if field.name not in MAY_CHANGE and before != now:
            raise ConfigError(f"{path} was made with {field.name}={before}; this run has {now}")


def _require_same_pairs(saved: Mapping[str, Any], config: TrainConfig, path: Path) -> None:
    """Validation holds pairs back: who begins or ends it, trains on others from then on."""
    before, now = saved.get("validation_minutes"), config.validation_minutes
    if (before is None) != (now is None):
        raise ConfigError(
            f"{path} was made with validation_minutes={before}; this run has {now}, which would "
            "change the pairs that are held out of training"
        )
    kinds = [[(s["scenes"], s["weight"]) for s in saved["sources"]]]
    kinds.append([(s.scenes, s.weight) for s in config.sources])
    if kinds[0] != kinds[1]:
        raise ConfigError(
            f"{path} was made with sources of (scenes, weight) {kinds[0]}; this run has {kinds[1]}"
        )


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
