"""`bridgenet train` from the command line, on a full disk, and killed."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
import train_legs
import yaml
from training_data import write_folder

from bridgenet_ros import cli
from bridgenet_ros.network.weights import load_weights
from bridgenet_ros.training.checkpoint import list_checkpoints


@pytest.fixture
def config(tmp_path: Path, rng: np.random.Generator) -> Path:
    """A run of three steps on one pair."""
    data = tmp_path / "data"
    for name in ("rgb", "depth"):
        (data / name).mkdir(parents=True)
    rgb = rng.integers(0, 256, (96, 96, 3), dtype=np.uint8)
    depth = rng.integers(1000, 3000, (96, 96)).astype(np.uint16)
    cv2.imwrite(str(data / "rgb" / "a.png"), rgb)
    cv2.imwrite(str(data / "depth" / "a.png"), cv2.GaussianBlur(depth, (0, 0), 3))
    card = {"name": "pairs", "split": "train", "licence": "cite us"}
    card |= {"quantity": "depth", "stored_unit_m": 0.001}
    (data / "dataset.yaml").write_text(yaml.safe_dump(card), encoding="utf-8")
    settings = {
        "preset": "tiny",
        "output": str(tmp_path / "run"),
        "cache": str(tmp_path / "cache"),
        "sources": [{"path": str(data)}],
        "scales": [4],
        "scale_weights": [1],
        "patches": [64],
        "batches": [2],
        "sensor_shares": [0.5],
        "steps": 3,
        "start_batches": 2,
    }
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path


def test_train_export_and_resume(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = tmp_path / "w.safetensors"
    assert cli.main(["train", str(config), "--export", str(weights)]) == 0
    assert "w.safetensors: sha256" in capsys.readouterr().out.replace("\n", "")
    assert load_weights(weights)[1].training["steps"] == 3
    assert cli.main(["train", str(config)]) == 2
    assert "holds checkpoints; add --resume" in capsys.readouterr().err
    assert cli.main(["train", str(config), "steps=5", "--resume"]) == 0
    assert list_checkpoints(tmp_path / "run")[-1].name == "step-00000005"


def test_minutes_set_the_schedule(config: Path, tmp_path: Path) -> None:
    assert cli.main(["train", str(config), "--minutes", "0.000001"]) == 0
    assert list_checkpoints(tmp_path / "run")[-1].name == "step-00000001"


def test_a_leg_stops_early(config: Path, tmp_path: Path) -> None:
    weights = tmp_path / "w.safetensors"
    arguments = ["train", str(config), "--stop-after", "0", "--export", str(weights)]
    assert cli.main(arguments) == 0
    assert list_checkpoints(tmp_path / "run")[-1].name == "step-00000001"
    assert not weights.exists()


def test_validation_and_event_files(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tensorboard", reason="tensorboard is not installed")
    held = write_folder(tmp_path / "held", 2, validation=["01"])
    sources = f"sources=[{{path: {tmp_path / 'data'}}}, {{path: {held}}}]"
    arguments = ["train", str(config), sources, "validation_minutes=99", "tensorboard=true"]
    assert cli.main(arguments) == 0
    shown = capsys.readouterr().out
    assert "validation on boxes: 1 of 1 held-out pairs, 01" in shown
    assert "step 3, RMSE over bicubic's: boxes x4 " in shown
    run = tmp_path / "run"
    assert [p.name for p in (run / "validation" / "step-00000003").iterdir()] == [
        "boxes_bicubic_x4_01.png"
    ]
    assert len(list((run / "events").iterdir())) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--export", "w.pt"], "w.pt does not end in .safetensors"),
        (["device=cuda:99"], "device is 'cuda:99'; this machine has"),
        (["precision=float16", "device=cpu"], "precision is 'float16', which needs cuda"),
        (["teacher=t.safetensors"], "t.safetensors does not exist"),
        (["start_weights=s.safetensors"], "s.safetensors does not exist"),
        (["sources=[{path: nowhere}]"], "nowhere"),
        (["validation_minutes=1"], "no data set names validation pairs or has 10"),
        (["preset=huge"], "unknown preset 'huge'"),
        (["--minutes", "0"], "minutes is 0.0; expected more than 0"),
    ],
)
def test_what_cannot_work_is_one_line(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert cli.main(["train", str(config), *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_outputs_that_cannot_be_written_are_one_line(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for key in ("output", "cache"):
        assert cli.main(["train", str(config), f"{key}={tmp_path / 'file' / 'x'}"]) == 2
        error = capsys.readouterr().err
        assert "cannot be written" in error
        assert error.count("\n") == 1
    target = tmp_path / "file" / "w.safetensors"
    assert cli.main(["train", str(config), "--export", str(target)]) == 2
    assert "weights cannot be written" in capsys.readouterr().err


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MiB: one checkpoint of `tiny` fits, two do not."""
    path = tmp_path / "disk"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(path)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        pytest.skip("this user may not mount a small file system")
    yield path
    subprocess.run(["umount", str(path)], check=True)


def test_a_full_disk_leaves_the_last_good_checkpoint(
    config: Path, small_disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train", str(config), f"output={small_disk}", "steps=5"]
    assert cli.main([*arguments, "checkpoint_minutes=0"]) == 2
    error = capsys.readouterr().err
    assert "step-00000002: checkpoint cannot be written: " in error
    assert error.count("\n") == 1
    assert [p.name for p in list_checkpoints(small_disk)] == ["step-00000001"]
    assert [p.name for p in small_disk.iterdir()] == ["step-00000001"]
    assert cli.main([*arguments, "--resume", "--stop-after", "0"]) == 2
    assert "step-00000002: checkpoint cannot be written: " in capsys.readouterr().err


@pytest.mark.slow
def test_kills_lose_at_most_one_interval_and_change_nothing(config: Path, tmp_path: Path) -> None:
    steps = 20
    command = [sys.executable, train_legs.__file__, str(tmp_path / "legs.json"), "3"]
    command += ["train", str(config), f"steps={steps}", "checkpoint_minutes=0", "--resume"]
    subprocess.run(command, check=True, timeout=280, stdout=subprocess.DEVNULL)
    legs = json.loads((tmp_path / "legs.json").read_text(encoding="utf-8"))
    assert [leg["exit"] for leg in legs[:-1]] == [-signal.SIGKILL] * 3
    assert legs[-1]["exit"] == 0
    # With a checkpoint after each step, a kill may cost the step that was not written yet.
    for before, leg in pairwise(legs):
        assert before["finished"] - 1 <= before["newest"] <= before["finished"]
        assert leg["first"] == before["newest"]
    assert legs[-1]["newest"] == steps
    unbroken = tmp_path / "unbroken"
    assert cli.main(["train", str(config), f"steps={steps}", f"output={unbroken}"]) == 0
    for name in ("weights.safetensors", "optimisers.pt"):
        killed, whole = (
            (run / f"step-{steps:08d}" / name).read_bytes() for run in (tmp_path / "run", unbroken)
        )
        assert killed == whole, name
