"""The exported model: its opset, its sizes, its types, its answer."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("onnx", reason="onnx is not installed")

import onnx
from onnx.reference import ReferenceEvaluator

from bridgenet_ros.engine.onnx import OPSET, to_onnx
from bridgenet_ros.network.bridgenet import BridgeNet

FLOAT, HALF = onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16


def sizes(values: object) -> list[tuple[str, list[object]]]:
    return [
        (v.name, [d.dim_value or d.dim_param for d in v.type.tensor_type.shape.dim]) for v in values
    ]


@pytest.mark.parametrize("estimate", [False, True])
def test_names_sizes_and_opset(trained: BridgeNet, estimate: bool) -> None:
    model = onnx.load_from_string(to_onnx(trained, estimate=estimate, size=(32, 48)))
    assert [(o.domain, o.version) for o in model.opset_import] == [("", OPSET)]
    assert sizes(model.graph.input) == [
        ("image", [1, 3, 32, 48]),
        ("depth", [1, 1, 32, 48]),
        ("validity", [1, 1, 32, 48]),
    ]
    assert sizes(model.graph.output) == [
        (name, [1, 1, 32, 48]) for name in ("sr", "mde")[: 1 + estimate]
    ]
    # Only operators of the standard domain: every runtime of this opset has them.
    assert {node.domain for node in model.graph.node} <= {"", "ai.onnx"}


def test_any_size_is_said_by_name(trained: BridgeNet) -> None:
    model = onnx.load_from_string(to_onnx(trained, estimate=False))
    assert sizes(model.graph.input)[0] == ("image", [1, 3, "height", "width"])


def test_half_precision_lies_between_float32_ends(trained: BridgeNet) -> None:
    model = onnx.load_from_string(
        to_onnx(trained, estimate=True, size=(32, 32), dtype=torch.float16)
    )
    ends = [*model.graph.input, *model.graph.output]
    assert {v.type.tensor_type.elem_type for v in ends} == {FLOAT}
    weights = [w for w in model.graph.initializer if len(w.dims) == 4]
    assert {w.data_type for w in weights} == {HALF}


def test_the_reference_evaluator_gives_torch_s_answer(trained: BridgeNet) -> None:
    """ONNX's own definition of its operators, no runtime's."""
    frame = torch.rand(1, 3, 32, 32), torch.rand(1, 1, 32, 32), torch.ones(1, 1, 32, 32)
    evaluator = ReferenceEvaluator(onnx.load_from_string(to_onnx(trained, estimate=False)))
    names = ("image", "depth", "validity")
    (found,) = evaluator.run(None, {n: t.numpy() for n, t in zip(names, frame, strict=True)})
    with torch.inference_mode():
        expected = trained(*frame, estimate=False).sr.numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_network_stays_as_it_is(trained: BridgeNet) -> None:
    trained.train()
    before = {name: tensor.clone() for name, tensor in trained.state_dict().items()}
    to_onnx(trained, estimate=True, dtype=torch.float16)
    assert trained.training
    assert all(torch.equal(t, before[name]) for name, t in trained.state_dict().items())


@pytest.mark.skipif(
    shutil.which("converter_lite") is None, reason="MindSpore Lite's converter is not installed"
)
def test_mindspore_lite_converts_it(trained: BridgeNet, tmp_path: Path) -> None:
    model = tmp_path / "network.onnx"
    model.write_bytes(to_onnx(trained, estimate=True, size=(64, 64)))
    output = tmp_path / "network"
    subprocess.run(
        ["converter_lite", "--fmk=ONNX", f"--modelFile={model}", f"--outputFile={output}"],
        check=True,
        timeout=300,
    )
    assert output.with_suffix(".ms").stat().st_size > 0
