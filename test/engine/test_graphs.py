"""Captured programs: when, how many, and that nothing is overwritten in flight."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
import torch
from engine_doubles import FakeRecorder

from bridgenet_ros.depth_units import DepthUnits
from bridgenet_ros.engine.graphs import KEPT_GRAPHS, CudaRecorder, GraphedProgram, Recording
from bridgenet_ros.engine.program import DepthProgram, ProgramOutput
from bridgenet_ros.engine.streams import CudaLanes
from bridgenet_ros.network.bridgenet import BridgeNet

Frame = tuple[torch.Tensor, torch.Tensor]
UNITS = DepthUnits(scale_m=0.001, min_m=0.1, max_m=10.0)


class BrokenRecorder:
    """What a program does cannot be captured."""

    attempts = 0

    def record(self, run: Callable[[], ProgramOutput]) -> Recording:
        self.attempts += 1
        raise RuntimeError("operation not permitted when stream is capturing")


def frame(seed: int, size: tuple[int, int] = (16, 24), device: str = "cpu") -> Frame:
    draw = torch.Generator().manual_seed(seed)
    rgb = torch.randint(0, 256, (*size, 3), generator=draw, dtype=torch.uint8)
    return rgb.to(device), (torch.rand(4, 6, generator=draw) * 2 + 1).to(device)


@pytest.fixture
def eager(trained: BridgeNet) -> DepthProgram:
    return DepthProgram(trained, 10.0)


def run(program: Callable[..., ProgramOutput], f: Frame, *, estimate: bool = True) -> ProgramOutput:
    return program(*f, estimate=estimate, fill_holes=True)


def test_the_third_frame_of_a_kind_is_replayed_with_the_same_answer(eager: DepthProgram) -> None:
    recorder = FakeRecorder()
    graphed = GraphedProgram(eager, recorder)
    seen = []
    for seed in range(4):
        expected, found = run(eager, frame(seed)), run(graphed, frame(seed))
        assert torch.equal(found.sr_m, expected.sr_m)
        assert torch.equal(found.mde_m, expected.mde_m)
        seen.append((recorder.recorded, recorder.replayed))
    assert seen == [(0, 0), (1, 0), (1, 1), (1, 2)]


def test_a_result_in_flight_is_not_overwritten(eager: DepthProgram) -> None:
    graphed = GraphedProgram(eager, FakeRecorder())
    for _ in range(2):
        run(graphed, frame(0))
    outputs = [run(graphed, frame(seed)) for seed in range(3)]
    for seed, output in enumerate(outputs):
        assert torch.equal(output.sr_m, run(eager, frame(seed)).sr_m)


def test_inputs_may_be_reused_after_a_capture(eager: DepthProgram) -> None:
    graphed = GraphedProgram(eager, FakeRecorder())
    rgb, depth = frame(0)
    for _ in range(2):
        run(graphed, (rgb, depth))
    rgb.zero_(), depth.zero_()  # the slot's next frame
    expected = run(eager, frame(1)).sr_m
    assert torch.equal(run(graphed, frame(1)).sr_m, expected)


def test_each_kind_of_frame_has_a_graph_of_its_own(eager: DepthProgram) -> None:
    recorder = FakeRecorder()
    graphed = GraphedProgram(eager, recorder)
    rgb, metres = frame(0)
    units = (metres * 1000).to(torch.int16)
    for _ in range(3):
        graphed(rgb, metres, estimate=False, fill_holes=True)
        graphed(rgb, metres, estimate=True, fill_holes=True)
        graphed(rgb, metres, estimate=False, fill_holes=False)
        graphed(rgb, units, estimate=False, fill_holes=True, units=UNITS)
    assert (recorder.recorded, recorder.replayed) == (4, 4)
    nearer = DepthUnits(scale_m=0.0005, min_m=0.1, max_m=10.0)
    found = graphed(rgb, units, estimate=False, fill_holes=True, units=nearer).sr_m
    assert (
        found < 0.6 * graphed(rgb, units, estimate=False, fill_holes=True, units=UNITS).sr_m
    ).all()


def test_a_size_that_always_changes_is_never_captured(eager: DepthProgram) -> None:
    recorder = FakeRecorder()
    graphed = GraphedProgram(eager, recorder)
    for width in range(8, 72):
        run(graphed, frame(0, (8, width)), estimate=False)
    assert recorder.recorded == 0


def test_graphs_are_bounded(eager: DepthProgram) -> None:
    recorder = FakeRecorder()
    graphed = GraphedProgram(eager, recorder)
    sizes = [(8, 8 + i) for i in range(KEPT_GRAPHS + 1)]
    for size in sizes:
        for _ in range(2):
            run(graphed, frame(0, size), estimate=False)
    assert recorder.recorded == KEPT_GRAPHS + 1
    assert len(list(graphed._graphs)) == KEPT_GRAPHS
    run(graphed, frame(0, sizes[0]), estimate=False)  # was pushed out: eager, and captured anew
    assert recorder.replayed == 0
    assert recorder.recorded == KEPT_GRAPHS + 2


def test_a_failed_capture_is_told_once_and_frames_stay_eager(
    eager: DepthProgram, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = BrokenRecorder()
    graphed = GraphedProgram(eager, recorder)
    with caplog.at_level(logging.WARNING):
        for seed in range(5):
            for size in ((16, 24), (8, 8)):
                expected = run(eager, frame(seed, size)).sr_m
                assert torch.equal(run(graphed, frame(seed, size)).sr_m, expected)
    assert recorder.attempts == 1
    assert caplog.text.count("CUDA graphs are off, frames run eagerly") == 1


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_a_real_graph_gives_eager_s_bits(trained: BridgeNet, dtype: torch.dtype) -> None:
    eager = DepthProgram(trained.to("cuda", dtype), 10.0)
    graphed = GraphedProgram(eager, CudaRecorder())
    lanes = CudaLanes(torch.device("cuda"))
    frames = [frame(seed, device="cuda") for seed in range(4)]
    torch.cuda.synchronize()
    with lanes.compute():
        expected = [run(eager, f) for f in frames]
        for f in frames[:2]:
            run(graphed, f)
        found = [run(graphed, f) for f in frames]
    lanes.synchronize()
    assert len(list(graphed._graphs)) == 1
    for wanted, got in zip(expected, found, strict=True):
        assert torch.equal(got.sr_m, wanted.sr_m)
        assert torch.equal(got.mde_m, wanted.mde_m)
