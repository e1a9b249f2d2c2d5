"""Files for other runtimes: what is in them, what is said of them, what is refused."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from bridgenet_ros.checksum import file_sha256
from bridgenet_ros.engine import libraries
from bridgenet_ros.engine.export import ExportOptions, export_network
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.quantised import quantise
from bridgenet_ros.network.weights import WeightsCard

CARD = WeightsCard(
    preset="tiny",
    trained=True,
    scales=(8,),
    value_range_m=10.0,
    training_data=(),
    licence="Apache-2.0",
    sha256="ab" * 32,
)
ONNX = ExportOptions(form="onnx", size=(32, 48))
IR = ExportOptions(form="openvino", size=(32, 48))


def installed(*modules: str) -> pytest.MarkDecorator:
    missing = [name for name in modules if find_spec(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} is not installed")


def export(network: BridgeNet, path: Path, options: ExportOptions) -> dict[str, object]:
    sidecar = export_network(network, CARD, path, options, lambda _: None)
    assert sidecar == path.with_name(path.name + ".yaml")
    described: dict[str, object] = yaml.safe_load(sidecar.read_text())
    return described


@pytest.fixture
def frame() -> tuple[torch.Tensor, ...]:
    depth = torch.rand(1, 1, 32, 48)
    return torch.rand(1, 3, 32, 48), depth, torch.ones_like(depth)


@installed("onnx", "onnxruntime")
def test_an_onnx_model_runs_elsewhere(
    trained: BridgeNet, tmp_path: Path, frame: tuple[torch.Tensor, ...]
) -> None:
    import onnxruntime

    path = tmp_path / "sub" / "tiny.onnx"
    described = export(trained, path, replace(ONNX, estimate=True))
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = list(described["inputs"])
    found = session.run(None, {n: t.numpy() for n, t in zip(names, frame, strict=True)})
    with torch.inference_mode():
        expected = trained(*frame, estimate=True)
    for name, a, b in zip(described["outputs"], found, expected, strict=True):
        np.testing.assert_allclose(a, b.numpy(), atol=1e-5, err_msg=name)


@installed("onnx")
def test_the_sidecar_says_what_a_user_needs(trained: BridgeNet, tmp_path: Path) -> None:
    path = tmp_path / "tiny.onnx"
    described = export(trained, path, replace(ONNX, size=None))
    assert described["sha256"] == file_sha256(path)
    assert described["weights_sha256"] == CARD.sha256
    assert (described["preset"], described["value_range_m"]) == ("tiny", 10.0)
    assert (described["format"], described["opset"]) == ("onnx", 17)
    assert described["height_and_width"] == ["any multiple of 16"] * 2
    assert list(described["inputs"]) == ["image", "depth", "validity"]
    assert list(described["outputs"]) == ["sr"]


@installed("openvino")
def test_an_openvino_model_runs_elsewhere(
    trained: BridgeNet, tmp_path: Path, frame: tuple[torch.Tensor, ...]
) -> None:
    import openvino

    path = tmp_path / "tiny.xml"
    described = export(trained, path, IR)
    assert described["weights_file_sha256"] == file_sha256(tmp_path / "tiny.bin")
    compiled = openvino.Core().compile_model(str(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    found = compiled(dict(zip(described["inputs"], (t.numpy() for t in frame), strict=True)))
    with torch.inference_mode():
        expected = trained(*frame, estimate=False).sr
    np.testing.assert_allclose(found["sr"], expected.numpy(), atol=1e-5)


@installed("openvino")
def test_int8_weights_leave_as_an_openvino_model_alone(trained: BridgeNet, tmp_path: Path) -> None:
    quantised, card = quantise(trained), replace(CARD, precision="int8")
    sidecar = export_network(quantised, card, tmp_path / "tiny.xml", IR, lambda _: None)
    assert yaml.safe_load(sidecar.read_text())["precision"] == "int8"
    assert "FakeQuantize" in (tmp_path / "tiny.xml").read_text()
    with pytest.raises(ConfigError, match="int8, which is not written for onnx"):
        export_network(quantised, card, tmp_path / "tiny.onnx", ONNX, lambda _: None)
    assert not (tmp_path / "tiny.onnx").exists()


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("tiny.onnx", replace(ONNX, size=(470, 640)), "640x470; expected multiples of 16, such as"),
        ("tiny.onnx", replace(ONNX, size=(0, 16)), "16x0; expected multiples of 16, such as 16x16"),
        ("tiny.pt", ONNX, r"tiny\.pt; expected a name that ends in \.onnx"),
        ("old.onnx", ONNX, r"old\.onnx exists; expected a new file"),
        ("tiny.plan", ExportOptions(form="tensorrt"), "for one size; give it"),
        ("tiny.xml", replace(IR, dtype=torch.float16), "OpenVINO chooses its number type"),
    ],
)
def test_what_does_not_fit_is_refused_and_leaves_nothing(
    trained: BridgeNet,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    options: ExportOptions,
    told: str,
) -> None:
    monkeypatch.setattr(libraries, "find_spec", lambda _: True)
    (tmp_path / "old.onnx").write_bytes(b"old")
    with pytest.raises(ConfigError, match=told):
        export(trained, tmp_path / name, options)
    assert [file.name for file in tmp_path.iterdir()] == ["old.onnx"]


def test_a_missing_library_is_named_with_its_pip_line(
    trained: BridgeNet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libraries, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match="'tensorrt', and tensorrt and onnx are not installed; "):
        export(trained, tmp_path / "tiny.plan", ExportOptions(form="tensorrt", size=(32, 32)))
