"""Figures and pictures of held-out pairs."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from training_data import write_folder

from bridgenet_ros.data.folder import open_folder, read_rgb
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import preset_topology
from bridgenet_ros.training.validation import (
    Validated,
    ValidationSet,
    choose_pairs,
    summary,
    validate,
)

CPU = torch.device("cpu")


@pytest.fixture
def chosen(tmp_path: Path) -> ValidationSet:
    return choose_pairs(open_folder(write_folder(tmp_path / "d", 6)), (1, 2, 3, 5), 2)


def test_pairs_are_spread_over_the_held_out_ones(chosen: ValidationSet) -> None:
    assert chosen.indices == (2, 5)
    assert chosen.text() == "boxes: 2 of 4 held-out pairs, 02, 05"


def test_an_untrained_network_is_bicubic(chosen: ValidationSet, tmp_path: Path) -> None:
    network = BridgeNet(preset_topology("tiny")).eval()
    found = validate(network, CPU, [chosen], (4, 8), tmp_path / "p")
    assert [(v.dataset, v.scale) for v in found] == [("boxes", 4), ("boxes", 8)]
    assert [v.ratio for v in found] == pytest.approx([1, 1], abs=1e-4)
    assert [v.picture.name for v in found] == [
        "boxes_bicubic_x4_02.png",
        "boxes_bicubic_x8_02.png",
    ]
    assert read_rgb(found[0].picture).std() > 10


def test_a_disturbed_network_is_worse(chosen: ValidationSet, tmp_path: Path) -> None:
    network = BridgeNet(preset_topology("tiny")).eval()
    torch.nn.init.normal_(network.dsr.out.weight, std=0.5)
    (found,) = validate(network, CPU, [chosen], (4,), tmp_path / "p")
    assert found.ratio > 1.05


def test_the_summary_is_one_line() -> None:
    found = [
        Validated("room", 4, 0.8, Path()),
        Validated("room", 8, 0.7041, Path()),
        Validated("boxes", 4, 0.9, Path()),
    ]
    assert summary(found) == "room x4 0.800 x8 0.704; boxes x4 0.900"
