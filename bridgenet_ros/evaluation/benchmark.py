"""Times networks, pipelines and classical methods on given frames, with the error beside the time.

A node is timed in `demo.benchmark`, because that takes the demo's processes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from math import isfinite
from time import perf_counter, process_time
from typing import NamedTuple

import numpy as np
import torch

from bridgenet_ros.config import INT8
from bridgenet_ros.cores import usable_cores
from bridgenet_ros.engine.backend import eager_backend
from bridgenet_ros.engine.engine import Engine, TorchEngine
from bridgenet_ros.engine.program import DepthProgram
from bridgenet_ros.engine_build import BuiltEngine
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.evaluation.baselines import Method
from bridgenet_ros.evaluation.ledger import (
    NETWORK,
    PIPELINE,
    Row,
    commit,
    device_text,
    versions,
)
from bridgenet_ros.evaluation.process_load import forget_peak, load_of
from bridgenet_ros.evaluation.throughput import count_flop, measured_peak
from bridgenet_ros.frame import FloatArray, RgbdFrame
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import PRESETS, preset_topology
from bridgenet_ros.network.weights import WeightsCard
from bridgenet_ros.pipeline import Pipeline

EAGER = "eager"
"""The network as torch runs it unchanged: what every back end is compared with."""
WARM_UP_FRAMES = 5
WARM_UP_S = 2.0
"""Enough for what takes long: such a network needs no five frames to be warm."""


class Case(NamedTuple):
    """A frame and its true depth."""

    frame: RgbdFrame
    """Depth in float32 metres, 0 where invalid."""
    truth_m: FloatArray
    """(H, W) metres."""
    bicubic_m: FloatArray
    """The baseline, (H, W) metres, NaN where invalid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much to measure.

    Attributes:
        repeats: rounds through the cases, at most.
        limit_s: no round starts after this time.
        estimate: also compute D_DE.
        threads: as configured, for the row.
    """

    repeats: int
    limit_s: float = float("inf")
    estimate: bool = False
    threads: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is measured, in the words of a `Row`."""

    what: str
    preset: str
    trained: bool | None
    backend: str
    precision: str
    device: str
    """As torch names it."""


def time_pipeline(pipeline: Pipeline, cases: Sequence[Case], effort: Effort) -> Row:
    """Run frames through a pipeline, one after the other.

    Raises:
        ConfigError: no cases or no repeats.
        EngineError: the network failed.
    """
    subject = Subject(
        what=PIPELINE,
        preset=pipeline.card.preset,
        trained=pipeline.card.trained,
        backend=pipeline.backend,
        precision=pipeline.precision,
        device=pipeline.device_name,
    )

    def run(case: Case) -> FloatArray:
        return pipeline.process(case.frame, estimate=effort.estimate).sr_m

    return _measure(subject, run, cases, effort)


def time_network(built: BuiltEngine, cases: Sequence[Case], effort: Effort) -> Row:
    """Run frames through an engine, one after the other; the guard of a pipeline is left out.

    Raises:
        ConfigError: no cases or no repeats.
        EngineError: the network failed.
    """
    subject = Subject(
        what=NETWORK,
        preset=built.card.preset,
        trained=built.card.trained,
        backend=built.backend,
        precision=built.precision,
        device=built.engine.device_name,
    )

    def run(case: Case) -> FloatArray:
        ticket = built.engine.submit(
            case.frame.rgb, case.frame.depth, estimate=effort.estimate, fill_holes=False
        )
        return built.engine.collect(ticket).sr_m

    return _measure(subject, run, cases, effort)


def time_method(name: str, method: Method, cases: Sequence[Case], effort: Effort) -> Row:
    """Run a classical method of `baselines` on the frames.

    Raises:
        ConfigError: no cases or no repeats.
    """
    subject = Subject(
        what=NETWORK,
        preset=name,
        trained=None,
        backend="classical",
        precision="float32",
        device="cpu",
    )
    return _measure(subject, lambda c: method(c.frame.rgb, _metres(c.frame)), cases, effort)


def build_eager(
    network: BridgeNet, card: WeightsCard, device: torch.device, threads: int
) -> BuiltEngine:
    """An engine that runs the network as it is, nothing folded, fused, laid out anew or captured.

    Args:
        network: on the CPU; it may be moved to the device.
        card: of its weights.
        device: the CPU or one GPU.
        threads: CPU threads; 0: what torch takes by itself.

    Raises:
        ConfigError: the network has no DSRNet.
    """
    backend = eager_backend(network, device, threads)
    program = DepthProgram(backend.network, card.value_range_m, backend.memory_format).eval()
    engine: Engine = TorchEngine(program, device)
    return BuiltEngine(engine=engine, card=card, backend=EAGER, precision="float32")


