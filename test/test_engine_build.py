"""Settings to an engine, one step down, and how fast it is."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from untrained import untrained_card

from bridgenet_ros import engine_build, preset_choice
from bridgenet_ros.config import ModelConfig
from bridgenet_ros.engine.engine import EngineOutput
from bridgenet_ros.engine_build import (
    BuiltEngine,
    build_engine,
    build_fitting_engine,
    smaller_engine,
    step_down,
    time_engine,
)
from bridgenet_ros.errors import BridgeNetError, ConfigError, EngineError, WeightsError

CPU = ModelConfig(device="cpu", backend="torch", threads=1)
GPU = replace(CPU, device="cuda:0", precision="float16")
CARD = untrained_card(8, preset="base")
pytestmark = pytest.mark.usefixtures("torch_threads")


@pytest.fixture
def packaged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every preset has weights, except ``small``."""

    def find(relative: str) -> Path:
        if "small" in relative:
            raise ConfigError("not installed")
        return Path(relative)

    monkeypatch.setattr(preset_choice, "find_share_file", find)


class FakeEngine:
    """Counts what is done to it."""

    device_name = "cpu"
    takes_units = False
    overlaps = False

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


@pytest.mark.parametrize("frames", [0, 3])
def test_timing_loses_its_patience_with_a_very_slow_engine(frames: int) -> None:
    engine = FakeEngine()
    assert time_engine(engine, (48, 64), frames=frames, patience_s=-1.0) > 0
    assert len(engine.sizes) == 2


class Presets:
    """Builds engines that take as long as the test says, or fail."""

    def __init__(self, **outcomes: float | BridgeNetError) -> None:
        self.outcomes = outcomes
        self.built: list[BuiltEngine] = []
        self.timed: list[tuple[tuple[int, int], bool]] = []

    def build(self, model: ModelConfig) -> BuiltEngine:
        outcome = self.outcomes[model.preset]
        if isinstance(outcome, WeightsError):
            raise outcome
        card = replace(CARD, preset=model.preset)
        self.built.append(BuiltEngine(engine=FakeEngine(), card=card, model=model))
        return self.built[-1]

    def time(self, engine: FakeEngine, size: tuple[int, int], *, estimate: bool) -> float:
        self.timed.append((size, estimate))
        (preset,) = [b.card.preset for b in self.built if b.engine is engine]
        outcome = self.outcomes[preset]
        if isinstance(outcome, BridgeNetError):
            raise outcome
        return outcome

    @property
    def open(self) -> list[str]:
        return [b.card.preset for b in self.built if b.engine.closed == 0]


def fit(
    monkeypatch: pytest.MonkeyPatch, presets: Presets, *, estimate: bool = False, **model: Any
) -> BuiltEngine:
    """The engine that is chosen; at 30 Hz the network has 23.3 ms."""
    monkeypatch.setattr(engine_build, "shipped_presets", lambda family: [*presets.outcomes][::-1])
    monkeypatch.setattr(engine_build, "build_engine", presets.build)
    monkeypatch.setattr(engine_build, "time_engine", presets.time)
    monkeypatch.setattr(engine_build, "_ABANDONED", [])
    return build_fitting_engine(replace(CPU, preset="auto", **model), estimate=estimate)


def test_the_largest_that_keeps_up_is_kept_and_the_others_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    presets = Presets(tiny=5.0, small=20.0, base=30.0, full=1.0)
    chosen = fit(monkeypatch, presets, width=320, height=240, estimate=True)
    assert chosen.model.preset == chosen.card.preset == "small"
    assert presets.open == ["small"]
    assert presets.timed == [((240, 320), True)] * 3  # not even tried after the first too slow
    assert chosen.choice is not None
    assert chosen.choice.fits
    assert "base 30.0 ms" in chosen.choice.reason


def test_a_slower_camera_lets_a_larger_preset_in(monkeypatch: pytest.MonkeyPatch) -> None:
    presets = Presets(tiny=5.0, small=20.0, base=30.0)
    assert fit(monkeypatch, presets, rate=15.0).card.preset == "base"
    assert presets.open == ["base"]


def test_where_none_keeps_up_the_fastest_runs_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    presets = Presets(tiny=50.0, small=200.0)
    chosen = fit(monkeypatch, presets)
    assert (chosen.card.preset, presets.open) == ("tiny", ["tiny"])
    assert chosen.choice is not None
    assert not chosen.choice.fits


@pytest.mark.parametrize(
    "error", [WeightsError("corrupt"), EngineError("out of memory", "memory"), EngineError("lost")]
)
def test_a_preset_that_cannot_run_is_left_out_and_named(
    monkeypatch: pytest.MonkeyPatch, error: BridgeNetError
) -> None:
    presets = Presets(tiny=5.0, small=error, base=20.0)
    chosen = fit(monkeypatch, presets)
    assert chosen.card.preset == "base"
    assert chosen.choice is not None
    assert str(error) in chosen.choice.reason
    abandoned = {"small"} if getattr(error, "reason", "memory") != "memory" else set()
    assert set(presets.open) - {"base"} == abandoned  # an engine on a lost device stays open


def test_where_no_preset_can_run_the_smallest_says_why_or_is_left_to_recover(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    corrupt = WeightsError("corrupt")
    with pytest.raises(WeightsError, match="corrupt"):
        fit(monkeypatch, Presets(tiny=corrupt, small=corrupt))
    full = EngineError("out of memory", "memory")
    left = fit(monkeypatch, Presets(tiny=full, small=full))
    assert (left.card.preset, left.choice) == ("tiny", None)


def test_where_nothing_is_measured_auto_is_the_file_of_the_largest() -> None:
    largest = preset_choice.shipped_presets()[0]
    assert preset_choice.weights_path(replace(CPU, preset="auto")).stem == largest


def test_without_any_weights_auto_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preset_choice, "shipped_presets", lambda family: [])
    with pytest.raises(ConfigError, match="no weights of family"):
        fit(monkeypatch, Presets())


@pytest.mark.usefixtures("packaged")
def test_a_chosen_preset_steps_down_like_a_named_one(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = fit(monkeypatch, Presets(tiny=5.0, base=20.0))
    below = step_down(chosen.model, "memory")
    assert below is not None
    assert below.preset == "tiny"


def test_what_is_shipped_can_be_chosen_from_by_measuring() -> None:
    """With real weights and no rate that anything could miss."""
    chosen = build_engine(replace(CPU, preset="auto", rate=0.01, width=32, height=32))
    assert chosen.choice is not None
    assert chosen.card.preset == preset_choice.shipped_presets()[0]
    chosen.engine.close()
