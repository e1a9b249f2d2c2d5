"""`bridgenet evaluate` from the command line."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from errno import ENOSPC
from pathlib import Path
from unittest.mock import Mock

import cv2
import numpy as np
import pytest
import torch
import yaml
from tiny_datasets import write_mat
from untrained import untrained_card

from bridgenet_ros import cli, resources
from bridgenet_ros.cli import build_parser
from bridgenet_ros.evaluation import shipped
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.quantised import quantise
from bridgenet_ros.network.topology import preset_topology
from bridgenet_ros.network.weights import read_card, save_weights

ROOT = Path(__file__).resolve().parents[2]


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
    assert "--update-card needs --weights or --shipped" in capsys.readouterr().err


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


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--limit", "0"], "--limit is 0; expected 1 or more"),
        (["--limit", "-3"], "--limit is -3; expected 1 or more"),
        (["--family", "procedural"], "--family is 'procedural'; expected --preset with it"),
        (
            ["--family", "research", "--shipped"],
            "--family is 'research'; expected --preset with it",
        ),
        (["--device", "cuda"], "--device is 'cuda'; this machine has 0 CUDA devices"),
        (["--device", "gpu"], "--device is 'gpu'; expected auto, cpu, cuda or cuda:N"),
        (["--json", "taken/f.json"], "taken/f.json: cannot be written: File exists"),
        (["--json", "set"], "set: cannot be written; expected a writable file"),
        (
            ["--limit", "1", "--update-card", "--shipped"],
            "--update-card with --limit would write figures of a few images; leave one out",
        ),
        (["--pictures", "taken"], "taken: cannot be written: File exists"),
    ],
)
def test_what_cannot_be_done_is_said_at_once(
    dataset: Path,
    words: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(dataset.parent)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    Path("taken").touch()
    assert cli.main(["evaluate", "set", *words]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", f"bridgenet: {said}\n")


def test_folders_of_outputs_are_made(dataset: Path, tmp_path: Path) -> None:
    rows_file, pictures = tmp_path / "new" / "rows.json", tmp_path / "other" / "pictures"
    arguments = ["evaluate", str(dataset), "--scale", "8", "--json", str(rows_file)]
    assert cli.main([*arguments, "--pictures", str(pictures)]) == 0
    assert rows_file.is_file()
    assert len(list(pictures.iterdir())) == 1


def test_a_full_disk_is_one_line(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["evaluate", str(dataset), "--scale", "8"]
    assert cli.main([*arguments, "--json", "/dev/full"]) == 2
    said = "bridgenet: /dev/full: cannot be written: No space left on device\n"
    assert capsys.readouterr().err == said
    (tmp_path / "set_bicubic_x8_a.png").mkdir()
    assert cli.main([*arguments, "--pictures", str(tmp_path)]) == 2
    assert f"{tmp_path}: cannot be written: Is a directory" in capsys.readouterr().err


def test_an_image_without_an_edge_leaves_valid_json(dataset: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(dataset / "depth" / "a.png"), np.full((32, 48), 1000, np.uint16))
    rows_file = tmp_path / "rows.json"
    assert cli.main(["evaluate", str(dataset), "--scale", "8", "--json", str(rows_file)]) == 0
    text = rows_file.read_text(encoding="utf-8")
    assert "NaN" not in text
    assert {row["edge_rmse"] for row in json.loads(text)} == {None}


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Packaged weights: `tiny`, another family's, and some that have learnt int8."""
    monkeypatch.setattr(resources, "share_roots", lambda: [tmp_path])
    card, topology = replace(untrained_card(8), trained=True), preset_topology("tiny")
    for stem in ("tiny", "tiny_procedural", "tiny_int8"):
        network = BridgeNet(topology)
        for parameter in network.parameters():
            torch.nn.init.normal_(parameter, std=0.02)
        precision = "int8" if stem == "tiny_int8" else "float32"
        save_weights(
            tmp_path / "models" / f"{stem}.safetensors",
            quantise(network) if precision == "int8" else network,
            replace(card, precision=precision),
        )
    return tmp_path / "models"


