"""A process alone, and two that `torchrun` starts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import train_rank
import yaml
from training_data import write_folder

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.training.checkpoint import list_checkpoints
from bridgenet_ros.training.processes import Processes, join

LIMIT_S = 240


def test_alone_nothing_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with join("cpu") as alone, alone.first_on_machine_first():
        assert alone == Processes()
        assert alone.is_first
        tensor = torch.ones(2)
        alone.average_([tensor])
        alone.copy_first_([tensor])
        assert tensor.tolist() == [1, 1]
        assert (alone.mean(3.0), alone.from_first(4.0)) == (3.0, 4.0)
        assert not alone.all_agree(False)


@pytest.mark.parametrize(
    ("device", "environment", "message"),
    [
        ("tpu", {}, "device is 'tpu'; expected auto, cpu, cuda or cuda:N"),
        ("cpu", {"WORLD_SIZE": "two"}, "WORLD_SIZE and LOCAL_RANK must be numbers"),
        ("cpu", {"WORLD_SIZE": "2"}, "the processes cannot meet; start them with torchrun"),
    ],
)
def test_what_cannot_work_is_named(
    monkeypatch: pytest.MonkeyPatch, device: str, environment: dict[str, str], message: str
) -> None:
    for key in ("WORLD_SIZE", "RANK", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(key, raising=False)
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    with pytest.raises(ConfigError, match=message), join(device):
        pass


def torchrun(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Two processes on this machine; all of them are killed when the time is over."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--local-addr", "127.0.0.1", "--nproc-per-node", "2", train_rank.__file__]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    process = subprocess.Popen(
        [*command, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=LIMIT_S)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    return subprocess.CompletedProcess(command, process.returncode, output)


@pytest.mark.slow
def test_two_processes_end_with_the_same_weights(tmp_path: Path) -> None:
    write_folder(tmp_path / "data", 2)
    settings = {
        "preset": "tiny",
        "output": str(tmp_path / "run"),
        "cache": str(tmp_path / "cache"),
        "sources": [{"path": str(tmp_path / "data")}],
        "scales": [4],
        "scale_weights": [1],
        "patches": [64],
        "batches": [2],
        "sensor_shares": [0.5],
        "start_batches": 2,
        # Not a multiple of the steps: most steps leave D_DE's own weights without a gradient.
        "estimate_every": 3,
        "steps": 5,
        "checkpoint_minutes": 60,
    }
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump(settings), encoding="utf-8")
    done = torchrun([str(tmp_path), "train", str(config)])
    assert done.returncode == 0, done.stdout
    first, second = ((tmp_path / f"rank{i}.txt").read_text(encoding="utf-8") for i in (0, 1))
    assert first == second
    assert first.endswith(" [0.5] 0.5 5.0")
    assert [p.name for p in list_checkpoints(tmp_path / "run")] == ["step-00000005"]
    # The checkpoint of two processes goes on as one.
    from bridgenet_ros import cli

    assert cli.main(["train", str(config), "steps=6", "--resume"]) == 0
    assert list_checkpoints(tmp_path / "run")[-1].name == "step-00000006"
