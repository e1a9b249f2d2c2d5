"""What `make bench` measures: the tables of docs/performance.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

Choice = tuple[str, str, str, str, str, str, bool]
"""What, preset, back end, precision, device, size, estimate."""

VGA, HD = "640x480", "1280x720"
CPU_BACKENDS = ("openvino", "onnxruntime", "torch")
"""The fastest first; each where it is installed."""


def everything(kinds: Sequence[str]) -> Iterator[Choice]:
    """D_SR of each preset with each back end, the methods, and pipeline and node by default.

    The estimate and the larger image only with the reference and the fastest back end.

    Args:
        kinds: of network, pipeline and node those that can run here.
    """
    from bridgenet_ros.demo.measure import METHODS

    presets, int8 = _presets()
    runs = _runs()
    for preset, (device, backend) in product(presets, runs):
        yield from _network(preset, backend, device, VGA, False, int8=preset in int8)
    for method in METHODS:
        yield "network", method, "auto", "auto", "cpu", VGA, False
    fastest = {device: backend for device, backend in reversed(runs) if backend != "eager"}
    for preset, (device, best) in product(presets, fastest.items()):
        for backend, (size, estimate) in product(("eager", best), ((VGA, True), (HD, False))):
            yield from _network(preset, backend, device, size, estimate, int8=preset in int8)
    for what, preset in product([k for k in kinds if k != "network"], presets):
        for size in (VGA, HD) if what == "pipeline" else (VGA,):
            yield what, preset, "auto", "auto", "auto", size, False
            if preset in int8:
                yield what, preset, "auto", "int8", "cpu", size, False


def _presets() -> tuple[list[str], list[str]]:
    """The packaged presets, the largest first, and those with weights for int8."""
    from bridgenet_ros.config import INT8, ModelConfig
    from bridgenet_ros.engine.libraries import is_installed
    from bridgenet_ros.preset_choice import shipped_presets

    int8 = shipped_presets(ModelConfig(precision=INT8)) if is_installed("openvino") else []
    return shipped_presets(), int8


def _runs() -> list[tuple[str, str]]:
    """Device and back end; of each device the fastest comes first, after eager."""
    import torch

    from bridgenet_ros.engine.libraries import is_installed

    found = [b for b in CPU_BACKENDS if b == "torch" or is_installed(b)]
    runs = [("cpu", backend) for backend in ("eager", *found)]
    if torch.cuda.is_available():
        runs += [("cuda", "eager"), ("cuda", "torch")]
    return runs


def _network(
    preset: str, backend: str, device: str, size: str, estimate: bool, *, int8: bool
) -> Iterator[Choice]:
    """In the precisions that are worth a row: those of OpenVINO on a CPU differ."""
    yield "network", preset, backend, "auto", device, size, estimate
    if backend == "openvino" and int8:
        yield "network", preset, backend, "int8", device, size, estimate
    if backend == "openvino" and cpu_has_bfloat16():
        yield "network", preset, backend, "bfloat16", device, size, estimate


def cpu_has_bfloat16() -> bool:
    """Whether the processor computes in it; elsewhere OpenVINO would widen it."""
    import torch

    from bridgenet_ros.engine.openvino import cpu_has

    return cpu_has(torch.bfloat16)
