"""The choice of the library that runs the network."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from bridgenet_ros.engine import libraries
from bridgenet_ros.engine.artefacts import Artefacts
from bridgenet_ros.engine.backend import BackendOptions, choose_backend, eager_backend
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.quantised import quantise
from bridgenet_ros.network.topology import PRESETS

CPU, GPU = torch.device("cpu"), torch.device("cuda", 0)
pytestmark = pytest.mark.usefixtures("torch_threads")


def installed(*modules: str) -> pytest.MarkDecorator:
    missing = [name for name in modules if find_spec(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} is not installed")


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "find_spec", lambda _: None)


@pytest.fixture
def everything_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "find_spec", lambda _: True)


@installed("openvino")
def test_auto_takes_openvino_on_a_cpu_and_leaves_torch_one_thread(trained: BridgeNet) -> None:
    chosen = choose_backend(trained, CPU, BackendOptions(threads=2))
    assert (chosen.name, chosen.memory_format) == ("openvino", torch.channels_last)
    assert chosen.dtype is torch.float32
    assert torch.get_num_threads() == 1


@pytest.mark.usefixtures("nothing_installed")
def test_auto_without_openvino_takes_torch_with_the_threads_given(trained: BridgeNet) -> None:
    assert choose_backend(trained, CPU, BackendOptions(threads=2)).name == "torch"
    assert torch.get_num_threads() == 2


def test_torch_on_request(trained: BridgeNet) -> None:
    chosen = choose_backend(trained, CPU, BackendOptions(name="torch"))
    assert (chosen.name, chosen.memory_format) == ("torch", torch.channels_last)


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["auto", "float32", "float16", "bfloat16"])
def test_a_gpu_takes_torch_in_any_precision(trained: BridgeNet, precision: str) -> None:
    chosen = choose_backend(trained, GPU, BackendOptions(precision=precision))
    assert chosen.name == "torch"
    assert precision == "auto" or chosen.dtype is getattr(torch, precision)
    assert isinstance(chosen.network, BridgeNet)
    assert chosen.network.dtype is chosen.dtype


@installed("onnxruntime", "onnx")
def test_onnxruntime_leaves_torch_one_thread_and_keeps_its_models(
    trained: BridgeNet, tmp_path: Path
) -> None:
    options = BackendOptions(name="onnxruntime", threads=2, artefacts=Artefacts(tmp_path))
    chosen = choose_backend(trained, CPU, options)
    assert torch.get_num_threads() == 1
    frame = torch.rand(1, 3, 32, 32), torch.rand(1, 1, 32, 32), torch.ones(1, 1, 32, 32)
    first = chosen.network(*frame, estimate=False).sr
    assert len(list(tmp_path.iterdir())) == 1

    again = choose_backend(trained, CPU, options)
    assert torch.equal(again.network(*frame, estimate=False).sr, first)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.usefixtures("nothing_installed")
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("mindspore", "'mindspore'; expected one of auto, torch, openvino, onnxruntime, tensorrt"),
        ("openvino", "openvino is not installed; run: pip install openvino"),
        (
            "onnxruntime",
            r"onnxruntime and onnx are not installed; run: pip install 'bridg",
        ),
        ("tensorrt", "tensorrt and onnx are not installed; run: pip install tensorrt onnx"),
    ],
)
def test_what_cannot_be_had_is_named_with_its_pip_line(
    trained: BridgeNet, name: str, told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        choose_backend(trained, CPU, BackendOptions(name=name))


@pytest.mark.usefixtures("everything_installed")
@pytest.mark.parametrize(
    ("name", "device", "told"),
    [
        ("openvino", GPU, "for CPUs; the device is cuda:0"),
        ("onnxruntime", GPU, "for CPUs; the device is cuda:0"),
        ("tensorrt", CPU, "for NVIDIA GPUs; the device is cpu"),
    ],
)
def test_a_back_end_for_another_device_is_refused(
    trained: BridgeNet, name: str, device: torch.device, told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        choose_backend(trained, device, BackendOptions(name=name))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("torch", "torch on a CPU computes in float32"),
        pytest.param(
            "onnxruntime",
            "onnxruntime computes in float32",
            marks=installed("onnxruntime", "onnx"),
        ),
    ],
)
def test_half_precision_that_a_cpu_back_end_has_not_is_refused(
    trained: BridgeNet, name: str, told: str
) -> None:
    with pytest.raises(ConfigError, match=f"'float16', and {told}; expected auto or float32"):
        choose_backend(trained, CPU, BackendOptions(name=name, precision="float16"))


def test_eager_is_the_network_untouched() -> None:
    network = BridgeNet(PRESETS["tiny"]).eval()

    made = eager_backend(network, CPU, threads=1)

    assert made.network is network
    assert (made.name, made.dtype, made.memory_format) == (
        "eager",
        torch.float32,
        torch.contiguous_format,
    )
    assert torch.get_num_threads() == 1


@pytest.mark.usefixtures("nothing_installed")
def test_int8_without_openvino_says_how_to_get_it(trained: BridgeNet) -> None:
    with pytest.raises(ConfigError, match="'int8', and openvino is not installed; run: pip inst"):
        choose_backend(quantise(trained), CPU, BackendOptions(precision="int8"))


@installed("openvino")
def test_int8_on_another_back_end_is_refused(trained: BridgeNet) -> None:
    with pytest.raises(ConfigError, match="'torch', which does not compute in int8; expected auto"):
        choose_backend(quantise(trained), CPU, BackendOptions(name="torch"))


@installed("openvino")
def test_int8_runs_on_openvino(trained: BridgeNet) -> None:
    chosen = choose_backend(quantise(trained), CPU, BackendOptions())
    assert (chosen.name, chosen.dtype) == ("openvino", torch.int8)
