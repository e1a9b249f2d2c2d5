"""A stream of batches without files, and a configuration that trains in seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from training_data import make_plan, make_source

from bridgenet_ros.training.config import TrainConfig, parse_config
from bridgenet_ros.training.samples import PatchStream


@pytest.fixture
def stream() -> PatchStream:
    """Clean patches of 64 px at x4."""
    return PatchStream([make_source()], make_plan(), seed=5)


@pytest.fixture
def make_config(tmp_path: Path) -> Callable[..., TrainConfig]:
    """A configuration of `stream`, with changes."""

    def make(**changes: Any) -> TrainConfig:
        raw = {
            "preset": "tiny",
            "output": str(tmp_path / "run"),
            "cache": str(tmp_path / "cache"),
            "sources": [{"path": str(tmp_path / "data")}],
            "scales": [4],
            "scale_weights": [1.0],
            "patches": [64],
            "batches": [4],
            "sensor_shares": [0.0],
            "steps": 8,
            "start_batches": 4,
            "warmup_steps": 2,
        }
        return parse_config({**raw, **changes})

    return make
