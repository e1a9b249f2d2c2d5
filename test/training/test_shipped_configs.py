"""Every training configuration that is shipped: it is valid, and its network trains."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from training_data import write_folder

from bridgenet_ros.network.topology import PRESETS
from bridgenet_ros.training.config import load_config
from bridgenet_ros.training.sources import build_stream
from bridgenet_ros.training.train import Trainer

CONFIGS = sorted((Path(__file__).resolve().parents[2] / "config").glob("train_*.yaml"))


def test_every_preset_has_one() -> None:
    presets = {load_config(path).preset for path in CONFIGS}
    assert presets == set(PRESETS)


def test_the_papers_protocol() -> None:
    (path,) = (p for p in CONFIGS if "paper" in p.name)
    config = load_config(path)
    (scale, patch, batch) = (config.scales[0], config.patches[0], config.batches[0])
    assert (patch // scale, batch, config.loss_gain / scale) == (16, 8, 1)
    assert (config.schedule, config.learning_rate) == ("steps", 1e-4)
    epochs = config.steps / (1000 * 54 / batch)
    assert [round(m * epochs) for m in config.milestones] == [100, 200]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: p.stem)
def test_two_steps_on_a_cpu(path: Path, tmp_path: Path) -> None:
    write_folder(tmp_path / "data", 2, side=64)
    count = len(load_config(path).scales)
    small = [
        f"sources=[{{path: {tmp_path / 'data'}}}]",
        f"output={tmp_path / 'run'}",
        f"cache={tmp_path / 'cache'}",
        f"patches={[32] * count}",
        f"batches={[2] * count}",
        "start_batches=1",
        "device=cpu",
        "workers=0",
        "validation_minutes=null",
    ]
    config = load_config(path, small)
    trainer = Trainer(config, build_stream(config))
    reports = [trainer.train_step() for _ in range(2)]
    assert all(math.isfinite(r.loss_sr) and r.loss_mde is not None for r in reports[:1])
    assert all(math.isfinite(norm) for norm in reports[1].gradient_norms.values())
