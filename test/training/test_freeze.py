"""Training D_DE alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import preset_topology
from bridgenet_ros.network.weights import WeightsCard, save_weights
from bridgenet_ros.training.config import TrainConfig
from bridgenet_ros.training.samples import PatchStream
from bridgenet_ros.training.train import Trainer


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    torch.manual_seed(3)
    card = WeightsCard(
        preset="tiny",
        trained=False,
        scales=(4,),
        value_range_m=10.0,
        training_data=(),
        licence="Apache-2.0",
    )
    network = BridgeNet(preset_topology("tiny"))
    torch.nn.init.normal_(network.dsr.out.weight)
    save_weights(tmp_path / "w.safetensors", network, card)
    return tmp_path / "w.safetensors"


def test_super_resolution_stays_and_the_estimate_learns(
    make_config: Callable[..., TrainConfig], stream: PatchStream, weights: Path
) -> None:
    changes = {"estimate_only": True, "estimate_every": 1, "estimate_loss": "log"}
    trainer = Trainer(make_config(start_weights=str(weights), muon=True, **changes), stream)
    inputs = stream.batch(9).inputs
    before = trainer.averaged_network()(*inputs)
    for _ in range(4):
        trainer.train_step()
    after = trainer.averaged_network()(*inputs)
    assert torch.equal(before.sr, after.sr)
    assert not torch.equal(before.mde, after.mde)
    assert set(trainer.optimisers) == {"mde", "mde_matrices"}


def test_weights_of_another_preset_are_refused(
    make_config: Callable[..., TrainConfig], stream: PatchStream, weights: Path
) -> None:
    with pytest.raises(ConfigError, match="is a tiny, not a small"):
        Trainer(make_config(start_weights=str(weights), preset="small"), stream)
