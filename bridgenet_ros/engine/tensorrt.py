"""BridgeNet on TensorRT: an engine for each input size, built in the background and kept on disk.

The ONNX model carries its types (half-precision weights between float32 inputs and outputs), so the
network is built strongly typed, which TensorRT 10 asks for by a flag and TensorRT 11 always does.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from bridgenet_ros.engine.artefacts import Artefacts
from bridgenet_ros.engine.background import BackgroundBuilds
from bridgenet_ros.engine.traced import INPUTS, OUTPUTS
from bridgenet_ros.errors import EngineError
from bridgenet_ros.network.bridgenet import BridgeNetOutput
from bridgenet_ros.network.topology import Topology

_LOG = logging.getLogger(__name__)


class PlanKey(NamedTuple):
    """What one engine is built for."""

    height: int
    width: int
    estimate: bool


class TensorRtNetwork:
    """Called as `BridgeNet.forward`, for the sizes that `ready` has confirmed.

    Args:
        topology: of the network.
        device: one GPU.
        model: the ONNX model of a fixed size.
        artefacts: where engines are kept.
        key: what an engine depends on besides its `PlanKey`; the GPU and TensorRT are added here.
    """

    def __init__(
        self,
        topology: Topology,
        device: torch.device,
        model: Callable[[PlanKey], bytes],
        artefacts: Artefacts,
        key: Mapping[str, str],
    ) -> None:
        self.topology = topology
        # Not a method of this object: a cycle would keep the engines' memory after the last user.
        self.builds = BackgroundBuilds(_EngineMaker(device, model, artefacts, key))

    def ready(self, size: tuple[int, int], estimate: bool) -> bool:
        """Whether an engine for colour of (H, W) is there; where not, one may be started."""
        return self.builds.get(self._plan_key(size, estimate)) is not None

    def __call__(
        self, image: Tensor, depth: Tensor, validity: Tensor, *, estimate: bool
    ) -> BridgeNetOutput:
        """See `BridgeNet.forward`; (1, C, H, W) on the device, in the current stream.

        Raises:
            EngineError: there is no engine for this size, or TensorRT refuses to run it.
        """
        height, width = int(image.shape[2]), int(image.shape[3])
        context = self.builds.get(PlanKey(height, width, estimate))
        if context is None:
            raise EngineError(f"no TensorRT engine is ready for {width}x{height}")
        inputs = [t.contiguous() for t in (image, depth, validity)]
        names = OUTPUTS[: 1 + estimate]
        outputs = [torch.empty_like(inputs[1]) for _ in names]
        for name, tensor in zip((*INPUTS, *names), (*inputs, *outputs), strict=True):
            context.set_tensor_address(name, tensor.data_ptr())
        if not context.execute_async_v3(torch.cuda.current_stream().cuda_stream):
            raise EngineError("TensorRT did not start its engine", "device")
        return BridgeNetOutput(outputs[0], outputs[1] if estimate else None)

    def _plan_key(self, size: tuple[int, int], estimate: bool) -> PlanKey:
        multiple = self.topology.multiple
        height, width = (n + -n % multiple for n in size)
        return PlanKey(height, width, estimate)


@dataclass(frozen=True, slots=True, eq=False)
class _EngineMaker:
    """See `TensorRtNetwork` for the fields."""

    device: torch.device
    model: Callable[[PlanKey], bytes]
    artefacts: Artefacts
    key: Mapping[str, str]

    def __call__(self, key: PlanKey) -> Any:  # noqa: ANN401 - TensorRT has no types
        """An execution context, from the plan on disk where that is intact."""
        import tensorrt

        label = f"TensorRT engine for {key.width}x{key.height}"
        description = {
            **self.key,
            "tensorrt": str(tensorrt.__version__),
            "gpu": torch.cuda.get_device_name(self.device),
            **{name: str(value) for name, value in key._asdict().items()},
        }
        with torch.cuda.device(self.device):
            runtime = tensorrt.Runtime(tensorrt.Logger(tensorrt.Logger.WARNING))
            for _ in range(2):
                plan = self.artefacts.get(
                    description, lambda: build_plan(self.model(key), label, _LOG.info)
                )
                engine = runtime.deserialize_cuda_engine(plan)
                if engine is not None:
                    return engine.create_execution_context()
                _LOG.warning("%s on disk is of no use here and is built again", label)
                self.artefacts.drop(description)
        raise EngineError(f"{label} cannot be read back", "device")


def build_plan(model: bytes, label: str, report: Callable[[str], None]) -> bytes:
    """A serialised engine of an ONNX model; takes minutes.

    Args:
        model: of a fixed size.
        label: what messages call it.
        report: told the progress.

    Raises:
        EngineError: TensorRT cannot read the model or build an engine of it.
    """
    import tensorrt

    logger = tensorrt.Logger(tensorrt.Logger.WARNING)
    builder = tensorrt.Builder(logger)
    strongly_typed = 1 << int(tensorrt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)
    network = builder.create_network(strongly_typed)
    parser = tensorrt.OnnxParser(network, logger)
    if not parser.parse(model):
        problems = "; ".join(str(parser.get_error(i)) for i in range(parser.num_errors))
        raise EngineError(f"{label}: TensorRT cannot read the ONNX model: {problems}", "device")
    config = builder.create_builder_config()
    config.progress_monitor = monitor = _progress_monitor(label, report)
    report(f"building {label}; this takes minutes, once")
    plan = builder.build_serialized_network(network, config)
    del monitor  # TensorRT calls it until here
    if plan is None:
        raise EngineError(f"{label}: TensorRT built nothing; its log says why", "device")
    report(f"{label} is built")
    return bytes(plan)


def _progress_monitor(label: str, report: Callable[[str], None]) -> Any:  # noqa: ANN401
    import tensorrt

    class Progress(tensorrt.IProgressMonitor):  # type: ignore[misc]
        """Reports the quarters of each outermost phase."""

        def __init__(self) -> None:
            super().__init__()
            self._steps: dict[str, int] = {}

        def phase_start(self, phase_name: str, parent_phase: str | None, num_steps: int) -> None:
            if parent_phase is None:
                self._steps[phase_name] = num_steps

        def step_complete(self, phase_name: str, step: int) -> bool:
            steps = self._steps.get(phase_name, 0)
            if steps >= 4 and step % (steps // 4) == 0:
                report(f"{label}: {phase_name} {100 * step // steps} %")
            return True

        def phase_finish(self, phase_name: str) -> None:
            self._steps.pop(phase_name, None)

    return Progress()
