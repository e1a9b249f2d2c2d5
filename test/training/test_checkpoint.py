"""Checkpoints: complete or absent."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
import torch
from torch import nn

from bridgenet_ros.errors import WeightsError
from bridgenet_ros.training import checkpoint
from bridgenet_ros.training.checkpoint import (
    Progress,
    list_checkpoints,
    load_checkpoint,
    save_checkpoint,
)
from bridgenet_ros.training.schedule import MovingAverage

State = tuple[nn.Module, MovingAverage, dict[str, torch.optim.Optimizer]]


def make_state(seed: int) -> State:
    torch.manual_seed(seed)
    network = nn.Linear(3, 2)
    optimiser = torch.optim.AdamW(network.parameters())
    network(torch.randn(4, 3)).sum().backward()
    optimiser.step()
    return network, MovingAverage(network, 0.9), {"only": optimiser}


def at(step: int) -> Progress:
    return Progress(step=step, elapsed_s=1.5 * step, config={"seed": 3, "scales": [4, 8]})


def test_everything_comes_back(tmp_path: Path) -> None:
    state, other = make_state(1), make_state(2)
    path = save_checkpoint(tmp_path, at(5), *state)
    assert load_checkpoint(path, *other) == at(5)
    assert torch.equal(state[0].weight, other[0].weight)
    assert torch.equal(state[1].values["bias"], other[1].values["bias"])
    saved, loaded = (s[2]["only"].state_dict()["state"][0]["exp_avg"] for s in (state, other))
    assert torch.equal(saved, loaded)


def test_the_two_newest_stay(tmp_path: Path) -> None:
    for step in (5, 10, 15):
        save_checkpoint(tmp_path, at(step), *make_state(0))
    assert [p.name for p in list_checkpoints(tmp_path)] == ["step-00000010", "step-00000015"]


def test_a_death_while_writing_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_checkpoint(tmp_path, at(5), *make_state(0))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "_flush", die)
    with pytest.raises(KeyboardInterrupt):
        save_checkpoint(tmp_path, at(10), *make_state(0))
    assert [p.name for p in list_checkpoints(tmp_path)] == ["step-00000005"]


def test_a_full_disk_is_named_and_cleaned_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "_flush", full)
    with pytest.raises(WeightsError, match=r"step-00000010: .*No space left"):
        save_checkpoint(tmp_path, at(10), *make_state(0))
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_of_the_same_step_is_not_replaced(tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path, at(5), *make_state(0))
    before = (path / "weights.safetensors").stat()
    assert save_checkpoint(tmp_path, at(5), *make_state(1)) == path
    assert (path / "weights.safetensors").stat().st_ino == before.st_ino


def test_what_killed_runs_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / ".step-00000004.123"
    left.mkdir()
    (left / "weights.safetensors").write_bytes(b"half")
    save_checkpoint(tmp_path, at(5), *make_state(0))
    assert [p.name for p in tmp_path.iterdir()] == ["step-00000005"]


def test_a_file_that_the_system_cuts_short(tmp_path: Path) -> None:
    good = save_checkpoint(tmp_path, at(5), *make_state(0))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, limits[1]))
    try:
        with pytest.raises(WeightsError, match="step-00000010: checkpoint cannot be written"):
            save_checkpoint(tmp_path, at(10), *make_state(0))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == [good]
    assert load_checkpoint(good, *make_state(1)) == at(5)


@pytest.mark.parametrize("name", ["weights.safetensors", "optimisers.pt", "progress.json"])
def test_a_broken_file_is_refused(tmp_path: Path, name: str) -> None:
    path = save_checkpoint(tmp_path, at(5), *make_state(0))
    (path / name).write_bytes(b"broken")
    with pytest.raises(WeightsError, match="step-00000005: checkpoint cannot be used; remove it"):
        load_checkpoint(path, *make_state(0))
    (path / name).unlink()
    with pytest.raises(WeightsError, match="cannot be used"):
        load_checkpoint(path, *make_state(0))
