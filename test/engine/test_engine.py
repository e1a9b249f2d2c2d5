"""Submit and collect: order, ownership, limits, and the answer itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from engine_doubles import FakeLanes, FakeRecorder

from bridgenet_ros.depth_units import DepthUnits, to_metres
from bridgenet_ros.engine import engine as module
from bridgenet_ros.engine.engine import DEFAULT_SLOTS, EngineOutput, Ticket, TorchEngine
from bridgenet_ros.engine.graphs import CudaRecorder, GraphedProgram
from bridgenet_ros.engine.optimise import optimise_for_inference
from bridgenet_ros.engine.program import DepthProgram, Program, ProgramOutput
from bridgenet_ros.errors import EngineError, FrameError
from bridgenet_ros.frame import FloatArray, UInt8Array
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import PRESETS, Guidance

Make = Callable[..., tuple[UInt8Array, FloatArray]]


UNITS = DepthUnits(scale_m=0.001, min_m=0.5, max_m=3.5)


@pytest.fixture(params=["eager", "graphed"])
def engine(
    request: pytest.FixtureRequest, trained: BridgeNet, device: torch.device
) -> Iterator[TorchEngine]:
    program: Program = DepthProgram(optimise_for_inference(trained), 10.0).to(device)
    if request.param == "graphed":
        program = GraphedProgram(
            program, CudaRecorder() if device.type == "cuda" else FakeRecorder()
        )
    engine = TorchEngine(program, device)
    yield engine
    engine.close()


def submit(
    engine: TorchEngine, arrays: tuple[UInt8Array, FloatArray], *, estimate: bool = False
) -> Ticket:
    return engine.submit(*arrays, estimate=estimate, fill_holes=True)


def run(
    engine: TorchEngine, arrays: tuple[UInt8Array, FloatArray], *, estimate: bool = False
) -> EngineOutput:
    return engine.collect(submit(engine, arrays, estimate=estimate))


def same(first: FloatArray | None, second: FloatArray | None) -> bool:
    """Equal to the bit, NaN included."""
    return first is not None and second is not None and first.tobytes() == second.tobytes()


def test_frames_come_back_in_order_each_with_its_own_depth(
    engine: TorchEngine, make_arrays: Make
) -> None:
    frames = [make_arrays(seed) for seed in range(DEFAULT_SLOTS)]
    alone = [run(engine, frame).sr_m for frame in frames]
    tickets = [submit(engine, frame) for frame in frames]
    together = [engine.collect(ticket).sr_m for ticket in tickets]

    assert all(same(a, b) for a, b in zip(alone, together, strict=True))
    assert not same(together[0], together[1])


def test_collecting_out_of_order_is_refused_and_harmless(
    engine: TorchEngine, make_arrays: Make
) -> None:
    first, second = submit(engine, make_arrays(0)), submit(engine, make_arrays(1))
    with pytest.raises(EngineError, match="oldest frame in flight"):
        engine.collect(second)
    engine.collect(first)
    with pytest.raises(EngineError, match="each once"):
        engine.collect(first)
    engine.collect(second)


def test_too_many_in_flight_are_refused_whatever_their_size(
    engine: TorchEngine, make_arrays: Make
) -> None:
    sizes = [(16, 16), (32, 16), (24, 24)]
    tickets = [submit(engine, make_arrays(0, color, (4, 4))) for color in sizes]
    with pytest.raises(EngineError, match="all 3 frames are in flight; collect one first"):
        submit(engine, make_arrays(0, (40, 40), (4, 4)))
    assert [engine.collect(ticket).sr_m.shape for ticket in tickets] == sizes
    assert run(engine, make_arrays(0, (40, 40), (4, 4))).sr_m.shape == (40, 40)


def test_a_change_of_size_in_flight_leaves_the_older_frames_alone(
    engine: TorchEngine, make_arrays: Make
) -> None:
    before, after = make_arrays(0, (24, 32), (6, 8)), make_arrays(1, (17, 23), (5, 6))
    alone = [run(engine, frame).sr_m for frame in (before, after)]
    tickets = [submit(engine, frame) for frame in (before, after)]
    mixed = [engine.collect(ticket).sr_m for ticket in tickets]
    assert all(same(a, b) for a, b in zip(alone, mixed, strict=True))


def test_inputs_are_free_after_submit(engine: TorchEngine, make_arrays: Make) -> None:
    expected = run(engine, make_arrays(0), estimate=True)
    rgb, depth_m = make_arrays(0)
    ticket = submit(engine, (rgb, depth_m), estimate=True)
    rgb[:], depth_m[:] = 255, 9.0
    found = engine.collect(ticket)
    assert same(found.sr_m, expected.sr_m)
    assert same(found.mde_m, expected.mde_m)


def test_results_belong_to_the_receiver(engine: TorchEngine, make_arrays: Make) -> None:
    frame = make_arrays(0)
    first = run(engine, frame, estimate=True)
    kept = first.sr_m.copy()
    for seed in range(1, 2 + DEFAULT_SLOTS):  # every slot is used again
        run(engine, make_arrays(seed), estimate=True)
    assert same(first.sr_m, kept)

    assert first.mde_m is not None
    first.sr_m[:], first.mde_m[:] = -1, -1
    again = run(engine, frame, estimate=True)
    assert same(again.sr_m, kept)
    assert again.mde_m is not None
    assert (again.mde_m != -1).all()


def test_the_same_frame_gives_the_same_bits(engine: TorchEngine, make_arrays: Make) -> None:
    frame = make_arrays(0)
    outputs = [run(engine, frame, estimate=True) for _ in range(2 * DEFAULT_SLOTS)]
    for output in outputs:
        assert same(output.sr_m, outputs[0].sr_m)
        assert same(output.mde_m, outputs[0].mde_m)


def test_two_engines_agree_to_the_bit(trained: BridgeNet, make_arrays: Make) -> None:
    def fresh() -> TorchEngine:
        program = DepthProgram(optimise_for_inference(trained), 10.0)
        return TorchEngine(program, torch.device("cpu"))

    frame = make_arrays(0, (37, 53), (9, 13))
    first, second = (run(fresh(), frame, estimate=True) for _ in range(2))
    assert same(first.sr_m, second.sr_m)
    assert same(first.mde_m, second.mde_m)


def test_the_estimate_changes_no_bit_of_the_depth(engine: TorchEngine, make_arrays: Make) -> None:
    frame = make_arrays(0)
    without, with_estimate = run(engine, frame), run(engine, frame, estimate=True)
    assert same(without.sr_m, with_estimate.sr_m)
    assert without.mde_m is None
    assert with_estimate.mde_m is not None
    assert with_estimate.mde_m.shape == with_estimate.sr_m.shape


def test_the_answer_is_the_program_s(
    engine: TorchEngine, trained: BridgeNet, device: torch.device, make_arrays: Make
) -> None:
    rgb, depth_m = make_arrays(0, (21, 30), (6, 8))
    found = run(engine, (rgb, depth_m), estimate=True)
    plain = DepthProgram(trained, 10.0)
    wanted = plain(torch.from_numpy(rgb), torch.from_numpy(depth_m), estimate=True, fill_holes=True)
    # Metres: folded batch norms on the CPU, TensorFloat-32 on a GPU.
    tolerance = 1e-4 if device.type == "cpu" else 2e-2
    np.testing.assert_allclose(found.sr_m, wanted.sr_m, atol=tolerance)
    assert found.mde_m is not None
    np.testing.assert_allclose(found.mde_m, wanted.mde_m, atol=tolerance, rtol=1e-3)
    assert found.sr_m.dtype == np.float32
    assert found.elapsed_ms > 0


def test_a_network_without_mdenet_gives_no_estimate(make_arrays: Make) -> None:
    alone = replace(PRESETS["tiny"], mde=False, guidance=Guidance.NONE, content_guidance=False)
    engine = TorchEngine(DepthProgram(BridgeNet(alone), 10.0), torch.device("cpu"))
    assert run(engine, make_arrays(0), estimate=True).mde_m is None


def test_use_after_close_is_refused(engine: TorchEngine, make_arrays: Make) -> None:
    run(engine, make_arrays(0))
    left = submit(engine, make_arrays(0))
    engine.close()
    engine.close()
    with pytest.raises(EngineError, match="the engine is closed; build a new one"):
        submit(engine, make_arrays(0))
    with pytest.raises(EngineError, match="the engine is closed"):
        engine.collect(left)


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


def test_the_device_is_named(engine: TorchEngine, device: torch.device) -> None:
    assert engine.device_name == str(device)


# Units, limits and failures


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
