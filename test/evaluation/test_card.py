"""Measured figures in the card of a weight file."""

from __future__ import annotations

from pathlib import Path

from bridgenet_ros.evaluation.card import record_metrics
from bridgenet_ros.evaluation.evaluate import Row
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import preset_topology
from bridgenet_ros.network.weights import WeightsCard, load_weights, save_weights


def test_the_figures_are_in_the_card_and_the_file_still_loads(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    card = WeightsCard(
        preset="tiny",
        trained=True,
        scales=(8,),
        value_range_m=10.0,
        training_data=("pairs: cite",),
        licence="research",
    )
    save_weights(path, BridgeNet(preset_topology("tiny")), card)
    row = Row(
        dataset="d", method="tiny", scale=8, downsample="bicubic", n=1, unit="cm", rmse=1.23456,
        mad=1.0, mae=1.0, edge_rmse=2.0, per_image=({"name": "a"},), delta1=0.5, abs_rel=None,
    )  # fmt: skip
    record_metrics(path, [row])
    found = load_weights(path)[1].metrics
    assert found == (
        {
            "dataset": "d",
            "method": "tiny",
            "scale": 8,
            "downsample": "bicubic",
            "n": 1,
            "unit": "cm",
            "rmse": 1.2346,
            "mad": 1.0,
            "mae": 1.0,
            "edge_rmse": 2.0,
            "delta1": 0.5,
        },
    )
