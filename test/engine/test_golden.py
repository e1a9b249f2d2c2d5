"""The same frames through every back end and precision: the same depth."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch

from bridgenet_ros.data.folder import open_folder
from bridgenet_ros.engine.artefacts import Artefacts
from bridgenet_ros.engine.assemble import assemble
from bridgenet_ros.engine.backend import BackendOptions
from bridgenet_ros.engine.engine import EngineOutput, TorchEngine
from bridgenet_ros.engine.optimise import optimise_for_inference
from bridgenet_ros.engine.program import DepthProgram
from bridgenet_ros.evaluation.metrics import root_mean_square_error
from bridgenet_ros.evaluation.protocol import Protocol, make_case
from bridgenet_ros.frame import FloatArray, UInt8Array
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.weights import load_weights

RANGE_M = 10.0
FLOAT32_M = 1e-5 * RANGE_M
REDUCED_M = 2e-3 * RANGE_M
CPU, GPU = torch.device("cpu"), torch.device("cuda")
TINY = Path(__file__).resolve().parents[2] / "models" / "tiny.safetensors"

Make = Callable[..., tuple[UInt8Array, FloatArray]]


class Form(NamedTuple):
    """One way to run the network."""

    backend: str
    precision: str
    device: torch.device


def form(backend: str, precision: str, device: torch.device, *modules: str) -> object:
    missing = [module for module in modules if find_spec(module) is None]
    skip = pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} is not installed")
    marks = [skip, pytest.mark.gpu] if device.type == "cuda" else [skip]
    return pytest.param(Form(backend, precision, device), marks=marks, id=f"{backend}-{precision}")


FLOAT32 = [
    form("torch", "float32", CPU),
    form("openvino", "float32", CPU, "openvino"),
    form("onnxruntime", "float32", CPU, "onnxruntime", "onnx"),
]
ON_GPU = [
    form("torch", "float32", GPU),
    form("torch", "float16", GPU),
    form("tensorrt", "float16", GPU, "tensorrt", "onnx"),
]
SIZES = [((64, 96), (8, 12)), ((61, 83), (9, 11)), ((16, 16), (4, 4)), ((96, 64), (96, 64))]


def run(engine: TorchEngine, frame: tuple[UInt8Array, FloatArray]) -> EngineOutput:
    return engine.collect(engine.submit(*frame, estimate=True, fill_holes=True))


@pytest.fixture
def engine(
    request: pytest.FixtureRequest, trained: BridgeNet, artefacts: Artefacts
) -> tuple[TorchEngine, TorchEngine]:
    """The form's engine and the eager one that everything is measured by."""
    form: Form = request.param
    options = BackendOptions(
        name=form.backend, precision=form.precision, threads=1, artefacts=artefacts
    )
    before = torch.get_num_threads()
    made = assemble(trained, form.device, RANGE_M, options)
    torch.set_num_threads(before)
    assert (made.backend, made.precision) == (form.backend, form.precision)
    return made.engine, TorchEngine(DepthProgram(trained, RANGE_M), CPU)


@pytest.mark.parametrize("engine", FLOAT32, indirect=True)
@pytest.mark.parametrize(("color", "depth"), SIZES)
def test_float32_agrees_with_eager_torch(
    engine: tuple[TorchEngine, TorchEngine],
    make_arrays: Make,
    color: tuple[int, int],
    depth: tuple[int, int],
) -> None:
    frame = make_arrays(3, color, depth)
    found, expected = (run(e, frame) for e in engine)
    np.testing.assert_allclose(found.sr_m, expected.sr_m, atol=FLOAT32_M, rtol=0)
    np.testing.assert_allclose(found.mde_m, expected.mde_m, atol=FLOAT32_M, rtol=0)


