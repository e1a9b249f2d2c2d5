"""BridgeNet on ONNX Runtime: any CPU that has nothing faster."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from bridgenet_ros.cores import usable_cores
from bridgenet_ros.engine.traced import INPUTS
from bridgenet_ros.network.bridgenet import BridgeNetOutput
from bridgenet_ros.network.topology import Topology

if TYPE_CHECKING:
    import onnxruntime


class OnnxRuntimeNetwork:
    """Called as `BridgeNet.forward` with one image of any size.

    One thread at a time, as its engine.

    Args:
        topology: of the network.
        model: the ONNX model with or without D_DE; asked for at its first use.
        threads: CPU threads; 0 takes one a core.
    """

    def __init__(self, topology: Topology, model: Callable[[bool], bytes], threads: int) -> None:
        self.topology = topology
        self._model = model
        self._threads = threads
        self._sessions: dict[bool, onnxruntime.InferenceSession] = {}

    def __call__(
        self, image: Tensor, depth: Tensor, validity: Tensor, *, estimate: bool
    ) -> BridgeNetOutput:
        """See `BridgeNet.forward`; (1, C, H, W) on the CPU."""
        if estimate not in self._sessions:
            self._sessions[estimate] = self._start(self._model(estimate))
        tensors = (image, depth, validity)
        feed = {name: t.contiguous().numpy() for name, t in zip(INPUTS, tensors, strict=True)}
        outputs = [torch.from_numpy(a) for a in self._sessions[estimate].run(None, feed)]
        return BridgeNetOutput(outputs[0], outputs[1] if estimate else None)

    def _start(self, model: bytes) -> onnxruntime.InferenceSession:
        # Imported here, because this back end is optional.
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # Left to choose their number, it ties each of its threads to a core of its own, where it
        # waits for whatever else runs there.
        options.intra_op_num_threads = self._threads or usable_cores()
        options.inter_op_num_threads = 1
        # Waiting threads that spin take the cores of the rest of the robot.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
