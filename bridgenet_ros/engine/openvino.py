"""BridgeNet on OpenVINO: the same float32 results as torch on a CPU, about twice as fast.

The network is traced once and compiled for each input size. The conversion goes through
OpenVINO's front end directly, because its convenience function reports usage over the network.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from bridgenet_ros.network.bridgenet import BridgeNet, BridgeNetOutput

if TYPE_CHECKING:
    import openvino

CACHED_SIZES = 4
"""Compiled models kept: a stream that changes its size and comes back compiles once a size."""
_TRACED_SIZE = 64
_CHANNELS = (3, 1, 1)


class _Key(NamedTuple):
    height: int
    width: int
    estimate: bool


class OpenVinoNetwork:
    """Called as `BridgeNet.forward` with one image; compiles on the first call of each size.

    One thread at a time, as its engine.

    Args:
        network: its weights are copied into the compiled models.
        threads: CPU threads; 0 takes one a core.
    """

    def __init__(self, network: BridgeNet, threads: int) -> None:
        # Imported here, because this back end is optional.
        import openvino

        self.topology = network.topology
        self._network = network.eval()
        self._core = openvino.Core()
        self._options = {
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": "1",
            # CPUs with bfloat16 would otherwise round the depth to millimetres unasked.
            "INFERENCE_PRECISION_HINT": "f32",
        }
        if threads:
            self._options["INFERENCE_NUM_THREADS"] = str(threads)
        self._models: dict[bool, openvino.Model] = {}
        self._requests: OrderedDict[_Key, openvino.InferRequest] = OrderedDict()

    def __call__(
        self, image: Tensor, depth: Tensor, validity: Tensor, *, estimate: bool
    ) -> BridgeNetOutput:
        """See `BridgeNet.forward`; (1, C, H, W) on the CPU.

        The outputs are valid until the next call.
        """
        key = _Key(image.shape[2], image.shape[3], estimate)
        if min(key.height, key.width) < 2 * self.topology.multiple:
            # At the lowest resolution one pixel is left, and OpenVINO's pooling needs two.
            small: BridgeNetOutput = self._network(image, depth, validity, estimate=estimate)
            return small
        inputs = [t.contiguous().numpy() for t in (image, depth, validity)]
        results = self._request(key).infer(inputs, share_inputs=True, share_outputs=True)
        outputs = [torch.from_numpy(np.asarray(results[i])) for i in range(len(results))]
        return BridgeNetOutput(outputs[0], outputs[1] if estimate else None)

    def _request(self, key: _Key) -> openvino.InferRequest:
        if key not in self._requests:
            if len(self._requests) == CACHED_SIZES:
                self._requests.popitem(last=False)
            self._requests[key] = self._compile(key)
        self._requests.move_to_end(key)
        return self._requests[key]

    def _compile(self, key: _Key) -> openvino.InferRequest:
        if key.estimate not in self._models:
            self._models[key.estimate] = _convert(self._network, estimate=key.estimate)
        model = self._models[key.estimate].clone()
        # Fixed shapes: the plug-in then lays out memory once and fuses more.
        model.reshape({i: [1, c, key.height, key.width] for i, c in enumerate(_CHANNELS)})
        return self._core.compile_model(model, "CPU", self._options).create_infer_request()


class _Outputs(nn.Module):
    """The network with a fixed choice of outputs, as a tuple of tensors."""

    def __init__(self, network: BridgeNet, *, estimate: bool) -> None:
        super().__init__()
        self.network = network
        self.estimate = estimate

    def forward(self, image: Tensor, depth: Tensor, validity: Tensor) -> tuple[Tensor, ...]:
        output = self.network(image, depth, validity, estimate=self.estimate)
        return tuple(t for t in output if t is not None)


def _convert(network: BridgeNet, *, estimate: bool) -> openvino.Model:
    """An OpenVINO model of any height and width."""
    from openvino import PartialShape, Type
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    examples = tuple(torch.zeros(1, c, _TRACED_SIZE, _TRACED_SIZE) for c in _CHANNELS)
    with warnings.catch_warnings(), torch.no_grad():
        # The tracer warns of the comparison of two sizes, which comes out alike for every input.
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(
            _Outputs(network, estimate=estimate).eval(), examples, check_trace=False
        )
        decoder = TorchScriptPythonDecoder(torch.jit.freeze(traced))
    front_end = FrontEndManager().load_by_framework("pytorch")
    model = front_end.load(decoder)
    for place, channels in zip(model.get_inputs(), _CHANNELS, strict=True):
        model.set_element_type(place, Type.f32)
        model.set_partial_shape(place, PartialShape([1, channels, -1, -1]))
    return front_end.convert(model)