def _metres(frame: RgbdFrame) -> FloatArray:
    return np.asarray(frame.depth, np.float32)


@dataclass(slots=True)
class _Pooled:
    """Squared errors over all pixels of all frames."""

    squares: float = 0.0
    pixels: int = 0

    def add(self, found_m: FloatArray, truth_m: FloatArray) -> None:
        """Two lists of depths in metres."""
        error = found_m.astype(np.float64) - truth_m
        self.squares += float((error**2).sum())
        self.pixels += error.size

    @property
    def rmse_cm(self) -> float | None:
        """None without a pixel."""
        return round((self.squares / self.pixels) ** 0.5 * 100, 3) if self.pixels else None


@dataclass(slots=True)
class _Measured:
    times_ms: list[float] = field(default_factory=list)
    cpu_s: float = 0.0
    errors: _Pooled = field(default_factory=_Pooled)
    baseline: _Pooled = field(default_factory=_Pooled)


def _measure(
    subject: Subject,
    run: Callable[[Case], FloatArray],
    cases: Sequence[Case],
    effort: Effort,
) -> Row:
    if not cases or effort.repeats < 1:
        raise ConfigError(
            f"{len(cases)} frames, {effort.repeats} repeats; expected at least one each"
        )
    forget_peak()
    _warm_up(run, cases[0])
    found = _rounds(run, cases, effort)
    height, width = cases[0].frame.rgb.shape[:2]
    median_ms = float(np.median(found.times_ms))
    return Row(
        date=date.today().isoformat(),  # noqa: DTZ011 - the ledger's day is the measurer's
        commit=commit(),
        what=subject.what,
        preset=subject.preset,
        trained=subject.trained,
        backend=subject.backend,
        precision=subject.precision,
        width=width,
        height=height,
        estimate=effort.estimate,
        device=device_text(subject.device),
        cores=usable_cores(),
        threads=effort.threads,
        median_ms=round(median_ms, 2),
        p99_ms=round(float(np.percentile(found.times_ms, 99)), 2),
        hz=round(1e3 / float(np.mean(found.times_ms)), 2),
        frames_in=len(found.times_ms),
        frames_out=len(found.times_ms),
        drops=0,
        rss_mb=rounded(load_of(os.getpid()).peak_mb),
        cpu_percent=rounded(found.cpu_s / sum(found.times_ms) * 1e5),
        peak_share=_peak_share(subject, (height, width), median_ms, effort),
        rmse_cm=found.errors.rmse_cm,
        rmse_bicubic_cm=found.baseline.rmse_cm,
        versions=versions(),
    )


def _warm_up(run: Callable[[Case], FloatArray], case: Case) -> None:
    started = perf_counter()
    for number in range(WARM_UP_FRAMES):
        run(case)
        if number and perf_counter() - started > WARM_UP_S:  # the first may only have compiled
            return


def _rounds(run: Callable[[Case], FloatArray], cases: Sequence[Case], effort: Effort) -> _Measured:
    """Whole rounds, so that the errors of every row are over the same pixels."""
    found = _Measured()
    began = perf_counter()
    for _ in range(effort.repeats):
        for case in cases:
            started, cpu_s = perf_counter(), process_time()
            sr_m = run(case)
            found.cpu_s += process_time() - cpu_s
            found.times_ms.append((perf_counter() - started) * 1e3)
            valid = np.isfinite(sr_m) & np.isfinite(case.bicubic_m)
            found.errors.add(sr_m[valid], case.truth_m[valid])
            found.baseline.add(case.bicubic_m[valid], case.truth_m[valid])
        if perf_counter() - began > effort.limit_s:
            break
    return found


def rounded(value: float, digits: int = 1) -> float | None:
    """For a row; None in place of NaN, which JSON does not have."""
    return round(value, digits) if isfinite(value) else None


def _peak_share(
    subject: Subject, size: tuple[int, int], median_ms: float, effort: Effort
) -> float | None:
    """Of the largest matrix product's operations a second.

    None where there is no network, and for int8, whose products torch does not measure.
    """
    if subject.what != NETWORK or subject.preset not in PRESETS or subject.precision == INT8:
        return None
    flop = count_flop(preset_topology(subject.preset), size, estimate=effort.estimate)
    peak = _peak(subject.device, subject.precision, effort.threads or usable_cores())
    return round(flop / (median_ms / 1e3) / peak, 4)


@lru_cache
def _peak(device: str, precision: str, threads: int) -> float:
    """Operations a second, measured once with as many threads as the network has."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        return measured_peak(torch.device(device), getattr(torch, precision))
    finally:
        torch.set_num_threads(before)
