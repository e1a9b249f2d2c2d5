"""`bridgenet train` from the command line, and killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

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
    assert cli.main(["train", str(config), "--minutes", "0.001"]) == 0
    assert list_checkpoints(tmp_path / "run")[-1].name == "step-00000001"


def test_a_leg_stops_early(config: Path, tmp_path: Path) -> None:
    weights = tmp_path / "w.safetensors"
    arguments = ["train", str(config), "--stop-after", "0", "--export", str(weights)]
    assert cli.main(arguments) == 0
    assert list_checkpoints(tmp_path / "run")[-1].name == "step-00000001"
    assert not weights.exists()


def test_a_kill_loses_at_most_one_interval(config: Path, tmp_path: Path) -> None:
    code = "import sys; from bridgenet_ros import cli; sys.exit(cli.main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "train", str(config)]
    command += ["steps=100000", "checkpoint_minutes=0.0"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=dict(os.environ)) as process:
        deadline = time.monotonic() + 60
        while not list_checkpoints(tmp_path / "run") and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)
        process.send_signal(signal.SIGKILL)
    before = int(list_checkpoints(tmp_path / "run")[-1].name.removeprefix("step-"))
    arguments = ["train", str(config), f"steps={before + 2}", "checkpoint_minutes=0.0"]
    assert cli.main([*arguments, "--resume"]) == 0
    after = list_checkpoints(tmp_path / "run")[-1].name
    assert after == f"step-{before + 2:08d}"
