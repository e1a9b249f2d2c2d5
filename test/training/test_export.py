"""From a run to a weight file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
import yaml
from training_data import make_plan, make_source, write_folder

from bridgenet_ros.network.weights import load_weights
from bridgenet_ros.training import export
from bridgenet_ros.training.config import TrainConfig
from bridgenet_ros.training.export import export_weights
from bridgenet_ros.training.samples import Batch, PatchStream
from bridgenet_ros.training.train import Trainer


def test_the_card_says_how_they_were_made(
    tmp_path: Path, make_config: Callable[..., TrainConfig], stream: PatchStream
) -> None:
    data = tmp_path / "data"
    for name in ("rgb", "depth"):
        (data / name).mkdir(parents=True)
        (data / name / "a.png").touch()
    card = {"name": "pairs", "split": "train", "licence": "cite us"}
    card |= {"quantity": "depth", "stored_unit_m": 0.001}
    (data / "dataset.yaml").write_text(yaml.safe_dump(card), encoding="utf-8")
    trainer = Trainer(make_config(), stream)
    trainer.train_step()
    path = tmp_path / "w.safetensors"
    export_weights(trainer, path, "bridgenet train c.yaml")
    network, found = load_weights(path)
    assert found.trained
    assert (found.preset, found.scales, found.value_range_m) == ("tiny", (4,), 10.0)
    assert found.training_data == ("pairs: cite us",)
    assert found.training["command"] == "bridgenet train c.yaml"
    assert found.training["steps"] == 1
    expected = trainer.average.values["dsr.out.weight"]
    torch.testing.assert_close(
        network.state_dict()["dsr.out.weight"], expected, rtol=1e-3, atol=1e-3
    )
    assert found.metrics == ()
    assert "start_sha256" not in found.training
    assert found.sha256
    assert path.stat().st_size == pytest.approx(2 * 620_000, rel=0.1)
    again = Trainer(make_config(start_weights=str(path)), stream)
    second = export_weights(again, tmp_path / "again.safetensors", "c")
    assert second.training["start_sha256"] == found.sha256


def test_weights_of_own_scenes_carry_no_terms(
    tmp_path: Path, make_config: Callable[..., TrainConfig], stream: PatchStream
) -> None:
    scenes = [{"scenes": "rooms"}, {"scenes": "still_lifes"}]
    path = tmp_path / "own.safetensors"
    own = export_weights(Trainer(make_config(sources=scenes), stream), path, "c")
    assert own.training_data == (
        "rooms: procedural scenes of this project, Apache-2.0",
        "still_lifes: procedural scenes of this project, Apache-2.0",
    )
    assert own.licence.startswith("Apache-2.0. Trained only on procedural scenes")
    again = make_config(sources=scenes[:1], start_weights=str(path))
    next_own = export_weights(Trainer(again, stream), tmp_path / "next.safetensors", "c")
    assert next_own.licence == own.licence
    assert next_own.training_data == own.training_data


def test_one_data_set_binds_all_that_grows_from_it(
    tmp_path: Path, make_config: Callable[..., TrainConfig], stream: PatchStream
) -> None:
    write_folder(tmp_path / "data", licence="cite us")
    path = tmp_path / "mixed.safetensors"
    mixed = [{"path": str(tmp_path / "data")}, {"scenes": "rooms"}]
    first = export_weights(Trainer(make_config(sources=mixed), stream), path, "c")
    terms = ("boxes: cite us", "rooms: procedural scenes of this project, Apache-2.0")
    assert first.training_data == terms
    assert first.licence.startswith("Trained on research data")
    for key in ("start_weights", "teacher"):
        config = make_config(sources=mixed[1:], **{key: str(path)})
        second = export_weights(Trainer(config, stream), tmp_path / f"{key}.safetensors", "c")
        assert set(second.training_data) == set(terms)
        assert second.licence == first.licence


def test_branches_are_listened_to_at_every_scale(
    tmp_path: Path, make_config: Callable[..., TrainConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the first steps of the run had one scale only."""
    heard: set[int] = set()

    def listen(_: object, batches: Sequence[Batch]) -> int:
        heard.update(batch.scale for batch in batches)
        return 0

    monkeypatch.setattr(export, "empty_silent", listen)
    each = {"patches": (32, 32), "batches": (2, 2), "sensor_shares": (0.0, 0.0)}
    focus = {"scales": (4, 8), "scale_weights": (1.0, 1.0), "focus_scale": 8, "focus_steps": 50}
    stream = PatchStream([make_source()], make_plan(**each, **focus), seed=5)
    write_folder(tmp_path / "data")
    trainer = Trainer(make_config(**each, **focus), stream)
    export_weights(trainer, tmp_path / "w.safetensors", "c")
    assert heard == {4, 8}
