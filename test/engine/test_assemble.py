"""What an engine is put together from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from bridgenet_ros.engine import assemble as module
from bridgenet_ros.engine.artefacts import Artefacts
from bridgenet_ros.engine.assemble import assemble
from bridgenet_ros.engine.backend import Backend, BackendOptions
from bridgenet_ros.errors import ConfigError, EngineError, FrameError
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import PRESETS, Guidance

CPU = torch.device("cpu")
TORCH = BackendOptions(name="torch", threads=1)


def grey(size: tuple[int, int] = (16, 16)) -> tuple[Any, Any]:
    return np.full((*size, 3), 128, np.uint8), np.ones((2, 2), np.float32)


def test_names_of_what_was_chosen(trained: BridgeNet) -> None:
    made = assemble(trained, CPU, 10.0, TORCH)
    assert (made.backend, made.precision) == ("torch", "float32")
    assert made.engine.device_name == "cpu"
    assert not made.engine.takes_units


def test_the_network_stays_as_it_is(trained: BridgeNet) -> None:
    before = {name: tensor.clone() for name, tensor in trained.state_dict().items()}
    made = assemble(trained, CPU, 10.0, TORCH)
    made.engine.collect(made.engine.submit(*grey(), estimate=True, fill_holes=True))
    made.engine.close()
    assert all(torch.equal(t, before[name]) for name, t in trained.state_dict().items())


def test_an_image_larger_than_memory_is_refused(
    trained: BridgeNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "available_bytes", lambda _: 325 * 16 * 16)
    engine = assemble(trained, CPU, 10.0, TORCH).engine
    engine.collect(engine.submit(*grey(), estimate=False, fill_holes=True))
    with pytest.raises(FrameError, match=r"at most 0\.0 megapixels with this preset"):
        engine.submit(*grey((17, 16)), estimate=False, fill_holes=True)


def test_no_memory_for_the_weights_is_an_engine_error(
    trained: BridgeNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> Backend:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(module, "choose_backend", full)
    with pytest.raises(EngineError, match="cpu is out of memory") as caught:
        assemble(trained, CPU, 10.0, TORCH)
    assert caught.value.reason == "memory"


def test_a_network_without_dsrnet_is_refused() -> None:
    alone = replace(PRESETS["tiny"], dsr=False, guidance=Guidance.NONE, content_guidance=False)
    with pytest.raises(ConfigError, match="no DSRNet"):
        assemble(BridgeNet(alone), CPU, 10.0, TORCH)


def test_torch_serves_while_a_slow_back_end_is_being_built(
    trained: BridgeNet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Slow:
        topology = trained.topology
        calls = 0

        def __call__(self, *inputs: torch.Tensor, estimate: bool) -> Any:
            self.calls += 1
            return trained(*inputs, estimate=estimate)

    slow, answers = Slow(), iter([False, True])
    backend = Backend(
        name="tensorrt",
        network=slow,
        dtype=torch.float32,
        ready=lambda size, estimate: next(answers),
    )
    monkeypatch.setattr(module, "choose_backend", lambda *_: backend)
    made = assemble(trained, CPU, 10.0, BackendOptions(artefacts=Artefacts(tmp_path)))
    outputs, calls = [], []
    for _ in range(2):
        ticket = made.engine.submit(*grey(), estimate=True, fill_holes=True)
        outputs.append(made.engine.collect(ticket).sr_m)
        calls.append(slow.calls)
    assert calls == [0, 1]
    assert np.abs(outputs[1] - outputs[0]).max() < 1e-4
