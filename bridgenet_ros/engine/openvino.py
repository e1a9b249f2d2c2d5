"""BridgeNet on OpenVINO: the same results as torch on a CPU, in less than half the time.

The network is traced once and kept as an OpenVINO model. That is compiled for each input size, and
kept in this form too: read back, it gives the same bits in less than half the time. The conversion
goes through OpenVINO's front end directly, because its convenience function reports usage over the
network.
"""

from __future__ import annotations

import gc
import io
import logging
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from bridgenet_ros.engine.artefacts import Artefacts
from bridgenet_ros.engine.lru import Lru
from bridgenet_ros.engine.openvino_int8 import add_rounding, never_run, without_rounding
from bridgenet_ros.engine.optimise import optimise_for_inference
from bridgenet_ros.engine.traced import INPUTS, Outputs, examples, quiet_trace
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.network.bridgenet import BridgeNet, BridgeNetOutput

if TYPE_CHECKING:
    import openvino

_LOG = logging.getLogger(__name__)

CACHED_SIZES = 4
"""Compiled models kept: a stream that changes its size and comes back compiles once a size. As many
are kept on disk: sizes that never repeat push nothing else out of there."""
IMAGE_LAYOUT = "NHWC"
"""Colour enters as it leaves the camera, the channels of a pixel side by side: to turn it into
planes beforehand costs a millisecond at 640x480, and what OpenVINO makes of it costs nothing."""
_HINTS = {
    torch.float32: "f32",
    torch.float16: "f16",
    torch.bfloat16: "bf16",
    torch.int8: "f32",  # what is not rounded in the model stays float32
}
_CAPABILITIES = {
    torch.float32: "FP32",
    torch.float16: "FP16",
    torch.bfloat16: "BF16",
    torch.int8: "INT8",
}


class _Key(NamedTuple):
    height: int
    width: int
    estimate: bool


