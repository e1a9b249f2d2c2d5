"""Ranges from data, and a run that learns in 8 bits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from untrained import untrained_card

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.folding import fold
from bridgenet_ros.network.quantised import Range, is_quantised, quantised_layers
from bridgenet_ros.network.topology import preset_topology
from bridgenet_ros.network.weights import load_weights, read_card, save_weights
from bridgenet_ros.training.calibrate import Observed, best_range, quantise_from_data
from bridgenet_ros.training.config import TrainConfig
from bridgenet_ros.training.export import export_weights
from bridgenet_ros.training.samples import PatchStream
from bridgenet_ros.training.train import Trainer

MakeConfig = Callable[..., TrainConfig]


def observed(*values: float) -> Observed:
    found = Observed()
    found.look_at(torch.tensor(values))
    return found


def test_zero_is_a_step_of_every_range() -> None:
    positive = best_range(observed(*torch.linspace(0, 2.55, 256).tolist()))
    assert positive.zero == 0
    assert positive.scale == pytest.approx(0.01, rel=0.02)
    signed = best_range(observed(*torch.linspace(-1.0, 1.55, 256).tolist()))
    assert signed.zero == pytest.approx(100, abs=2)
    assert best_range(observed(0.0)) == Range(pytest.approx(0.3e-6 / 255), 0)


def test_a_lone_outlier_is_clipped() -> None:
    torch.manual_seed(0)
    values = [*torch.rand(20_000).tolist(), 3.0]
    assert best_range(observed(*values)).scale < 2.5 / 255


def started(stream: PatchStream) -> BridgeNet:
    torch.manual_seed(1)
    network = BridgeNet(preset_topology("tiny")).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.01 * torch.randn_like(parameter))
    return network


@torch.no_grad()
def test_the_quantised_network_stays_close(stream: PatchStream) -> None:
    network, batch = started(stream), stream.batch(9)
    expected = network(*batch.inputs, estimate=False).sr - batch.inputs.depth
    fold(network)
    quantise_from_data(network, [stream.batch(i) for i in range(3)])
    found = network(*batch.inputs, estimate=False).sr - batch.inputs.depth
    assert 0 < (found - expected).std() < 0.1 * expected.std()


def test_what_shares_a_tensor_shares_its_range(stream: PatchStream) -> None:
    network = started(stream)
    fold(network)
    quantise_from_data(network, [stream.batch(0)])
    ranges = {name: layer.input_range() for name, layer in quantised_layers(network)}
    block = "mde.encoder.stages.1.0"
    assert ranges[f"{block}.body.0.0"] == ranges[f"{block}.skip.0"]
    assert ranges[f"{block}.body.0.0"] != ranges[f"{block}.body.1"]


def test_a_run_in_int8_comes_back_from_its_file(
    make_config: MakeConfig, stream: PatchStream, tmp_path: Path
) -> None:
    first, path = tmp_path / "tiny.safetensors", tmp_path / "tiny_int8.safetensors"
    save_weights(first, started(stream), untrained_card(4))
    config = make_config(
        int8=True, start_weights=str(first), steps=4, sources=[{"scenes": "rooms"}]
    )
    trainer = Trainer(config, stream)
    trainer.run(lambda _: None)
    again = Trainer(config, stream)
    assert again.resume()
    export_weights(again, path, "bridgenet train")
    assert read_card(path).precision == "int8"
    network, _ = load_weights(path)
    assert is_quantised(network)
    with torch.no_grad():
        inputs = stream.batch(7).inputs
        expected, found = trainer.averaged_network()(*inputs).sr, network(*inputs).sr
    assert (found - expected).abs().max() < 1e-2  # the file has half precision


def test_int8_starts_from_what_has_learnt(make_config: MakeConfig) -> None:
    with pytest.raises(ConfigError, match="int8 needs start_weights"):
        make_config(int8=True)
