"""Depth of every shape through the whole pipeline: what the network is given, what is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from exact_depth import QUANTUM_M, depth_image, turned
from untrained import SETTINGS, untrained_card

from bridgenet_ros.calibration import Calibration
from bridgenet_ros.engine.engine import TorchEngine
from bridgenet_ros.engine.program import DepthProgram
from bridgenet_ros.engine_build import BuiltEngine
from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import DepthArray, RgbdFrame, Rig
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import PRESETS
from bridgenet_ros.pipeline import Pipeline
from bridgenet_ros.registration.lens import Lens
from bridgenet_ros.rigid_transform import RigidTransform

COLOR = Lens(fx=105.0, fy=105.0, cx=63.5, cy=47.5)
COLOR_SIZE = (96, 128)
DEPTH = Lens(fx=52.5, fy=52.5, cx=79.5, cy=59.5)
DEPTH_SIZE = (120, 160)
"""A wider view and more pixels than colour: allowed where depth is projected."""
TO_COLOR = turned((0.2, -0.3, 0.1), (0.025, 0.001, -0.002))


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    """Untrained: super-resolved depth is the bicubic upsampling of what the network is given."""
    card = untrained_card(2)
    program = DepthProgram(BridgeNet(PRESETS["tiny"]).eval(), card.value_range_m)
    engine = TorchEngine(program, torch.device("cpu"))
    settings = replace(SETTINGS, depth_scale_m=QUANTUM_M)
    return Pipeline(BuiltEngine(engine=engine, card=card), settings)


def frame_of(depth: DepthArray, rig: Rig | None = None, depth_frame: str = "color") -> RgbdFrame:
    return RgbdFrame(
        rgb=np.zeros((*COLOR_SIZE, 3), np.uint8),
        depth=depth,
        stamp_ns=1,
        depth_stamp_ns=1,
        frame_id="color",
        depth_frame_id=depth_frame,
        rig=rig,
    )


def calibration(lens: Lens, size: tuple[int, int]) -> Calibration:
    k = (lens.fx, 0.0, lens.cx, 0.0, lens.fy, lens.cy, 0.0, 0.0, 1.0)
    return Calibration(width=size[1], height=size[0], k=k)


def rig(to_color: RigidTransform = TO_COLOR) -> Rig:
    return Rig(
        color=calibration(COLOR, COLOR_SIZE),
        depth=calibration(DEPTH, DEPTH_SIZE),
        depth_to_color=to_color,
        source="the test",
    )


@pytest.mark.parametrize("encoding", [np.float32, np.uint16])
def test_depth_of_its_own_frame_is_projected(pipeline: Pipeline, encoding: type) -> None:
    metres = depth_image(DEPTH, DEPTH_SIZE, TO_COLOR)
    depth = metres if encoding is np.float32 else np.rint(metres * 1000).astype(np.uint16)
    result = pipeline.process(frame_of(depth, rig(), "depth"))
    assert result.sr_m.shape == COLOR_SIZE
    assert result.sensor_m.shape == (48, 64)
    assert "'depth', 160x120: projected to 64x48 of the colour view" in result.registration
    truth = depth_image(COLOR, COLOR_SIZE, turned((0, 0, 0), (0, 0, 0)))
    error = np.abs(result.sr_m - truth)
    assert np.nanmedian(error) < 0.003
    assert np.isfinite(result.sr_m).mean() > 0.95
    assert result.timings_ms["register"] > 0


def test_dots_and_blocks_are_reduced(pipeline: Pipeline) -> None:
    low = depth_image(DEPTH, DEPTH_SIZE, TO_COLOR)[:48, :64]
    native = pipeline.process(frame_of(low))
    dots = np.zeros(COLOR_SIZE, np.float32)
    dots[1::2, ::2] = low
    for image in (dots, np.repeat(np.repeat(low, 2, axis=0), 2, axis=1)):
        result = pipeline.process(frame_of(image))
        np.testing.assert_array_equal(result.sensor_m, low)
        np.testing.assert_array_equal(result.sr_m, native.sr_m)
        assert "taken as 64x48" in result.registration


def test_registered_depth_passes_through(pipeline: Pipeline) -> None:
    low = np.full((12, 16), 1500, np.uint16)
    result = pipeline.process(frame_of(low))
    assert result.registration == "native 16x12 in the colour view"
    assert result.sensor_m.shape == (12, 16)


def test_depth_of_another_frame_needs_a_rig(pipeline: Pipeline) -> None:
    depth = np.full((12, 16), 1500, np.uint16)
    with pytest.raises(FrameError, match=r"'depth', colour in 'color'.* /tf_static") as error:
        pipeline.process(frame_of(depth, depth_frame="depth"))
    assert error.value.reason == "frame_id"


def test_a_frame_that_misses_the_view_leaves_the_next_one_alone(pipeline: Pipeline) -> None:
    depth = depth_image(DEPTH, DEPTH_SIZE, TO_COLOR)
    away = rig(turned((0.0, 180.0, 0.0), (0.0, 0.0, 0.0)))
    for _ in range(5):  # more than the engine has slots
        with pytest.raises(FrameError, match="no measurement lies in the colour view"):
            pipeline.process(frame_of(depth, away, "depth"))
    assert pipeline.process(frame_of(depth, rig(), "depth")).sensor_m.shape == (48, 64)
