"""`bridgenet evaluate` from the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import yaml
from tiny_datasets import write_mat
from untrained import untrained_card

from bridgenet_ros import cli
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import preset_topology
from bridgenet_ros.network.weights import read_card, save_weights


@pytest.fixture
def dataset(tmp_path: Path, rng: np.random.Generator) -> Path:
    path = tmp_path / "set"
    for name in ("rgb", "depth"):
        (path / name).mkdir(parents=True)
    depth = rng.integers(1000, 1100, (32, 48)).astype(np.uint16)
    cv2.imwrite(str(path / "depth" / "a.png"), depth)
    cv2.imwrite(str(path / "rgb" / "a.png"), np.zeros((32, 48, 3), dtype=np.uint8))
    card = {"name": "set", "quantity": "depth", "stored_unit_m": 0.001, "invalid": None}
    card |= {"split": "eval", "licence": "none"}
    (path / "dataset.yaml").write_text(yaml.safe_dump(card), encoding="utf-8")
    return path


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    card = untrained_card(8)
    save_weights(tmp_path / "w.safetensors", BridgeNet(preset_topology("tiny")), card)
    return tmp_path / "w.safetensors"


def test_table_rows_and_pictures(
    dataset: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows_file, pictures = tmp_path / "rows.json", tmp_path / "pictures"
    arguments = ["evaluate", str(dataset), "--weights", str(weights), "--scale", "4", "8"]
    arguments += ["--json", str(rows_file), "--pictures", str(pictures)]
    assert cli.main(arguments) == 0
    printed = capsys.readouterr().out
    assert "set, x8, low resolution: bicubic, 1 images" in " ".join(printed.split())
    rows = json.loads(rows_file.read_text(encoding="utf-8"))
    assert [(row["scale"], row["method"]) for row in rows][5:7] == [(4, "tiny"), (8, "nearest")]
    assert len(rows) == 12
    assert sorted(p.name for p in pictures.iterdir()) == [
        "set_bicubic_x4_a.png",
        "set_bicubic_x8_a.png",
    ]


def test_robust_adds_protocols(dataset: Path, tmp_path: Path) -> None:
    rows_file = tmp_path / "rows.json"
    arguments = ["evaluate", str(dataset), "--scale", "8", "--downsample", "nearest", "--robust"]
    assert cli.main([*arguments, "--json", str(rows_file)]) == 0
    rows = json.loads(rows_file.read_text(encoding="utf-8"))
    names = list(dict.fromkeys(row["downsample"] for row in rows))
    assert names[:2] == ["nearest", "nearest+sensor"]
    assert names[2:] == [f"nearest+shift{px}" for px in (1, 2, 4, 8)]


def test_an_unknown_folder_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["evaluate", str(tmp_path)]) == 2
    assert "no data set; expected a folder with a dataset.yaml" in capsys.readouterr().err


def test_the_card_takes_the_table(dataset: Path, weights: Path) -> None:
    arguments = ["evaluate", str(dataset), "--weights", str(weights), "--scale", "8"]
    assert cli.main([*arguments, "--update-card", "--mean-depth", str(dataset)]) == 0
    methods = [row["method"] for row in read_card(weights).metrics]
    assert methods[-2:] == ["tiny", "mean depth map"]


def test_without_weights_there_is_no_card(
    dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["evaluate", str(dataset), "--update-card"]) == 2
    assert "--update-card needs --weights" in capsys.readouterr().err


def test_a_labelled_nyu_file_is_measured(tmp_path: Path) -> None:
    images = np.zeros((1002, 3, 16, 16), np.uint8)
    depths = np.full((1002, 16, 16), 2, np.float32)
    depths[1001, 8:] = 1  # columns from 8 on; the border leaves 6 to 9
    mat = write_mat(tmp_path / "nyu.mat", images=images, depths=depths)
    rows_file = tmp_path / "rows.json"
    arguments = ["evaluate", f"{mat}#test", "--scale", "4", "--downsample", "nearest"]
    assert cli.main([*arguments, "--json", str(rows_file)]) == 0
    (nearest, *_) = json.loads(rows_file.read_text(encoding="utf-8"))
    assert (nearest["dataset"], nearest["n"], nearest["unit"]) == ("nyu_depth_v2_test", 2, "cm")
    assert [image["name"] for image in nearest["per_image"]] == ["1000", "1001"]
    assert nearest["rmse"] == 0


def test_a_missing_library_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "nyu.mat").touch()
    monkeypatch.setitem(sys.modules, "h5py", None)
    assert cli.main(["evaluate", str(tmp_path / "nyu.mat")]) == 2
    assert capsys.readouterr().err == (
        "bridgenet: h5py is not installed; run: pip install 'bridgenet_ros[train]'\n"
    )
