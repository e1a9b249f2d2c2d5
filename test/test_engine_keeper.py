"""The engine that runs is freed and comes back as it was; a failure to build it changes nothing."""

from __future__ import annotations

import gc
import shutil
from dataclasses import replace
from pathlib import Path
from weakref import ref

import numpy as np
import pytest
import torch

from bridgenet_ros import engine_build
from bridgenet_ros.config import ModelConfig
from bridgenet_ros.engine_build import BuiltEngine, build_engine
from bridgenet_ros.engine_keeper import EngineKeeper
from bridgenet_ros.errors import EngineError, WeightsError
from bridgenet_ros.frame import FloatArray
from bridgenet_ros.network.weights import load_weights, save_weights
from bridgenet_ros.preset_choice import PresetChoice

MODELS = Path(__file__).resolve().parents[1] / "models"
CPU = ModelConfig(device="cpu", backend="torch", threads=1)
pytestmark = pytest.mark.usefixtures("torch_threads")


@pytest.fixture
def model(tmp_path: Path) -> ModelConfig:
    """Weights that a test may spoil."""
    for file in MODELS.glob("tiny.*"):
        shutil.copy(file, tmp_path)
    return replace(CPU, weights=str(tmp_path / "tiny.safetensors"))


def run(built: BuiltEngine) -> FloatArray:
    rng = np.random.default_rng(0)
    rgb = rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)
    depth_m = rng.uniform(1.0, 4.0, (6, 8)).astype(np.float32)
    engine = built.engine
    ticket = engine.submit(rgb, depth_m, estimate=False, fill_holes=True)
    return engine.collect(ticket).sr_m


def on_gpu() -> int:
    """Bytes of all parameters there."""
    return sum(p.nbytes for r in networks() if (p := r()) is not None and p.is_cuda)


def networks() -> list[ref[torch.Tensor]]:
    """Every parameter of every network in this process."""
    return [ref(o) for o in gc.get_objects() if type(o) is torch.nn.Parameter]


def test_a_closed_engine_leaves_no_weights_behind(model: ModelConfig) -> None:
    gc.collect()
    others = {id(o) for r in networks() if (o := r()) is not None}
    keeper = EngineKeeper(build_engine(model))
    run(keeper.built)
    ours = [r for r in networks() if id(r()) not in others]
    assert len(ours) > 50
    keeper.close()
    assert [r for r in ours if r() is not None] == []  # without the collector's help


def test_reopened_it_gives_the_same_bytes(model: ModelConfig) -> None:
    choice = PresetChoice("tiny", fits=True, reason="of old")
    keeper = EngineKeeper(replace(build_engine(model), choice=choice))
    first, expected = keeper.built, run(keeper.built)
    for _ in range(2):
        keeper.close()
        keeper.close()
        with pytest.raises(EngineError, match="the engine is closed"):
            run(keeper.built)
        assert keeper.reopen()
        assert not keeper.reopen()
        assert run(keeper.built).tobytes() == expected.tobytes()
    assert keeper.built.engine is not first.engine
    assert keeper.built.choice is choice
    # A GPU's libraries keep a workspace for every stream that was ever used.
    assert keeper.built.lanes is first.lanes
    assert (keeper.built.card, keeper.built.model) == (first.card, first.model)


def test_a_choice_is_not_made_again(model: ModelConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    timed: list[str] = []

    def time_engine(*_: object, **__: object) -> float:
        timed.append("once more")
        return 1.0

    monkeypatch.setattr(engine_build, "time_engine", time_engine)
    keeper = EngineKeeper(build_engine(replace(CPU, preset="auto")))
    timed.clear()
    keeper.close()
    keeper.reopen()
    assert timed == []
    assert keeper.built.choice is not None


def test_an_open_engine_is_left_alone(model: ModelConfig) -> None:
    keeper = EngineKeeper(build_engine(model))
    before = keeper.built
    assert not keeper.reopen()
    assert keeper.built is before


def test_what_cannot_be_built_stays_closed_until_it_can(model: ModelConfig) -> None:
    weights = Path(model.weights)
    keeper = EngineKeeper(build_engine(model))
    expected = run(keeper.built)
    keeper.fault = "of a frame long ago"
    keeper.close()
    away = weights.rename(weights.with_suffix(".away"))
    with pytest.raises(WeightsError, match="does not exist"):
        keeper.reopen()
    assert keeper.built.card.preset == "tiny"  # still known
    away.rename(weights)
    assert keeper.reopen()
    assert keeper.fault == ""
    assert run(keeper.built).tobytes() == expected.tobytes()


def test_other_weights_of_the_same_name_are_refused(model: ModelConfig) -> None:
    keeper = EngineKeeper(build_engine(model))
    keeper.close()
    network, card = load_weights(Path(model.weights))
    with torch.no_grad():
        next(network.parameters()).zero_()
    save_weights(Path(model.weights), network, card)
    with pytest.raises(WeightsError, match=f"expected {card.sha256}, as when the model was chosen"):
        keeper.reopen()


@pytest.mark.gpu
def test_the_device_gets_its_memory_back(model: ModelConfig) -> None:
    held, freed = [], []
    keeper = EngineKeeper(build_engine(replace(model, device="cuda")))
    for _ in range(3):
        keeper.reopen()
        for _ in range(4):  # the graph is captured after the second
            expected = run(keeper.built)
        held.append(torch.cuda.memory_allocated())
        weights = on_gpu()
        keeper.close()
        freed.append(torch.cuda.memory_allocated())
        assert on_gpu() == 0
        assert held[-1] - freed[-1] >= weights > 0
    assert freed[2] <= freed[0]  # nothing is left over from one life to the next
    assert np.isfinite(expected).all()
