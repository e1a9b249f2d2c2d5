"""Which library runs the network: the choice behind `model.backend`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from bridgenet_ros.engine.artefacts import Artefacts, default_folder, identity
from bridgenet_ros.engine.libraries import is_installed, require
from bridgenet_ros.engine.optimise import optimise_for_inference
from bridgenet_ros.engine.precision import choose_precision, precision_name
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.network.bridgenet import BridgeNet, BridgeNetOutput
from bridgenet_ros.network.quantised import is_quantised
from bridgenet_ros.network.topology import Topology

BACKENDS = ("auto", "torch", "openvino", "onnxruntime", "tensorrt")
_TORCH_THREADS = torch.get_num_threads()
"""What torch takes by itself, before anything here has changed it."""


_DEVICES = {"openvino": "cpu", "onnxruntime": "cpu", "tensorrt": "cuda"}
"""Back ends that run on one kind of device alone."""


class RunnableNetwork(Protocol):
    """What a `DepthProgram` needs of a network: `BridgeNet` itself, or a compiled form of it."""

    topology: Topology

    def __call__(
        self, image: Tensor, depth: Tensor, validity: Tensor, *, estimate: bool
    ) -> BridgeNetOutput:
        """As `BridgeNet.forward`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendOptions:
    """What is asked of the back end.

    Attributes:
        name: one of `BACKENDS`.
        precision: see `choose_precision`.
        threads: CPU threads of the network; 0: one a core.
        artefacts: where what is compiled for long is kept.
    """

    name: str = "auto"
    precision: str = "auto"
    threads: int = 0
    artefacts: Artefacts = field(default_factory=lambda: Artefacts(default_folder()))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Backend:
    """A network ready to run and the library that runs it.

    Attributes:
        name: one of `BACKENDS`.
        network: on the device.
        dtype: what it computes in.
        memory_format: of the inputs that it takes without copying them.
        ready: whether it takes colour of (H, W) with or without D_DE at once; None: any.
    """

    name: str
    network: RunnableNetwork
    dtype: torch.dtype
    memory_format: torch.memory_format = torch.contiguous_format
    ready: Callable[[tuple[int, int], bool], bool] | None = None


def choose_backend(network: BridgeNet, device: torch.device, options: BackendOptions) -> Backend:
    """The network in the form that runs fastest on the device, or in the form asked for.

    On a CPU ``auto`` takes OpenVINO where it is installed. torch then keeps to one thread: it
    only prepares the frame, and two pools of threads would take each other's cores.

    Raises:
        ConfigError: the back end is unknown, not installed, not for this device, or does not
            compute in this precision.
    """
    name = resolve_backend(options.name, device)
    dtype = choose_precision(options.precision, device, int8_weights=is_quantised(network))
    if dtype is torch.int8 and name != "openvino":
        require("openvino", "model.precision is 'int8'")
        raise ConfigError(
            f"model.backend is {name!r}, which does not compute in int8; expected auto or openvino"
        )
    if device.type == "cpu":
        torch.set_num_threads(1 if name != "torch" else options.threads or _TORCH_THREADS)
    if name == "openvino":
        return _openvino(network, options, dtype)
    if name == "onnxruntime":
        return _onnxruntime(network, options, dtype)
    if name == "tensorrt":
        return _tensorrt(network, device, options, dtype)
    return torch_backend(network, device, dtype)


def eager_backend(network: BridgeNet, device: torch.device, threads: int) -> Backend:
    """The network as it is, for comparison; nothing chooses it.

    Args:
        network: it is moved to the device.
        device: the CPU or one GPU.
        threads: CPU threads; 0: what torch takes by itself.
    """
    if device.type == "cpu":
        torch.set_num_threads(threads or _TORCH_THREADS)
    return Backend(name="eager", network=network.to(device), dtype=torch.float32)


def torch_backend(network: BridgeNet, device: torch.device, dtype: torch.dtype) -> Backend:
    """torch itself, on any device.

    Raises:
        ConfigError: half precision on a CPU.
    """
    if device.type == "cpu":
        _only_float32("torch on a CPU", dtype)
    fused = optimise_for_inference(network, dtype).to(device)
    return Backend(name="torch", network=fused, dtype=dtype, memory_format=torch.channels_last)


def resolve_backend(name: str, device: torch.device) -> str:
    """The library that runs the network on the device; never ``auto``.

    Raises:
        ConfigError: it is unknown, not installed, or not for this device.
    """
    if name not in BACKENDS:
        raise ConfigError(f"model.backend is {name!r}; expected one of {', '.join(BACKENDS)}")
    if name == "auto":
        return "openvino" if device.type == "cpu" and is_installed("openvino") else "torch"
    require(name, f"model.backend is {name!r}")
    kind = _DEVICES.get(name, device.type)
    if kind != device.type:
        kinds = {"cpu": "CPUs", "cuda": "NVIDIA GPUs"}[kind]
        raise ConfigError(
            f"model.backend is {name!r}, which is for {kinds}; the device is {device}"
        )
    return name


def _openvino(network: BridgeNet, options: BackendOptions, dtype: torch.dtype) -> Backend:
    import openvino

    from bridgenet_ros.engine.openvino import OpenVinoNetwork, to_ir

    key = identity(network)

    def model(estimate: bool) -> bytes:
        of_model = {**key, "ir": openvino.__version__, "estimate": str(estimate)}
        return options.artefacts.get(of_model, lambda: to_ir(network, estimate=estimate))

    compiled = OpenVinoNetwork(network, model, options.artefacts, key, options.threads, dtype)
    return Backend(
        name="openvino", network=compiled, dtype=dtype, memory_format=torch.channels_last
    )


def _onnxruntime(network: BridgeNet, options: BackendOptions, dtype: torch.dtype) -> Backend:
    from bridgenet_ros.engine.onnx import OPSET, to_onnx
    from bridgenet_ros.engine.onnxruntime import OnnxRuntimeNetwork

    _only_float32("onnxruntime", dtype)

    def model(estimate: bool) -> bytes:
        key = {**identity(network), "opset": str(OPSET), "estimate": str(estimate)}
        return options.artefacts.get(key, lambda: to_onnx(network, estimate=estimate))

    compiled = OnnxRuntimeNetwork(network.topology, model, options.threads)
    return Backend(name="onnxruntime", network=compiled, dtype=dtype)


def _tensorrt(
    network: BridgeNet, device: torch.device, options: BackendOptions, dtype: torch.dtype
) -> Backend:
    from bridgenet_ros.engine.onnx import to_onnx
    from bridgenet_ros.engine.tensorrt import PlanKey, TensorRtNetwork

    if dtype is torch.bfloat16:
        raise ConfigError(
            "model.precision is 'bfloat16', which the ONNX model of the tensorrt back end cannot "
            "say; expected auto, float16 or float32"
        )

    def model(key: PlanKey) -> bytes:
        size = (key.height, key.width)
        return to_onnx(network, estimate=key.estimate, size=size, dtype=dtype)

    key = {**identity(network), "precision": precision_name(dtype)}
    compiled = TensorRtNetwork(network.topology, device, model, options.artefacts, key)
    return Backend(name="tensorrt", network=compiled, dtype=dtype, ready=compiled.ready)


def _only_float32(who: str, dtype: torch.dtype) -> None:
    if dtype is not torch.float32:
        raise ConfigError(
            f"model.precision is {precision_name(dtype)!r}, and {who} computes in float32; "
            "expected auto or float32"
        )
