"""The choice of the library that runs the network."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import pytest
import torch

from bridgenet_ros.engine import backend
from bridgenet_ros.engine.backend import choose_backend
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.network.bridgenet import BridgeNet

CPU, GPU = torch.device("cpu"), torch.device("cuda", 0)
installed = pytest.mark.skipif(find_spec("openvino") is None, reason="openvino is not installed")


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@installed
def test_auto_takes_openvino_on_a_cpu_and_leaves_torch_one_thread(trained: BridgeNet) -> None:
    chosen = choose_backend("auto", trained, CPU, threads=2)
    assert (chosen.name, chosen.memory_format) == ("openvino", torch.contiguous_format)
    assert torch.get_num_threads() == 1


def test_auto_without_openvino_takes_torch_with_the_threads_given(
    trained: BridgeNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "find_spec", lambda _: None)
    assert choose_backend("auto", trained, CPU, threads=2).name == "torch"
    assert torch.get_num_threads() == 2


def test_torch_on_request_and_on_a_gpu(trained: BridgeNet) -> None:
    assert choose_backend("torch", trained, CPU, threads=0).name == "torch"
    assert choose_backend("auto", trained, GPU, threads=0).name == "torch"


@pytest.mark.parametrize(
    ("name", "device", "told"),
    [
        ("tensorrt", CPU, "'tensorrt'; expected one of auto, torch, openvino"),
        ("openvino", CPU, "pip install openvino"),
    ],
)
def test_what_cannot_be_had_is_named(
    trained: BridgeNet,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    device: torch.device,
    told: str,
) -> None:
    monkeypatch.setattr(backend, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=told):
        choose_backend(name, trained, device, threads=0)


@installed
def test_openvino_on_a_gpu_is_refused(trained: BridgeNet) -> None:
    with pytest.raises(ConfigError, match="for CPUs; the device is cuda:0"):
        choose_backend("openvino", trained, GPU, threads=0)
