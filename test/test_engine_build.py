"""Settings to an engine, one step down, and how fast it is."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from bridgenet_ros import engine_build
from bridgenet_ros.config import ModelConfig
from bridgenet_ros.engine.engine import EngineOutput
from bridgenet_ros.engine_build import (
    BuiltEngine,
    build_engine,
    smaller_engine,
    step_down,
    time_engine,
)
from bridgenet_ros.errors import ConfigError, WeightsError
from bridgenet_ros.network.weights import WeightsCard

CPU = ModelConfig(device="cpu", backend="torch", threads=1)
GPU = replace(CPU, device="cuda:0", precision="float16")
CARD = WeightsCard(
    preset="base",
    trained=False,
    scales=(8,),
    value_range_m=10.0,
    training_data=(),
    licence="Apache-2.0",
)


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def packaged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every preset has weights, except ``small``."""

    def find(relative: str) -> Path:
        if "small" in relative:
            raise ConfigError("not installed")
        return Path(relative)

    monkeypatch.setattr(engine_build, "find_share_file", find)


class FakeEngine:
    """Counts what is done to it."""

    device_name = "cpu"
    takes_units = False

    def __init__(self) -> None:
        self.closed = 0
        self.sizes: list[tuple[tuple[int, ...], tuple[int, ...], bool]] = []

    def submit(self, rgb: Any, depth: Any, *, estimate: bool, **_: Any) -> Any:
        self.sizes.append((rgb.shape, depth.shape, estimate))
        return rgb.shape[:2]

    def collect(self, ticket: Any) -> EngineOutput:
        return EngineOutput(sr_m=np.ones(ticket, np.float32), mde_m=None, elapsed_ms=1.0)

    def close(self) -> None:
        self.closed += 1


def built(model: ModelConfig) -> BuiltEngine:
    return BuiltEngine(engine=FakeEngine(), card=CARD, model=model)


def test_what_was_chosen_is_said() -> None:
    made = build_engine(replace(CPU, device="cpu"))
    assert (made.card.preset, made.backend, made.precision) == ("tiny", "torch", "float32")
    assert made.model.device == "cpu"
    made.engine.close()


def test_what_is_compiled_for_long_lies_in_the_folder_that_was_set(tmp_path: Path) -> None:
    for library in ("onnxruntime", "onnx"):
        pytest.importorskip(library, reason=f"{library} is not installed")
    folder = tmp_path / "kept"
    made = build_engine(replace(CPU, backend="onnxruntime", cache=str(folder)))
    time_engine(made.engine, (32, 32), frames=1)
    assert len(list(folder.iterdir())) == 1


@pytest.mark.usefixtures("packaged")
@pytest.mark.parametrize(
    ("model", "reason", "below"),
    [
        (replace(GPU, preset="full"), "memory", replace(GPU, preset="base")),
        (replace(GPU, preset="base"), "memory", replace(GPU, preset="tiny")),  # small is missing
        (replace(GPU, preset="tiny"), "memory", replace(CPU, preset="tiny", backend="auto")),
        (replace(GPU, preset="full"), "device", replace(CPU, preset="full", backend="auto")),
        (replace(CPU, preset="base"), "memory", replace(CPU, preset="tiny")),
        (replace(CPU, preset="tiny"), "memory", None),
        (replace(CPU, preset="base"), "device", None),
        (
            replace(GPU, preset="base", weights="mine.safetensors"),
            "memory",
            replace(CPU, preset="base", weights="mine.safetensors", backend="auto"),
        ),
        (replace(CPU, weights="mine.safetensors"), "memory", None),
    ],
)
def test_one_step_down(model: ModelConfig, reason: str, below: ModelConfig | None) -> None:
    assert step_down(model, reason) == below


@pytest.mark.usefixtures("packaged")
def test_a_checksum_is_for_its_own_preset() -> None:
    below = step_down(replace(GPU, preset="base", sha256="ab"), "memory")
    assert below is not None
    assert (below.preset, below.sha256) == ("tiny", "")


@pytest.mark.usefixtures("packaged")
def test_the_first_that_can_be_built_takes_over(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[tuple[str, str]] = []

    def build(model: ModelConfig) -> BuiltEngine:
        tried.append((model.preset, model.device))
        if len(tried) < 3:
            raise WeightsError("corrupt")
        return built(model)

    monkeypatch.setattr(engine_build, "build_engine", build)
    failed = built(replace(GPU, preset="full"))
    monkeypatch.setattr(engine_build, "_ABANDONED", [])
    with caplog.at_level(logging.WARNING):
        taken = smaller_engine(failed, "memory")
    assert tried == [("base", "cuda:0"), ("tiny", "cuda:0"), ("tiny", "cpu")]
    assert taken is not None
    assert (taken.model.preset, taken.model.device) == ("tiny", "cpu")
    assert failed.engine.closed > 0
    assert "base on cuda:0 cannot take over: corrupt" in caplog.text
    assert engine_build._ABANDONED == []


@pytest.mark.usefixtures("packaged")
def test_an_engine_on_a_failed_device_is_kept_from_its_destructor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine_build, "_ABANDONED", [])
    monkeypatch.setattr(engine_build, "build_engine", built)
    failed = built(replace(GPU, preset="tiny"))
    taken = smaller_engine(failed, "device")
    assert taken is not None
    assert (taken.model.device, taken.model.preset) == ("cpu", "tiny")
    assert failed.engine.closed == 0
    assert [failed.engine] == engine_build._ABANDONED


@pytest.mark.usefixtures("packaged")
def test_the_last_one_stays_open() -> None:
    last = built(replace(CPU, preset="tiny"))
    assert smaller_engine(last, "memory") is None
    assert last.engine.closed == 0


def test_timing_runs_frames_of_that_size() -> None:
    engine = FakeEngine()
    ms = time_engine(engine, (48, 64), estimate=True, frames=3)
    assert engine.sizes == [((48, 64, 3), (6, 8), True)] * 5
    assert 0 <= ms < 1000
