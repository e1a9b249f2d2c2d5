"""ONNX Runtime: threads, sessions; its answer is test_golden.py's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
pytest.importorskip("onnx", reason="onnx is not installed")

from bridgenet_ros.cores import usable_cores
from bridgenet_ros.engine.artefacts import Artefacts, identity
from bridgenet_ros.engine.onnx import to_onnx
from bridgenet_ros.engine.onnxruntime import OnnxRuntimeNetwork
from bridgenet_ros.network.bridgenet import BridgeNet


def inputs(height: int, width: int) -> tuple[torch.Tensor, ...]:
    depth = torch.rand(1, 1, height, width)
    return torch.rand(1, 3, height, width), depth, torch.ones_like(depth)


@pytest.fixture
def export(trained: BridgeNet, artefacts: Artefacts) -> Callable[[bool], bytes]:
    """The ONNX model, exported once a session."""

    def model(estimate: bool) -> bytes:
        key = {**identity(trained), "estimate": str(estimate)}
        return artefacts.get(key, lambda: to_onnx(trained, estimate=estimate))

    return model


def test_one_model_serves_every_size(trained: BridgeNet, export: Callable[[bool], bytes]) -> None:
    asked: list[bool] = []

    def model(estimate: bool) -> bytes:
        asked.append(estimate)
        return export(estimate)

    network = OnnxRuntimeNetwork(trained.topology, model, threads=1)
    for size in ((16, 16), (32, 48), (16, 16)):
        assert network(*inputs(*size), estimate=False).mde is None
        both = network(*inputs(*size), estimate=True)
        assert both.sr.shape == both.mde.shape == (1, 1, *size)
    assert asked == [False, True]


def test_threads_are_honoured(trained: BridgeNet, export: Callable[[bool], bytes]) -> None:
    for threads in (1, 2):
        network = OnnxRuntimeNetwork(trained.topology, export, threads)
        network(*inputs(16, 16), estimate=False)
        options = network._sessions[False].get_session_options()
        assert options.intra_op_num_threads == threads
        assert options.inter_op_num_threads == 1


def test_results_of_earlier_frames_stay(
    trained: BridgeNet, export: Callable[[bool], bytes]
) -> None:
    network = OnnxRuntimeNetwork(trained.topology, export, 1)
    first = network(*inputs(16, 16), estimate=False).sr
    kept = first.clone()
    network(*inputs(16, 16), estimate=False)
    assert torch.equal(first, kept)


def test_each_core_has_a_thread_by_default(
    trained: BridgeNet, export: Callable[[bool], bytes]
) -> None:
    # Left to choose, ONNX Runtime would tie each thread to one core.
    network = OnnxRuntimeNetwork(trained.topology, export, threads=0)
    network(*inputs(16, 16), estimate=False)
    options = network._sessions[False].get_session_options()
    assert options.intra_op_num_threads == usable_cores()