def test_all_that_ships_is_in_one_table(
    dataset: Path, models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows_file = tmp_path / "rows.json"
    arguments = ["evaluate", str(dataset), "--shipped", "--scale", "8", "--limit", "1"]
    arguments += ["--mean-depth", str(dataset), "--json", str(rows_file)]
    assert cli.main(arguments) == 0
    rows = json.loads(rows_file.read_text(encoding="utf-8"))
    baselines = ["nearest", "bilinear", "bicubic", "joint bilateral", "guided filter"]
    ours = ["tiny", "tiny_int8", "tiny_procedural"]
    assert [row["method"] for row in rows] == [*baselines, *ours, "mean depth map"]
    assert len({row["rmse"] for row in rows[5:8]}) == 3
    printed = capsys.readouterr().out
    assert printed.count("low resolution: bicubic") == 1
    for name in ours:
        assert f"\n {name} " in printed
    keys = {"dataset", "method", "scale", "downsample", "n", "unit"}
    keys |= {"rmse", "mad", "mae", "edge_rmse", "per_image"}
    assert all(keys <= set(row) for row in rows)


def test_a_card_is_the_same_whether_one_is_measured_or_all(dataset: Path, models: Path) -> None:
    arguments = ["evaluate", str(dataset), "--scale", "8", "--update-card"]
    arguments += ["--mean-depth", str(dataset)]
    assert cli.main([*arguments, "--shipped"]) == 0
    paths = sorted(models.glob("*.safetensors"))
    together = {path: read_card(path).metrics for path in paths}
    assert len(together) == 3
    for path in paths:
        assert cli.main([*arguments, "--weights", str(path)]) == 0
        assert read_card(path).metrics == together[path]


def test_a_card_that_cannot_be_written_is_one_line(
    dataset: Path,
    models: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["evaluate", str(dataset), "--scale", "8", "--shipped", "--update-card"]
    monkeypatch.setattr(shipped, "record_metrics", Mock(side_effect=OSError(ENOSPC, "full")))
    assert cli.main(arguments) == 2
    assert capsys.readouterr().err == f"bridgenet: {models}: cannot be written: full\n"
    monkeypatch.setattr("os.access", lambda path, mode: path != models / "tiny.yaml")
    assert cli.main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "tiny.yaml: cannot be written; expected a writable file" in printed.err


def test_weights_that_are_not_there_leave_no_folder(dataset: Path, tmp_path: Path) -> None:
    weights = tmp_path / "no" / "w.safetensors"
    assert cli.main(["evaluate", str(dataset), "--weights", str(weights), "--update-card"]) == 2
    assert not weights.parent.exists()


@pytest.mark.parametrize("other", [["--preset", "tiny"], ["--weights", "w.safetensors"]])
def test_shipped_goes_with_no_other_weights(
    other: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["evaluate", "set", "--shipped", *other])
    assert "not allowed with argument --shipped" in capsys.readouterr().err


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_evaluates_what_ships_on_both_sets(tmp_path: Path) -> None:
    def make() -> subprocess.CompletedProcess[str]:
        command = ["make", "-n", f"BRIDGENET_DATA={tmp_path}", "evaluate"]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    absent = make()
    assert absent.returncode == 2
    assert absent.stderr.count("\n") == 1
    assert f"{tmp_path}/nyu_v2_eval is absent; expected the data sets in" in absent.stderr
    for name in ("nyu_v2_eval", "middlebury2005_eval", "nyu_v2_train"):
        (tmp_path / name).mkdir()
    (line,) = [line for line in make().stdout.splitlines() if "bridgenet evaluate" in line]
    args = build_parser().parse_args(shlex.split(line)[1:])
    assert args.datasets == [tmp_path / "nyu_v2_eval", tmp_path / "middlebury2005_eval"]
    assert (args.shipped, args.mean_depth) == (True, tmp_path / "nyu_v2_train")
    assert args.scale == [4, 8, 16]