@pytest.mark.parametrize("engine", ON_GPU, indirect=True)
@pytest.mark.parametrize(("color", "depth"), SIZES)
def test_a_gpu_agrees_with_eager_torch_on_the_cpu(
    engine: tuple[TorchEngine, TorchEngine],
    make_arrays: Make,
    color: tuple[int, int],
    depth: tuple[int, int],
) -> None:
    frame = make_arrays(3, color, depth)
    expected = run(engine[1], frame)
    for _ in range(10):  # eager, captured, replayed; TensorRT takes over when it is ready
        found = run(engine[0], frame)
        np.testing.assert_allclose(found.sr_m, expected.sr_m, atol=REDUCED_M, rtol=0)
        np.testing.assert_allclose(found.mde_m, expected.mde_m, atol=2 * REDUCED_M, rtol=0)


@pytest.mark.gpu
def test_float32_on_a_gpu_agrees_without_tensor_float(
    trained: BridgeNet, make_arrays: Make
) -> None:
    allowed = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    try:
        made = assemble(trained, GPU, RANGE_M, BackendOptions(precision="float32"))
        found = run(made.engine, make_arrays(3, (64, 96), (8, 12)))
    finally:
        torch.backends.cudnn.allow_tf32 = allowed
    plain = TorchEngine(DepthProgram(trained, RANGE_M), CPU)
    expected = run(plain, make_arrays(3, (64, 96), (8, 12)))
    np.testing.assert_allclose(found.sr_m, expected.sr_m, atol=FLOAT32_M, rtol=0)


@pytest.mark.parametrize("index", [0, 27])
def test_float16_holds_its_error_on_real_images(data_folder: Path, index: int) -> None:
    """bfloat16 does not: 9e-3 of the range at worst, though its RMSE grows by 0.2 % alone."""
    network, card = load_weights(TINY)
    case = make_case(open_folder(data_folder / "nyu_v2_eval"), index, Protocol(scale=8))
    rows, columns = slice(96, 224), slice(160, 352)
    rgb = torch.from_numpy(np.ascontiguousarray(case.rgb[rows, columns]))
    low = torch.from_numpy(np.ascontiguousarray(case.low[12:28, 20:44]))
    found, errors = [], []
    for dtype in (torch.float32, torch.float16):
        program = DepthProgram(optimise_for_inference(network, dtype), card.value_range_m)
        sr_m = program(rgb, low, estimate=False, fill_holes=True).sr_m.numpy()
        found.append(sr_m)
        truth, counted = case.truth[rows, columns], case.counted[rows, columns]
        errors.append(root_mean_square_error(sr_m, truth, counted))
    assert 0 < np.abs(found[1] - found[0]).max() < 2e-3 * card.value_range_m
    assert errors[1] == pytest.approx(errors[0], rel=0.01)


@pytest.mark.skipif(find_spec("openvino") is None, reason="openvino is not installed")
@pytest.mark.usefixtures("torch_threads")
def test_int8_is_its_imitation_on_real_images(data_folder: Path, artefacts: Artefacts) -> None:
    """Not to the bit: a value between two steps may fall to either, and others follow it."""
    network, card = load_weights(TINY.with_name("tiny_int8.safetensors"))
    case = make_case(open_folder(data_folder / "nyu_v2_eval"), 27, Protocol(scale=8))
    rgb, low = np.ascontiguousarray(case.rgb), np.ascontiguousarray(case.low)
    options = BackendOptions(name="openvino", precision="int8", artefacts=artefacts)
    engines = (
        assemble(network, CPU, card.value_range_m, options).engine,
        TorchEngine(DepthProgram(network, card.value_range_m), CPU),
    )
    found, expected = (
        e.collect(e.submit(rgb, low, estimate=False, fill_holes=True)).sr_m for e in engines
    )
    difference = np.abs(found - expected) / card.value_range_m
    assert np.sqrt(np.square(difference).mean()) < 2e-4
    assert np.quantile(difference, 0.999) < 2e-3
    errors = [root_mean_square_error(m, case.truth, case.counted) for m in (found, expected)]
    assert errors[0] == pytest.approx(errors[1], rel=0.002)
