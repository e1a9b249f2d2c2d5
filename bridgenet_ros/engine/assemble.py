"""From a loaded network to an engine: back end, program, graphs, buffers."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from bridgenet_ros.engine.backend import Backend, BackendOptions, choose_backend, torch_backend
from bridgenet_ros.engine.engine import DEFAULT_SLOTS, TorchEngine
from bridgenet_ros.engine.failure import engine_error
from bridgenet_ros.engine.graphs import CudaRecorder, GraphedProgram
from bridgenet_ros.engine.handover import Handover
from bridgenet_ros.engine.memory import available_bytes, pixel_limit
from bridgenet_ros.engine.precision import precision_name
from bridgenet_ros.engine.program import DepthProgram, Program
from bridgenet_ros.engine.streams import Lanes
from bridgenet_ros.network.bridgenet import BridgeNet


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Assembled:
    """An engine and what it was made of."""

    engine: TorchEngine
    backend: str
    """One of `backend.BACKENDS`, never ``auto``."""
    precision: str
    """As `model.precision` spells it, never ``auto``."""


def assemble(
    network: BridgeNet,
    device: torch.device,
    value_range_m: float,
    options: BackendOptions,
    *,
    graphs: bool = True,
    lanes: Lanes | None = None,
    slots: int = DEFAULT_SLOTS,
) -> Assembled:
    """The fastest engine for a network on a device.

    Args:
        network: on the CPU, in eval mode; it stays as it is.
        device: the CPU or one GPU.
        value_range_m: metres that the network sees as 1.0.
        options: the back end asked for.
        graphs: capture CUDA graphs on a GPU.
        lanes: see `TorchEngine`.
        slots: see `TorchEngine`.

    Raises:
        ConfigError: see `choose_backend`; or the network has no DSRNet.
        EngineError: the device has no memory for the weights.
    """
    try:
        backend = choose_backend(network, device, options)
    except (RuntimeError, MemoryError) as error:
        raise engine_error(error, str(device)) from error
    graphs = graphs and device.type == "cuda"
    program = _program(backend, value_range_m, graphs=graphs)
    if backend.ready is not None:
        torch_itself = torch_backend(network, device, backend.dtype)
        program = Handover(
            _program(backend, value_range_m, graphs=False),
            _program(torch_itself, value_range_m, graphs=graphs),
            backend.ready,
        )
    # In int8 the sums between convolutions stay float32.
    maps = torch.float32 if backend.dtype is torch.int8 else backend.dtype
    limit = pixel_limit(network.topology, maps, available_bytes(device))
    engine = TorchEngine(program, device, slots, lanes=lanes, max_pixels=limit)
    return Assembled(engine=engine, backend=backend.name, precision=precision_name(backend.dtype))


def _program(backend: Backend, value_range_m: float, *, graphs: bool) -> Program:
    program = DepthProgram(backend.network, value_range_m, backend.memory_format).eval()
    return GraphedProgram(program, CudaRecorder()) if graphs else program
