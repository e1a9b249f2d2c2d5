"""A teacher that fits, teachers that do not, and what a student learns."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from bridgenet_ros.errors import ConfigError, WeightsError
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import preset_topology
from bridgenet_ros.network.weights import WeightsCard, load_weights, save_weights
from bridgenet_ros.training.config import TrainConfig
from bridgenet_ros.training.samples import PatchStream
from bridgenet_ros.training.teacher import load_teacher, teach
from bridgenet_ros.training.train import Trainer

MakeConfig = Callable[..., TrainConfig]
CPU = torch.device("cpu")
CARD = WeightsCard(
    preset="tiny",
    trained=True,
    scales=(4, 8),
    value_range_m=10.0,
    training_data=(),
    licence="none needed",
)


def write(path: Path, card: WeightsCard = CARD) -> Path:
    """Weights whose D_SR is not the bicubic input."""
    torch.manual_seed(3)
    network = BridgeNet(preset_topology("tiny"))
    torch.nn.init.normal_(network.dsr.out.weight, std=0.3)
    save_weights(path, network, card)
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"trained": False}, "is not trained"),
        ({"value_range_m": 5.0}, r"sees 5\.0 m as 1\.0; training has 10\.0 m"),
        ({"scales": (8, 16)}, r"knows the scales \(8, 16\); training also has 4"),
    ],
)
def test_a_teacher_that_does_not_fit(
    make_config: MakeConfig, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    path = write(tmp_path / "t.safetensors", dataclasses.replace(CARD, **change))
    with pytest.raises(ConfigError, match=message):
        load_teacher(make_config(teacher=str(path)), CPU)


def test_a_missing_teacher_is_named(make_config: MakeConfig) -> None:
    with pytest.raises(WeightsError, match=r"no\.safetensors does not exist"):
        load_teacher(make_config(teacher="no.safetensors"), CPU)
    assert load_teacher(make_config(), CPU) is None


def test_the_teacher_is_frozen_and_sees_the_students_inputs(
    make_config: MakeConfig, stream: PatchStream, tmp_path: Path
) -> None:
    path = write(tmp_path / "t.safetensors")
    teacher = load_teacher(make_config(teacher=str(path)), CPU)
    assert not teacher.training
    assert not any(p.requires_grad for p in teacher.parameters())
    batch = stream.batch(0)
    with torch.no_grad():
        expected = load_weights(path)[0](*batch.inputs, estimate=False).sr
    torch.testing.assert_close(teach(teacher, batch), expected)


def test_a_student_comes_to_agree(
    make_config: MakeConfig, stream: PatchStream, tmp_path: Path
) -> None:
    path = write(tmp_path / "t.safetensors")
    config = make_config(
        teacher=str(path), l1_weight=0.0, estimate_weight=0.0, steps=20, learning_rate=3e-3
    )
    trainer = Trainer(config, stream)
    before = {k: v.clone() for k, v in trainer.teacher.state_dict().items()}
    reports = []
    trainer.run(reports.append)
    assert reports[-1].loss_teacher < 0.8 * reports[0].loss_teacher
    for key, value in trainer.teacher.state_dict().items():
        assert torch.equal(value, before[key]), key
