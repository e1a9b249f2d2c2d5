"""`bridgenet paper-tables` from the command line, on tiny stand-ins for the data sets."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from bridgenet_ros import cli


def write_set(path: Path, names: tuple[str, ...], card: dict[str, object], depth: int) -> None:
    for folder in ("rgb", "depth"):
        (path / folder).mkdir(parents=True)
    for i, name in enumerate(names):
        image = np.full((64, 64), depth, np.uint16 if depth > 255 else np.uint8)
        image[16:40, 20 + i : 50] //= 2
        cv2.imwrite(str(path / "depth" / f"{name}.png"), image)
        cv2.imwrite(str(path / "rgb" / f"{name}.png"), np.full((64, 64, 3), 90, np.uint8))
    card = {"name": path.name, "invalid": None, "licence": "none", **card}
    (path / "dataset.yaml").write_text(yaml.safe_dump(card), encoding="utf-8")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    grey = {"quantity": "disparity", "stored_unit_grey": 1}
    metres = {"quantity": "depth", "stored_unit_m": 0.001, "split": "eval"}
    write_set(tmp_path / "middlebury2005_eval", ("art", "book"), {**grey, "split": "eval"}, 200)
    write_set(tmp_path / "nyu_v2_eval", ("1000",), metres, 3000)
    write_set(tmp_path / "train", ("Cloth1", "Cloth2"), {**grey, "split": "train"}, 180)
    return tmp_path


def test_the_tables_have_our_rows_and_the_papers(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    assert cli.main(["paper-tables", "--data", str(data), "--table", "1", "2"]) == 0
    printed = capsys.readouterr().out
    assert "Table 1: Middlebury 2005, MAD in grey levels, 2 of 6 scenes" in printed
    assert "Table 2: NYU v2, RMSE in cm, 1 of 449 test pairs" in printed
    assert printed.count("BridgeNet (paper)") == 2
    assert printed.count("│ tiny") == 2
    assert "Test pairs measured: 1000\n" in re.sub(" +\n", "\n", printed)
    assert "nearest-neighbour downsampling" in printed


def test_the_ablation_trains_every_row(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    config = tmp_path / "ablation.yaml"
    values = {"preset": "tiny", "output": str(tmp_path / "runs"), "cache": str(tmp_path / "cache")}
    plan = {"scales": [8], "scale_weights": [1.0], "patches": [32], "batches": [2]}
    plan["sensor_shares"] = [0.5]
    rest = {"sources": [{"path": str(data / "train")}], "estimate_disparity": True}
    config.write_text(yaml.safe_dump({**values, **plan, **rest, "start_batches": 2}))
    arguments = ["--data", str(data), "--table", "3", "--ablation", str(config), "--steps", "1"]
    assert cli.main(["paper-tables", *arguments]) == 0
    printed = capsys.readouterr().out
    title = "Tables 3 and 4: Middlebury, x8, tiny, 1 steps of 2 patches a row"
    assert title in " ".join(printed.split())
    assert "both, direct features for HABdg" in printed


def test_missing_data_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["paper-tables", "--data", str(tmp_path)]) == 2
    assert "middlebury2005_eval" in capsys.readouterr().err


def test_a_table_needs_its_own_data_only(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(data / "middlebury2005_eval")
    assert cli.main(["paper-tables", "--data", str(data), "--table", "2"]) == 0
    assert "Table 2" in capsys.readouterr().out


def test_all_data_is_there_before_the_first_table(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(data / "nyu_v2_eval")
    assert cli.main(["paper-tables", "--data", str(data), "--table", "1", "2"]) == 2
    said = capsys.readouterr()
    assert (said.out, "nyu_v2_eval" in said.err) == ("", True)


def test_the_packaged_ablation_trains_on_the_data_given(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(data)
    arguments = ["--data", str(data), "--table", "3", "--steps", "1"]
    assert cli.main(["paper-tables", *arguments]) == 2
    assert str(data / "middlebury_train") in capsys.readouterr().err
