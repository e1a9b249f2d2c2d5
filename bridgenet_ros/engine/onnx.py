"""The network as an ONNX model, which most other runtimes read."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from bridgenet_ros.engine.optimise import optimise_for_inference
from bridgenet_ros.engine.traced import INPUTS, OUTPUTS, Outputs, examples, quiet_trace
from bridgenet_ros.network.bridgenet import BridgeNet

OPSET = 17
"""Read by onnxruntime 1.12, TensorRT 8.6, OpenVINO 2023 and whatever is newer."""


def to_onnx(
    network: BridgeNet,
    *,
    estimate: bool,
    size: tuple[int, int] | None = None,
    dtype: torch.dtype = torch.float32,
) -> bytes:
    """A checked model; inputs and outputs as in `traced`, float32 whatever lies between.

    The exporter is the one that traces: the other takes a hundred times as long for this network
    and gives the same one.

    Args:
        network: on the CPU; it stays as it is.
        estimate: with D_DE as second output.
        size: of the only input that the model takes (H, W), a multiple of the topology's; None: of
            any such size.
        dtype: of the weights and of what is computed with them.

    Raises:
        ModuleNotFoundError: onnx is not installed.
    """
    import onnx

    fused = Outputs(optimise_for_inference(network, dtype), estimate=estimate).eval()
    free = {name: {2: "height", 3: "width"} for name in INPUTS} if size is None else None
    with quiet_trace(), TemporaryDirectory() as folder:
        path = Path(folder, "network.onnx")
        torch.onnx.export(
            fused,
            examples() if size is None else examples(size),
            path,
            dynamo=False,
            opset_version=OPSET,
            input_names=list(INPUTS),
            output_names=list(OUTPUTS[: 1 + estimate]),
            dynamic_axes=free,
        )
        model = path.read_bytes()
    onnx.checker.check_model(onnx.load_from_string(model), full_check=True)
    return model
