"""What a run leaves beside its checkpoints."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from training_data import write_folder

from bridgenet_ros.data.folder import open_folder
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.training.config import TrainConfig
from bridgenet_ros.training.observer import RunObserver
from bridgenet_ros.training.samples import PatchStream
from bridgenet_ros.training.train import Trainer
from bridgenet_ros.training.validation import ValidationSet, choose_pairs

MakeConfig = Callable[..., TrainConfig]


@pytest.fixture
def chosen(tmp_path: Path) -> ValidationSet:
    return choose_pairs(open_folder(write_folder(tmp_path / "data", 1)), (0,), 1)


def test_it_validates_when_the_clock_says_so(
    make_config: MakeConfig, stream: PatchStream, chosen: ValidationSet
) -> None:
    trainer = Trainer(make_config(validation_minutes=1.0), stream)
    lines: list[str] = []
    observer = RunObserver(trainer, [chosen], lines.append)
    for elapsed_s in (30.0, 59.0, 61.0, 90.0):
        report = trainer.train_step()
        trainer.elapsed_s = elapsed_s
        observer(report)
    observer.validate()
    observer.validate()
    observer.close()
    assert [line.partition(",")[0] for line in lines] == [
        "validation on boxes: 1 of 1 held-out pairs",
        "step 3",
        "step 4",
    ]
    pictures = [p.relative_to(trainer.folder) for p in trainer.folder.rglob("*.png")]
    assert sorted(map(str, pictures)) == [
        f"validation/step-0000000{step}/boxes_bicubic_x4_00.png" for step in (3, 4)
    ]


def test_validation_does_not_disturb_training(
    make_config: MakeConfig, stream: PatchStream, chosen: ValidationSet
) -> None:
    quiet, watched = (Trainer(make_config(), stream) for _ in range(2))
    observer = RunObserver(watched, [chosen], lambda _: None)
    for _ in range(2):
        expected = quiet.train_step().loss_sr
        assert watched.train_step().loss_sr == expected
        observer.validate()


def test_event_files_are_written_if_asked_for(make_config: MakeConfig, stream: PatchStream) -> None:
    pytest.importorskip("tensorboard", reason="tensorboard is not installed")
    trainer = Trainer(make_config(tensorboard=True), stream)
    observer = RunObserver(trainer, [], lambda _: None)
    observer(trainer.train_step())
    observer.close()
    (file,) = (trainer.folder / "events").iterdir()
    assert file.stat().st_size > 100


def test_a_missing_tensorboard_is_named(
    make_config: MakeConfig, stream: PatchStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [m for m in sys.modules if m.startswith("torch.utils.tensorboard")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    trainer = Trainer(make_config(tensorboard=True), stream)
    with pytest.raises(ModuleNotFoundError) as caught:
        RunObserver(trainer, [], lambda _: None)
    assert caught.value.name == "tensorboard"


def test_a_folder_that_cannot_be_made_is_named(
    make_config: MakeConfig, stream: PatchStream, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    trainer = Trainer(make_config(output=str(tmp_path / "file" / "run")), stream)
    with pytest.raises(ConfigError, match=r"file/run: cannot be written: .*Not a directory"):
        RunObserver(trainer, [], lambda _: None)
