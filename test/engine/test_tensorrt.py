"""What is around TensorRT: keys, cache, background, tensors. A stand-in takes its place here."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from weakref import ref

import pytest
import torch

from bridgenet_ros.engine.artefacts import Artefacts
from bridgenet_ros.engine.tensorrt import PlanKey, TensorRtNetwork, build_plan
from bridgenet_ros.errors import EngineError
from bridgenet_ros.network.topology import PRESETS

TIMEOUT_S = 10.0
OFTEN = 5
SIZE = (32, 48)


class FakeTensorRt(ModuleType):
    """Builds a plan that names its model, and runs it by adding up addresses."""

    __version__ = "10.9"
    NetworkDefinitionCreationFlag = SimpleNamespace(STRONGLY_TYPED=1)
    IProgressMonitor = object

    def __init__(self) -> None:
        super().__init__("tensorrt")
        self.builds = 0
        self.readable = True
        self.parses = True
        self.contexts: list[Any] = []
        # By TensorRT's names.
        self.Builder, self.OnnxParser, self.Runtime = self._builder, self._parser, self._runtime

    class Logger:
        WARNING = 2

        def __init__(self, level: int) -> None:
            assert level == self.WARNING

    def _builder(self, logger: object) -> Any:
        def build(network: Any, config: Any) -> bytes | None:
            self.builds += 1
            monitor = config.progress_monitor
            monitor.phase_start("tactics", None, 8)
            monitor.phase_start("inner", "tactics", 100)
            assert all(monitor.step_complete("tactics", step) for step in range(8))
            monitor.phase_finish("tactics")
            return b"plan of " + network.model if network.model != b"hopeless" else None

        return SimpleNamespace(
            create_network=lambda flags: SimpleNamespace(flags=flags, model=b""),
            create_builder_config=SimpleNamespace,
            build_serialized_network=build,
        )

    def _parser(self, network: Any, logger: object) -> Any:
        assert network.flags == 2

        def parse(model: bytes) -> bool:
            network.model = model
            return self.parses

        return SimpleNamespace(
            parse=parse, num_errors=1, get_error=lambda i: "node 7 (Resize): no such mode"
        )

    def _runtime(self, logger: object) -> Any:
        def read(plan: bytes) -> Any:
            return (
                SimpleNamespace(create_execution_context=self._context) if self.readable else None
            )

        return SimpleNamespace(deserialize_cuda_engine=read)

    def _context(self) -> Any:
        context = SimpleNamespace(addresses={}, runs=True)
        context.set_tensor_address = context.addresses.__setitem__
        context.execute_async_v3 = lambda stream: context.runs
        self.contexts.append(context)
        return context


@pytest.fixture
def tensorrt(monkeypatch: pytest.MonkeyPatch) -> FakeTensorRt:
    fake = FakeTensorRt()
    monkeypatch.setitem(sys.modules, "tensorrt", fake)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "Some GPU")
    monkeypatch.setattr(torch.cuda, "device", lambda _: nullcontext())
    monkeypatch.setattr(torch.cuda, "current_stream", lambda: SimpleNamespace(cuda_stream=5))
    return fake


Network = Callable[[], TensorRtNetwork]


@pytest.fixture
def network(tensorrt: FakeTensorRt, tmp_path: Path) -> Network:
    """A new one on the same folder: a restart."""

    def make() -> TensorRtNetwork:
        return TensorRtNetwork(
            PRESETS["tiny"],
            torch.device("cuda", 0),
            lambda key: f"model {key.height}x{key.width}".encode(),
            Artefacts(tmp_path),
            {"weights": "abc"},
        )

    return make


def until_built(network: TensorRtNetwork, size: tuple[int, int] = SIZE) -> bool:
    for _ in range(OFTEN):
        assert not network.ready(size, estimate=False)
    network.builds.join(TIMEOUT_S)
    return network.ready(size, estimate=False)


def frame(size: tuple[int, int] = SIZE) -> tuple[torch.Tensor, ...]:
    return torch.rand(1, 3, *size), torch.rand(1, 1, *size), torch.ones(1, 1, *size)


def test_an_engine_is_built_in_the_background_and_kept(
    tensorrt: FakeTensorRt, network: Network
) -> None:
    assert until_built(network())
    assert until_built(network())
    assert tensorrt.builds == 1


def test_sizes_are_those_of_the_padded_image(tensorrt: FakeTensorRt, network: Network) -> None:
    one = network()
    assert until_built(one, (31, 40))  # 32x48 for a multiple of 16
    assert one.ready(SIZE, estimate=False)
    assert not one.ready(SIZE, estimate=True)


def test_nobody_else_keeps_its_engines(tensorrt: FakeTensorRt, network: Network) -> None:
    """Their memory must not wait for the collector of cycles."""
    one = network()
    assert until_built(one)
    network_then, engines_then = ref(one), ref(one.builds)
    del one
    assert (network_then(), engines_then()) == (None, None)


def test_another_gpu_builds_its_own(
    tensorrt: FakeTensorRt, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert until_built(network())
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "Another GPU")
    assert until_built(network())
    assert tensorrt.builds == 2


def test_a_corrupt_engine_is_built_again(
    tensorrt: FakeTensorRt, network: Network, tmp_path: Path
) -> None:
    assert until_built(network())
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    assert until_built(network())
    assert tensorrt.builds == 2


def test_an_engine_that_tensorrt_does_not_read_is_built_again_once(
    tensorrt: FakeTensorRt, network: Network, caplog: pytest.LogCaptureFixture
) -> None:
    tensorrt.readable = False
    with caplog.at_level(logging.WARNING):
        assert not until_built(network())
    assert tensorrt.builds == 2
    assert "is of no use here and is built again" in caplog.text
    assert "cannot be read back" in caplog.text


def test_every_tensor_has_its_address(tensorrt: FakeTensorRt, network: Network) -> None:
    one = network()
    assert until_built(one)
    image, depth, validity = frame()
    output = one(image, depth, validity, estimate=False)
    addresses = tensorrt.contexts[0].addresses
    assert addresses == {
        "image": image.data_ptr(),
        "depth": depth.data_ptr(),
        "validity": validity.data_ptr(),
        "sr": output.sr.data_ptr(),
    }
    assert output.sr.shape == depth.shape
    assert output.mde is None


def test_a_size_that_is_not_ready_is_refused(network: Network) -> None:
    with pytest.raises(EngineError, match="no TensorRT engine is ready for 48x32"):
        network()(*frame(), estimate=False)


def test_an_engine_that_does_not_start_is_an_error_of_the_device(
    tensorrt: FakeTensorRt, network: Network
) -> None:
    one = network()
    assert until_built(one)
    tensorrt.contexts[0].runs = False
    with pytest.raises(EngineError, match="did not start") as caught:
        one(*frame(), estimate=False)
    assert caught.value.reason == "device"


def test_progress_is_told_in_quarters(tensorrt: FakeTensorRt) -> None:
    told: list[str] = []
    assert build_plan(b"model", "an engine", told.append) == b"plan of model"
    assert told == [
        "building an engine; this takes minutes, once",
        *(f"an engine: tactics {p} %" for p in (0, 25, 50, 75)),
        "an engine is built",
    ]


def test_a_model_that_tensorrt_cannot_read_is_told_with_its_words(tensorrt: FakeTensorRt) -> None:
    tensorrt.parses = False
    with pytest.raises(EngineError, match=r"cannot read the ONNX model: node 7 \(Resize\)"):
        build_plan(b"model", "an engine", lambda _: None)


def test_nothing_built_is_an_error(tensorrt: FakeTensorRt) -> None:
    with pytest.raises(EngineError, match="TensorRT built nothing"):
        build_plan(b"hopeless", "an engine", lambda _: None)


def test_plan_keys_are_plain() -> None:
    assert PlanKey(32, 48, estimate=True)._asdict() == {"height": 32, "width": 48, "estimate": True}