class OpenVinoNetwork:
    """Called as `BridgeNet.forward` with one image; compiles on the first call of each size.

    One thread at a time, as its engine.

    Args:
        network: runs images that are too small for OpenVINO.
        model: of `to_ir`, with or without D_DE; asked for at its first use.
        artefacts: where compiled models are kept.
        key: what a compiled model depends on besides OpenVINO, the CPU, its options and its size.
        threads: CPU threads; 0 takes one a core.
        dtype: what the CPU computes in.

    Raises:
        ConfigError: this CPU does not compute in ``dtype``.
    """

    def __init__(
        self,
        network: BridgeNet,
        model: Callable[[bool], bytes],
        artefacts: Artefacts,
        key: Mapping[str, str],
        threads: int,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        import openvino

        self.topology = network.topology
        self._network = network.eval()
        self._model = model
        self._core = _core()
        capabilities = _cpu_capabilities()
        _check_capability(capabilities, dtype)
        self._options = {
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": "1",
            # Tied to cores, two processes of one thread each would share the first core, and a
            # network would wait for whatever else runs on the cores that it is tied to.
            "ENABLE_CPU_PINNING": "NO",
            # CPUs with bfloat16 would otherwise round the depth to millimetres unasked.
            "INFERENCE_PRECISION_HINT": _HINTS[dtype],
        }
        if threads:
            self._options["INFERENCE_NUM_THREADS"] = str(threads)
        self._artefacts = artefacts
        self._key = {
            **key,
            "compiled": openvino.__version__,
            "image": IMAGE_LAYOUT,
            "cpu": self._core.get_property("CPU", "FULL_DEVICE_NAME"),
            "capabilities": " ".join([torch.backends.cpu.get_cpu_capability(), *capabilities]),
            **self._options,
        }
        self._kept = 0
        self._models: dict[bool, openvino.Model] = {}
        self._requests: Lru[_Key, openvino.InferRequest] = Lru(CACHED_SIZES)

    def __call__(
        self, image: Tensor, depth: Tensor, validity: Tensor, *, estimate: bool
    ) -> BridgeNetOutput:
        """See `BridgeNet.forward`; (1, C, H, W) on the CPU, channels_last without a copy.

        The outputs are valid until the next call.
        """
        key = _Key(image.shape[2], image.shape[3], estimate)
        if min(key.height, key.width) < 2 * self.topology.multiple:
            # At the lowest resolution one pixel is left, and OpenVINO's pooling needs two.
            small: BridgeNetOutput = self._network(image, depth, validity, estimate=estimate)
            return small
        tensors = (image.permute(0, 2, 3, 1), depth, validity)
        inputs = [t.contiguous().numpy() for t in tensors]
        results = self._request(key).infer(inputs, share_inputs=True, share_outputs=True)
        outputs = [torch.from_numpy(np.asarray(results[i])) for i in range(len(results))]
        return BridgeNetOutput(outputs[0], outputs[1] if estimate else None)

    def _request(self, key: _Key) -> openvino.InferRequest:
        request = self._requests.get(key)
        if request is None:
            compiled = self._read(key)
            if compiled is None:
                compiled = self._compile(key)
                self._keep(key, compiled)
            request = compiled.create_infer_request()
            self._requests.put(key, request)
        return request

    def _read(self, key: _Key) -> openvino.CompiledModel | None:
        payload = self._artefacts.find(self._description(key))
        if payload is None:
            return None
        try:
            return self._core.import_model(payload, "CPU", self._options)
        except RuntimeError as error:
            _LOG.warning(
                "the model for %dx%d on disk is of no use here and is compiled again: %s",
                *(key.width, key.height, _one_line(error)),
            )
            self._artefacts.drop(self._description(key))
            return None

    def _compile(self, key: _Key) -> openvino.CompiledModel:
        if key.estimate not in self._models:
            xml, weights = _unpacked(self._model(key.estimate))
            self._models[key.estimate] = self._core.read_model(model=xml, weights=weights)
        model = self._models[key.estimate].clone()
        # Fixed shapes: the plug-in then lays out memory once and fuses more.
        fix_size(model, (key.height, key.width))
        model = _with_image_layout(model)
        return self._core.compile_model(model, "CPU", self._options)

    def _keep(self, key: _Key, compiled: openvino.CompiledModel) -> None:
        if self._kept == CACHED_SIZES:
            return
        self._kept += 1
        stream = io.BytesIO()
        try:
            compiled.export_model(stream)
        except RuntimeError as error:
            _LOG.warning(
                "the model for %dx%d is not kept for the next start: %s",
                *(key.width, key.height, _one_line(error)),
            )
            return
        self._artefacts.keep(self._description(key), stream.getvalue())

    def _description(self, key: _Key) -> dict[str, str]:
        return {**self._key, **{name: str(value) for name, value in key._asdict().items()}}


@cache
def _core() -> openvino.Core:
    """OpenVINO itself; it stays for the life of the process.

    Its CPU plug-in gives the thread that loads it a stack for signals, and takes that back from
    the thread that frees it. Were these two, the next signal to the first would end the process:
    Python handles every signal on such a stack.
    """
    # Imported here, because this back end is optional.
    import openvino

    return openvino.Core()


def _one_line(error: RuntimeError) -> str:
    return " ".join(str(error).split())


def to_openvino(network: BridgeNet, *, estimate: bool) -> openvino.Model:
    """An OpenVINO model of any height and width; inputs and outputs as in `traced`."""
    from openvino import PartialShape, Type
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    optimised = optimise_for_inference(network)
    plain = without_rounding(optimised)
    with quiet_trace():
        traced = torch.jit.trace(
            Outputs(plain, estimate=estimate).eval(), examples(), check_trace=False
        )
        decoder = TorchScriptPythonDecoder(torch.jit.freeze(traced))
    front_end = FrontEndManager().load_by_framework("pytorch")
    model = front_end.load(decoder)
    for place, channels in zip(model.get_inputs(), INPUTS.values(), strict=True):
        model.set_element_type(place, Type.f32)
        model.set_partial_shape(place, PartialShape([1, channels, -1, -1]))
    converted = front_end.convert(model)
    add_rounding(converted, optimised, left_out=never_run(optimised, estimate=estimate))
    return converted


def to_ir(network: BridgeNet, *, estimate: bool) -> bytes:
    """The model of `to_openvino` in OpenVINO's file format: the XML's length, the XML, the weights.

    torch never frees what it has traced, weights among it; so this is not for every start.
    """
    import openvino

    with TemporaryDirectory() as folder:
        xml, weights = Path(folder, "network.xml"), Path(folder, "network.bin")
        openvino.serialize(to_openvino(network, estimate=estimate), xml, weights)
        text = xml.read_bytes()
        packed = b"%d\n" % len(text) + text + weights.read_bytes()
    gc.collect()  # the front end leaves cycles that hold a second copy of the weights
    return packed


def _unpacked(packed: bytes) -> tuple[bytes, bytes]:
    length, _, rest = packed.partition(b"\n")
    return rest[: int(length)], rest[int(length) :]


def fix_size(model: openvino.Model, size: tuple[int, int]) -> None:
    """Leave the model one input size (H, W)."""
    model.reshape({i: [1, c, *size] for i, c in enumerate(INPUTS.values())})


def _with_image_layout(model: openvino.Model) -> openvino.Model:
    from openvino import Layout
    from openvino.preprocess import PrePostProcessor

    preprocessor = PrePostProcessor(model)
    image = preprocessor.input(0)
    image.tensor().set_layout(Layout(IMAGE_LAYOUT))
    image.model().set_layout(Layout("NCHW"))
    return preprocessor.build()


def cpu_has(dtype: torch.dtype) -> bool:
    """Whether this CPU has instructions for ``dtype``; OpenVINO must be installed."""
    return _CAPABILITIES[dtype] in _cpu_capabilities()


def _cpu_capabilities() -> list[str]:
    return list(_core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"))


def _check_capability(capabilities: list[str], dtype: torch.dtype) -> None:
    if _CAPABILITIES[dtype] not in capabilities:
        name = str(dtype).removeprefix("torch.")
        raise ConfigError(
            f"model.precision is {name!r}, and this CPU has no instructions for it; "
            "expected auto or float32"
        )
