"""The weight files that ship, and what each one's card takes of a table of all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from untrained import untrained_card

from bridgenet_ros import resources
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.evaluation.evaluate import Row
from bridgenet_ros.evaluation.shipped import record_in_cards, trained_weights
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import preset_topology
from bridgenet_ros.network.weights import read_card, save_weights


def row(method: str, rmse: float) -> Row:
    return Row(
        dataset="d", method=method, scale=8, downsample="bicubic", n=1, unit="cm", rmse=rmse,
        mad=1.0, mae=1.0, edge_rmse=2.0, per_image=({"name": "a"},),
    )  # fmt: skip


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three trained files of `tiny`, as they would be packaged, and an untrained one."""
    monkeypatch.setattr(resources, "share_roots", lambda: [tmp_path])
    network, card = BridgeNet(preset_topology("tiny")), untrained_card(8)
    for stem in ("tiny", "tiny_procedural", "tiny_int8", "tiny_procedural_int8"):
        trained = replace(card, trained=stem != "tiny_procedural_int8")
        save_weights(tmp_path / "models" / f"{stem}.safetensors", network, trained)
    return tmp_path / "models"


def test_trained_files_of_all_families_and_precisions_are_found(models: Path) -> None:
    expected = ["tiny", "tiny_int8", "tiny_procedural"]
    assert trained_weights() == [models / f"{stem}.safetensors" for stem in expected]


def test_without_a_trained_file_there_is_nothing_to_measure(models: Path) -> None:
    for path in trained_weights():
        path.unlink()
    with pytest.raises(ConfigError, match="1 weight files are installed; expected a trained one"):
        trained_weights()


def test_a_card_takes_its_own_rows_and_those_without_weights(models: Path) -> None:
    paths = [models / f"{stem}.safetensors" for stem in ("tiny", "tiny_int8")]
    rows = [row("bicubic", 4.0), row("tiny", 1.0), row("tiny_int8", 2.0), row("mean depth map", 9)]
    record_in_cards({path: path.stem for path in paths}, rows)
    found = [[(r["method"], r["rmse"]) for r in read_card(path).metrics] for path in paths]
    first, last = ("bicubic", 4.0), ("mean depth map", 9)
    assert found == [[first, ("tiny", 1.0), last], [first, ("tiny", 2.0), last]]
    assert read_card(models / "tiny_procedural.safetensors").metrics == ()
