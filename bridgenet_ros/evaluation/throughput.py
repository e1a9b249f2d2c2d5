"""Frames a second with every lane busy, against one after the other and the device's peak."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from bridgenet_ros.depth_units import MILLIMETRE, DepthUnits
from bridgenet_ros.engine.assemble import assemble
from bridgenet_ros.engine.backend import BackendOptions
from bridgenet_ros.engine.engine import DEFAULT_SLOTS, Ticket, TorchEngine
from bridgenet_ros.engine.streams import lanes_for
from bridgenet_ros.evaluation.timeline import COMPUTE, CudaClock, HostClock, Span, TimedLanes
from bridgenet_ros.evaluation.timeline import hidden_share as hidden
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import Topology, preset_topology

RANGE_M = 10.0
WARM_UP_FRAMES = 10
PEAK_SIZES = {"cuda": 8192, "cpu": 512}
"""Of the square matrices that are multiplied."""
_UNITS = DepthUnits(scale_m=MILLIMETRE, min_m=0.1, max_m=RANGE_M)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What to measure.

    Attributes:
        preset: its weights are random, on which speed does not depend.
        size: of colour (H, W).
        depth_scale: colour is this much larger than depth.
        estimate: also compute D_DE.
        precision: see `choose_precision`.
        graphs: replay captured graphs.
        frames: measured.
    """

    preset: str
    size: tuple[int, int] = (480, 640)
    depth_scale: int = 8
    estimate: bool = False
    precision: str = "auto"
    graphs: bool = True
    frames: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Throughput:
    """What was measured.

    Attributes:
        precision: that was chosen.
        gflop: of one frame, 2 for each multiplication and addition.
        compute_ms: median of the compute lane, one frame after the other.
        alone_ms: median of a frame from submit to collect, one after the other.
        pipelined_hz: with every slot in flight, copies included.
        hidden_share: see `timeline.hidden_share`, with every slot in flight.
        peak_share: of the device's measured peak, at ``pipelined_hz``.
    """

    preset: str
    graphs: bool
    precision: str
    width: int
    height: int
    estimate: bool
    gflop: float
    compute_ms: float
    alone_ms: float
    pipelined_hz: float
    hidden_share: float
    peak_share: float


def measure(
    case: Case, device: torch.device, peak: dict[str, float]
) -> tuple[Throughput, list[Span]]:
    """Measure one case.

    Args:
        case: what to measure.
        device: the CPU or one GPU.
        peak: operations a second by precision; what is missing is measured and added.

    Returns:
        The figures, and the timeline of the frames in flight together.

    Raises:
        ConfigError: the preset or the precision is unknown.
        EngineError: the device failed.
    """
    network = BridgeNet(preset_topology(case.preset)).eval()
    lanes = TimedLanes(lanes_for(device), CudaClock() if device.type == "cuda" else HostClock())
    options = BackendOptions(name="torch", precision=case.precision)
    made = assemble(network, device, RANGE_M, options, graphs=case.graphs, lanes=lanes)
    frames = _frames(case)
    for i in range(WARM_UP_FRAMES):
        made.engine.collect(_submit(made.engine, frames[i % len(frames)], case))
    lanes.take()
    alone_ms = _one_by_one(made.engine, frames, case)
    computed = [s.end_ms - s.start_ms for s in lanes.take() if s.lane == COMPUTE]
    seconds = _in_flight(made.engine, frames, case)
    spans = lanes.take()
    made.engine.close()
    if made.precision not in peak:
        peak[made.precision] = measured_peak(device, getattr(torch, made.precision))
    flop = count_flop(network.topology, case.size, estimate=case.estimate)
    hz = case.frames / seconds
    row = Throughput(
        preset=case.preset,
        graphs=case.graphs,
        precision=made.precision,
        width=case.size[1],
        height=case.size[0],
        estimate=case.estimate,
        gflop=round(flop / 1e9, 3),
        compute_ms=round(median(computed), 4),
        alone_ms=round(alone_ms, 4),
        pipelined_hz=round(hz, 2),
        hidden_share=round(hidden(spans), 4),
        peak_share=round(hz * flop / peak[made.precision], 5),
    )
    return row, spans


def count_flop(topology: Topology, size: tuple[int, int], *, estimate: bool) -> int:
    """Operations of one frame of (H, W), 2 for each multiplication and addition; runs nothing."""
    padded = [n + -n % topology.multiple for n in size]
    with torch.device("meta"):
        shadow = BridgeNet(topology).eval()
        inputs = [torch.empty(1, channels, *padded) for channels in (3, 1, 1)]
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        shadow(*inputs, estimate=estimate)
    return int(counter.get_total_flops())


def measured_peak(device: torch.device, dtype: torch.dtype, repeats: int = 10) -> float:
    """Operations a second of the best of ``repeats`` multiplications of large matrices."""
    n = PEAK_SIZES[device.type]
    a = torch.randn(n, n, device=device, dtype=dtype)
    best = 0.0
    for _ in range(repeats):
        _wait(device)
        started = perf_counter()
        a @ a
        _wait(device)
        best = max(best, 2 * n**3 / (perf_counter() - started))
    return best


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


_Frame = tuple[np.ndarray, np.ndarray]


def _frames(case: Case) -> list[_Frame]:
    rng = np.random.default_rng(0)
    height, width = case.size
    small = (max(height // case.depth_scale, 1), max(width // case.depth_scale, 1))
    return [
        (
            rng.integers(0, 256, (height, width, 3), dtype=np.uint8),
            rng.integers(500, 5000, small, dtype=np.uint16),
        )
        for _ in range(DEFAULT_SLOTS + 1)
    ]


def _submit(engine: TorchEngine, frame: _Frame, case: Case) -> Ticket:
    return engine.submit(*frame, estimate=case.estimate, fill_holes=True, units=_UNITS)


def _one_by_one(engine: TorchEngine, frames: list[_Frame], case: Case) -> float:
    """Median milliseconds of a frame."""
    return median(
        engine.collect(_submit(engine, frames[i % len(frames)], case)).elapsed_ms
        for i in range(case.frames)
    )


def _in_flight(engine: TorchEngine, frames: list[_Frame], case: Case) -> float:
    """Seconds for all frames with every slot in use."""
    tickets: deque[Ticket] = deque()
    started = perf_counter()
    for i in range(case.frames):
        if len(tickets) == DEFAULT_SLOTS:
            engine.collect(tickets.popleft())
        tickets.append(_submit(engine, frames[i % len(frames)], case))
    while tickets:
        engine.collect(tickets.popleft())
    return perf_counter() - started
