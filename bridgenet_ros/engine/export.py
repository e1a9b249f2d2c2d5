"""The network as a file for another runtime, and a sidecar that says what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml

import bridgenet_ros
from bridgenet_ros.checksum import file_sha256
from bridgenet_ros.config import INT8
from bridgenet_ros.engine.libraries import require
from bridgenet_ros.engine.precision import precision_name
from bridgenet_ros.engine.traced import INPUTS, OUTPUTS
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.quantised import is_quantised
from bridgenet_ros.network.weights import WeightsCard

FORMATS = {"onnx": ".onnx", "openvino": ".xml", "tensorrt": ".plan"}
"""What can be exported, and the suffix of its file."""

_MEANING = {
    "image": "RGB / 255",
    "depth": "metres / value_range_m, holes filled, bicubic (a = -0.5) to the size of image",
    "validity": "1 where depth was measured, else 0, nearest neighbour to the size of image",
    "sr": "super-resolved depth, metres / value_range_m",
    "mde": "depth estimated from colour, metres / value_range_m",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """What to export.

    Attributes:
        form: one of `FORMATS`.
        size: of the only input that the file takes (H, W); None: any multiple of the topology's.
        estimate: with D_DE as second output.
        dtype: of the weights; inputs and outputs are float32.
    """

    form: str
    size: tuple[int, int] | None = None
    estimate: bool = False
    dtype: torch.dtype = torch.float32


def export_network(
    network: BridgeNet,
    card: WeightsCard,
    path: Path,
    options: ExportOptions,
    report: Callable[[str], None],
) -> Path:
    """Write ``path`` and its sidecar; returns the sidecar, ``path`` with ``.yaml`` appended.

    Args:
        network: on the CPU.
        card: of its weights.
        path: a new file with the suffix of the format.
        options: what to export.
        report: told the progress of what takes long.

    Raises:
        ConfigError: a library is missing, the file exists, its suffix or the size does not fit,
            or the format has no such number type.
        EngineError: TensorRT could not build its engine.
    """
    _check(network, path, options)
    path.parent.mkdir(parents=True, exist_ok=True)
    write = {"onnx": _write_onnx, "openvino": _write_openvino, "tensorrt": _write_tensorrt}
    facts = write[options.form](network, path, options, report)
    sidecar = _sidecar(path)
    text = yaml.safe_dump(
        {**_describe(network, card, path, options), **facts}, sort_keys=False, allow_unicode=True
    )
    sidecar.write_text(text, encoding="utf-8")
    return sidecar


def _sidecar(path: Path) -> Path:
    return path.with_name(f"{path.name}.yaml")


def _check(network: BridgeNet, path: Path, options: ExportOptions) -> None:
    require(options.form, f"the back end is {options.form!r}")
    suffix = FORMATS[options.form]
    if path.suffix != suffix:
        raise ConfigError(f"output is {path}; expected a name that ends in {suffix}")
    for file in (path, _sidecar(path)):
        if file.exists():
            raise ConfigError(f"{file} exists; expected a new file")
    if options.size is None and options.form == "tensorrt":
        raise ConfigError("a TensorRT engine is built for one size; give it")
    multiple = network.topology.multiple
    if options.size is not None and any(n < multiple or n % multiple for n in options.size):
        height, width = options.size
        fits = [max(n + -n % multiple, multiple) for n in (width, height)]
        raise ConfigError(
            f"size is {width}x{height}; expected multiples of {multiple}, such as "
            f"{fits[0]}x{fits[1]}: pad images by replication and crop the results"
        )
    if is_quantised(network) and options.form != "openvino":
        raise ConfigError(
            f"the weights compute in int8, which is not written for {options.form}: its runtimes "
            "round otherwise; expected back end openvino, or float32 weights"
        )
    if options.dtype is not torch.float32 and options.form == "openvino":
        raise ConfigError("OpenVINO chooses its number type when it runs; export float32")


def _write_onnx(
    network: BridgeNet, path: Path, options: ExportOptions, _: Callable[[str], None]
) -> dict[str, Any]:
    from bridgenet_ros.engine.onnx import OPSET

    path.write_bytes(_onnx_model(network, options))
    return {"opset": OPSET}


def _write_openvino(
    network: BridgeNet, path: Path, options: ExportOptions, _: Callable[[str], None]
) -> dict[str, Any]:
    import openvino

    from bridgenet_ros.engine.openvino import fix_size, to_openvino

    model = to_openvino(network, estimate=options.estimate)
    if options.size is not None:
        fix_size(model, options.size)
    for port, name in zip(model.inputs, INPUTS, strict=True):
        port.get_tensor().set_names({name})
    for port, name in zip(model.outputs, OUTPUTS[: 1 + options.estimate], strict=True):
        port.get_tensor().set_names({name})
    openvino.save_model(model, path, compress_to_fp16=False)
    weights = path.with_suffix(".bin")
    return {"weights_file": weights.name, "weights_file_sha256": file_sha256(weights)}


def _write_tensorrt(
    network: BridgeNet, path: Path, options: ExportOptions, report: Callable[[str], None]
) -> dict[str, Any]:
    import tensorrt

    from bridgenet_ros.engine.onnx import OPSET
    from bridgenet_ros.engine.tensorrt import build_plan

    path.write_bytes(build_plan(_onnx_model(network, options), path.name, report))
    return {
        "opset": OPSET,
        "tensorrt": str(tensorrt.__version__),
        "gpu": torch.cuda.get_device_name(),
    }


def _onnx_model(network: BridgeNet, options: ExportOptions) -> bytes:
    from bridgenet_ros.engine.onnx import to_onnx

    return to_onnx(network, estimate=options.estimate, size=options.size, dtype=options.dtype)


def _describe(
    network: BridgeNet, card: WeightsCard, path: Path, options: ExportOptions
) -> Mapping[str, Any]:
    multiple = network.topology.multiple
    size = list(options.size) if options.size else [f"any multiple of {multiple}"] * 2
    outputs = OUTPUTS[: 1 + options.estimate]
    return {
        "format": options.form,
        "sha256": file_sha256(path),
        "preset": card.preset,
        "trained": card.trained,
        "weights_sha256": card.sha256,
        "licence": card.licence,
        "value_range_m": card.value_range_m,
        "precision": card.precision if card.precision == INT8 else precision_name(options.dtype),
        "height_and_width": size,
        "inputs": {
            name: {"shape": [1, channels, *size], "dtype": "float32", "meaning": _MEANING[name]}
            for name, channels in INPUTS.items()
        },
        "outputs": {
            name: {"shape": [1, 1, *size], "dtype": "float32", "meaning": _MEANING[name]}
            for name in outputs
        },
        "made_with": f"bridgenet_ros {bridgenet_ros.__version__}, torch {torch.__version__}",
    }
