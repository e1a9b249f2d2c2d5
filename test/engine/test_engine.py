"""Submit and collect: order, ownership, and the answer itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from engine_runs import run, same, submit

from bridgenet_ros.engine.engine import DEFAULT_SLOTS, TorchEngine
from bridgenet_ros.engine.optimise import optimise_for_inference
from bridgenet_ros.engine.program import DepthProgram
from bridgenet_ros.errors import EngineError
from bridgenet_ros.frame import FloatArray, UInt8Array
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import PRESETS, Guidance

Make = Callable[..., tuple[UInt8Array, FloatArray]]


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


def test_the_device_is_named(engine: TorchEngine, device: torch.device) -> None:
    assert engine.device_name == str(device)
