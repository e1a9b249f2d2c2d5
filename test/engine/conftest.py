"""A device, a program that computes something, and frames for it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pytest
import torch
from engine_doubles import FakeRecorder

from bridgenet_ros.engine.artefacts import Artefacts
from bridgenet_ros.engine.engine import TorchEngine
from bridgenet_ros.engine.graphs import CudaRecorder, GraphedProgram
from bridgenet_ros.engine.optimise import optimise_for_inference
from bridgenet_ros.engine.program import DepthProgram, Program
from bridgenet_ros.frame import FloatArray, UInt8Array
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import PRESETS


class Arrays(NamedTuple):
    """What `Engine.submit` takes."""

    rgb: UInt8Array
    depth_m: FloatArray


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def device(request: pytest.FixtureRequest) -> torch.device:
    """The CPU, and a GPU where there is one."""
    return torch.device(request.param)


@pytest.fixture(scope="session")
def _original() -> BridgeNet:
    """``tiny`` whose outputs depend on both inputs and whose batch norms do something.

    The last layers are small, so that depths stay in front of the camera.
    """
    torch.manual_seed(11)
    network = BridgeNet(PRESETS["tiny"]).eval()
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name == "dsr.out.weight":
                parameter.normal_(std=0.01)
            elif name == "mde.score.1.weight":
                parameter.normal_(std=0.0005)
        for name, buffer in network.named_buffers():
            if name.endswith("running_mean"):
                buffer.normal_(std=0.1)
            elif name.endswith("running_var"):
                buffer.uniform_(0.5, 2.0)
    return network


@pytest.fixture
def trained(_original: BridgeNet) -> BridgeNet:
    """A copy of that network to move or to change."""
    return copy.deepcopy(_original)


@pytest.fixture(scope="session")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    """Exports of `trained` that the tests of a session share."""
    return Artefacts(tmp_path_factory.mktemp("artefacts"))


@pytest.fixture
def program(trained: BridgeNet, device: torch.device) -> DepthProgram:
    """That network as an engine runs it, on the device."""
    return DepthProgram(trained, 10.0).to(device)


@pytest.fixture
def make_arrays() -> Callable[..., Arrays]:
    """Frames of a seed and of sizes (H, W) and (h, w), with one hole."""

    def make(
        seed: int = 0, color: tuple[int, int] = (24, 32), depth: tuple[int, int] = (6, 8)
    ) -> Arrays:
        rng = np.random.default_rng(seed)
        depth_m = rng.uniform(2.0, 4.0, depth).astype(np.float32)
        depth_m[depth[0] // 2, depth[1] // 2] = 0
        return Arrays(rng.integers(0, 256, (*color, 3), dtype=np.uint8), depth_m)

    return make


@pytest.fixture(params=["eager", "graphed"])
def engine(
    request: pytest.FixtureRequest, trained: BridgeNet, device: torch.device
) -> Iterator[TorchEngine]:
    program: Program = DepthProgram(optimise_for_inference(trained), 10.0).to(device)
    if request.param == "graphed":
        program = GraphedProgram(
            program, CudaRecorder() if device.type == "cuda" else FakeRecorder()
        )
    engine = TorchEngine(program, device)
    yield engine
    engine.close()
