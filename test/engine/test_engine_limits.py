"""Submit and collect: units, limits, lanes and failures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from engine_doubles import FakeLanes
from engine_runs import run, same, submit

from bridgenet_ros.depth_units import DepthUnits, to_metres
from bridgenet_ros.engine import engine as module
from bridgenet_ros.engine.engine import DEFAULT_SLOTS, TorchEngine
from bridgenet_ros.engine.graphs import CudaRecorder, GraphedProgram
from bridgenet_ros.engine.optimise import optimise_for_inference
from bridgenet_ros.engine.program import DepthProgram, ProgramOutput
from bridgenet_ros.errors import EngineError, FrameError
from bridgenet_ros.frame import FloatArray, UInt8Array
from bridgenet_ros.network.bridgenet import BridgeNet

Make = Callable[..., tuple[UInt8Array, FloatArray]]

UNITS = DepthUnits(scale_m=0.001, min_m=0.5, max_m=3.5)


class FailingNow(DepthProgram):
    """Fails as often as it is told to."""

    failures: list[Exception]

    def forward(self, *frame: torch.Tensor, **options: Any) -> ProgramOutput:
        if self.failures:
            raise self.failures.pop()
        return super().forward(*frame, **options)


@pytest.fixture
def failing(trained: BridgeNet) -> FailingNow:
    return FailingNow(trained, 10.0)


def test_a_failing_network_is_an_engine_error_and_frees_its_slot(
    failing: FailingNow, make_arrays: Make
) -> None:
    engine = TorchEngine(failing, torch.device("cpu"))
    failing.failures = [RuntimeError("out of memory"), MemoryError(), RuntimeError("again")] * 2
    for _ in range(2 * DEFAULT_SLOTS):
        with pytest.raises(EngineError, match=r"the network failed on cpu|cpu is out of memory"):
            submit(engine, make_arrays(0))
    assert run(engine, make_arrays(0)).sr_m.shape == (24, 32)


def test_a_mistake_in_the_call_frees_its_slot_too(failing: FailingNow, make_arrays: Make) -> None:
    engine = TorchEngine(failing, torch.device("cpu"))
    failing.failures = []
    rgb, depth_m = make_arrays(0)
    for _ in range(DEFAULT_SLOTS + 1):
        with pytest.raises(TypeError):
            submit(engine, (rgb.astype(np.float64), depth_m))
    assert run(engine, (rgb, depth_m)).sr_m.shape == (24, 32)


def test_units_give_the_bits_of_their_metres(engine: TorchEngine, make_arrays: Make) -> None:
    rgb, depth_m = make_arrays(0)
    units = np.round(depth_m * 1000).astype(np.uint16)  # beyond 3.5 m and in the hole: invalid
    metres = to_metres(units, scale_m=UNITS.scale_m, min_m=UNITS.min_m, max_m=UNITS.max_m)
    for _ in range(DEFAULT_SLOTS):  # eager, captured, replayed
        by_units = engine.submit(rgb, units, estimate=False, fill_holes=False, units=UNITS)
        by_metres = engine.submit(rgb, metres, estimate=False, fill_holes=False)
        first, second = engine.collect(by_units).sr_m, engine.collect(by_metres).sr_m
        assert same(first, second)
        assert np.isnan(first).any()


def test_uint16_beyond_int16_is_no_negative_depth(engine: TorchEngine, make_arrays: Make) -> None:
    rgb, _ = make_arrays(0)
    far = np.full((6, 8), 50_000, np.uint16)
    fine = DepthUnits(scale_m=0.0001, min_m=0.1, max_m=10.0)
    ticket = engine.submit(rgb, far, estimate=False, fill_holes=True, units=fine)
    assert abs(float(np.median(engine.collect(ticket).sr_m)) - 5.0) < 1.0


@pytest.mark.parametrize("units", [None, UNITS])
def test_depth_and_units_must_go_together(
    engine: TorchEngine, make_arrays: Make, units: DepthUnits | None
) -> None:
    rgb, depth_m = make_arrays(0)
    depth = depth_m if units else depth_m.astype(np.uint16)
    with pytest.raises(EngineError, match="expected uint16 with units or float32 metres without"):
        engine.submit(rgb, depth, estimate=False, fill_holes=True, units=units)


def test_colour_larger_than_memory_is_refused_with_the_limit(
    trained: BridgeNet, make_arrays: Make
) -> None:
    engine = TorchEngine(DepthProgram(trained, 10.0), torch.device("cpu"), max_pixels=24 * 32)
    assert run(engine, make_arrays(0)).sr_m.shape == (24, 32)
    with pytest.raises(FrameError, match=r"colour 32x25 needs more memory than cpu has; expected"):
        submit(engine, make_arrays(0, (25, 32)))
    assert run(engine, make_arrays(0)).sr_m.shape == (24, 32)


def test_sizes_that_always_change_leave_no_buffers_behind(
    engine: TorchEngine, make_arrays: Make
) -> None:
    for width in range(8, 48):
        run(engine, make_arrays(0, (8, width), (2, 2)))
    kept = [slot.shapes.color[1] for slot in engine._ring._free if slot is not None]
    assert kept == [45, 46, 47]


def on_lanes(lanes: FakeLanes, trained: BridgeNet) -> TorchEngine:
    return TorchEngine(DepthProgram(trained, 10.0), torch.device("cpu"), lanes=lanes)


def test_submit_issues_lane_after_lane_and_waits_for_none(
    trained: BridgeNet, make_arrays: Make
) -> None:
    lanes = FakeLanes()
    engine = on_lanes(lanes, trained)
    tickets = [submit(engine, make_arrays(seed)) for seed in range(DEFAULT_SLOTS)]
    assert lanes.events == ["in", "compute", "out"] * DEFAULT_SLOTS
    for ticket in tickets:
        engine.collect(ticket)
    assert lanes.events[3 * DEFAULT_SLOTS :] == ["wait"] * DEFAULT_SLOTS


@pytest.mark.parametrize("lane", ["in", "compute", "out", "wait"])
def test_a_device_that_fails_anywhere_is_an_engine_error_of_the_device(
    trained: BridgeNet, make_arrays: Make, lane: str
) -> None:
    lanes = FakeLanes()
    engine = on_lanes(lanes, trained)
    lanes.fails_at = lane
    for _ in range(2 * DEFAULT_SLOTS):  # each frame gives its slot back
        with pytest.raises(EngineError, match="failed on cpu: CUDA error: the launch") as caught:
            run(engine, make_arrays(0))
        assert caught.value.reason == "device"
    lanes.fails_at = ""
    assert run(engine, make_arrays(0)).sr_m.shape == (24, 32)


def test_a_device_that_is_gone_can_still_be_closed(trained: BridgeNet, make_arrays: Make) -> None:
    lanes = FakeLanes()
    engine = on_lanes(lanes, trained)
    submit(engine, make_arrays(0))
    lanes.fails_at = "synchronize"
    engine.close()
    assert lanes.events[-1] == "free"


def test_out_of_memory_gives_back_what_it_can(trained: BridgeNet, make_arrays: Make) -> None:
    failing, lanes = FailingNow(trained, 10.0), FakeLanes()
    failing.failures = [torch.OutOfMemoryError("CUDA out of memory")]
    engine = TorchEngine(failing, torch.device("cpu"), lanes=lanes)
    with pytest.raises(EngineError, match="cpu is out of memory") as caught:
        run(engine, make_arrays(0))
    assert caught.value.reason == "memory"
    assert lanes.events == ["in", "compute", "free"]


@pytest.mark.gpu
def test_a_gpu_that_shares_memory_reads_frames_in_place(
    trained: BridgeNet, make_arrays: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = torch.device("cuda")
    program = DepthProgram(optimise_for_inference(trained).to(device), 10.0)
    copying = TorchEngine(program, device)
    monkeypatch.setattr(module, "is_integrated", lambda _: True)
    mapped = TorchEngine(GraphedProgram(program, CudaRecorder()), device)
    for seed in range(2 * DEFAULT_SLOTS):
        expected = run(copying, make_arrays(seed))
        assert same(run(mapped, make_arrays(seed)).sr_m, expected.sr_m)


@pytest.mark.gpu
def test_submit_hides_no_wait(trained: BridgeNet, make_arrays: Make) -> None:
    device = torch.device("cuda")
    program = DepthProgram(optimise_for_inference(trained, torch.float16).to(device), 10.0)
    engine = TorchEngine(GraphedProgram(program, CudaRecorder()), device)
    for seed in range(2 * DEFAULT_SLOTS):  # buffers, kernels and the graph are there afterwards
        run(engine, make_arrays(seed), estimate=True)
    torch.cuda.set_sync_debug_mode("error")
    try:
        tickets = [submit(engine, make_arrays(s), estimate=True) for s in range(DEFAULT_SLOTS)]
    finally:
        torch.cuda.set_sync_debug_mode("default")
    for ticket in tickets:
        assert np.isfinite(engine.collect(ticket).sr_m).all()


@pytest.mark.gpu
def test_sizes_that_always_change_leak_no_device_memory(
    trained: BridgeNet, make_arrays: Make
) -> None:
    device = torch.device("cuda")
    program = DepthProgram(optimise_for_inference(trained).to(device), 10.0)
    engine = TorchEngine(GraphedProgram(program, CudaRecorder()), device)
    largest = make_arrays(0, (256, 256))
    for _ in range(3):
        run(engine, largest)
    before = torch.cuda.memory_allocated(device)
    for width in range(64, 256, 4):
        run(engine, make_arrays(0, (128, width)))
    assert torch.cuda.memory_allocated(device) <= before
    engine.close()


@pytest.mark.gpu
def test_running_out_of_device_memory_is_told_and_survived(
    trained: BridgeNet, make_arrays: Make
) -> None:
    device = torch.device("cuda")
    engine = TorchEngine(DepthProgram(trained.to(device), 10.0), device)
    expected = run(engine, make_arrays(0))
    torch.cuda.set_per_process_memory_fraction(1e-6, device)
    try:
        with pytest.raises(EngineError) as caught:
            run(engine, make_arrays(0, (2048, 2048)))
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, device)
    assert caught.value.reason == "memory"
    assert same(run(engine, make_arrays(0)).sr_m, expected.sr_m)
