"""Which library runs the network: the choice behind `model.backend`."""

from __future__ import annotations

from importlib.util import find_spec
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from bridgenet_ros.engine.optimise import optimise_for_inference
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.network.bridgenet import BridgeNet, BridgeNetOutput
from bridgenet_ros.network.topology import Topology

BACKENDS = ("auto", "torch", "openvino")
_TORCH_THREADS = torch.get_num_threads()
"""What torch takes by itself, before anything here has changed it."""


class RunnableNetwork(Protocol):
    """What a `DepthProgram` needs of a network: `BridgeNet` itself, or a compiled form of it."""

    topology: Topology

    def __call__(
        self, image: Tensor, depth: Tensor, validity: Tensor, *, estimate: bool
    ) -> BridgeNetOutput:
        """As `BridgeNet.forward`."""
        ...


class Backend(NamedTuple):
    """A network ready to run and the library that runs it."""

    name: str
    network: RunnableNetwork
    memory_format: torch.memory_format
    """Of the inputs that the network takes without copying them."""


def choose_backend(name: str, network: BridgeNet, device: torch.device, threads: int) -> Backend:
    """The network in the form that runs fastest on the device, or in the form asked for.

    On a CPU ``auto`` takes OpenVINO where it is installed. torch then keeps to one thread: it
    only prepares the frame, and two pools of threads would take each other's cores.

    Args:
        name: one of `BACKENDS`.
        network: as loaded.
        device: where it will run.
        threads: CPU threads of the network; 0: one a core.

    Raises:
        ConfigError: the back end is unknown, not installed, or not for this device.
    """
    if name not in BACKENDS:
        raise ConfigError(f"model.backend is {name!r}; expected one of {', '.join(BACKENDS)}")
    installed = find_spec("openvino") is not None
    if name == "openvino" and not installed:
        raise ConfigError(
            "model.backend is 'openvino', and that is not installed; pip install openvino"
        )
    if name == "openvino" and device.type != "cpu":
        raise ConfigError(f"model.backend is 'openvino', which is for CPUs; the device is {device}")
    if device.type == "cpu" and name != "torch" and installed:
        from bridgenet_ros.engine.openvino import OpenVinoNetwork

        torch.set_num_threads(1)
        return Backend("openvino", OpenVinoNetwork(network, threads), torch.contiguous_format)
    if device.type == "cpu":
        torch.set_num_threads(threads or _TORCH_THREADS)
    return Backend("torch", optimise_for_inference(network), torch.channels_last)
