"""Which way each frame's depth takes to the network's grid, and what is said about it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from exact_depth import QUANTUM_M, depth_image, seen_in_cells, turned

from bridgenet_ros.calibration import Calibration
from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import FloatArray, RgbdFrame, Rig
from bridgenet_ros.registration import registrar as module
from bridgenet_ros.registration.lens import Lens
from bridgenet_ros.registration.projection import in_cells
from bridgenet_ros.registration.registrar import Registered, Registrar
from bridgenet_ros.rigid_transform import IDENTITY, RigidTransform

COLOR = Lens(fx=262.5, fy=262.5, cx=159.5, cy=119.5)
COLOR_SIZE = (240, 320)
SCALE = 4
GRID = (60, 80)
NATIVE = depth_image(in_cells(COLOR, COLOR_SIZE, GRID), GRID, IDENTITY)
DEPTH = Lens(fx=65.625, fy=65.625, cx=39.0, cy=30.0)
TO_COLOR = turned((0.2, -0.3, 0.1), (0.025, 0.001, -0.002))


def frame_of(depth: FloatArray, rig: Rig | None = None) -> RgbdFrame:
    return RgbdFrame(
        rgb=np.zeros((*COLOR_SIZE, 3), np.uint8),
        depth=depth,
        stamp_ns=1,
        depth_stamp_ns=1,
        frame_id="color",
        depth_frame_id="color" if rig is None else "depth",
        rig=rig,
    )


def calibration(lens: Lens, size: tuple[int, int]) -> Calibration:
    k = (lens.fx, 0.0, lens.cx, 0.0, lens.fy, lens.cy, 0.0, 0.0, 1.0)
    return Calibration(width=size[1], height=size[0], k=k)


def rig(to_color: RigidTransform = TO_COLOR) -> Rig:
    return Rig(
        color=calibration(COLOR, COLOR_SIZE),
        depth=calibration(DEPTH, GRID),
        depth_to_color=to_color,
        source="/tf_static",
    )


def register(
    registrar: Registrar, frame: RgbdFrame, *, find_grid: bool = True, device: str = "cpu"
) -> Registered:
    return registrar(
        frame,
        np.asarray(frame.depth, np.float32),
        find_grid=find_grid,
        unit_m=QUANTUM_M,
        device=torch.device(device),
    )


def blocky(low: FloatArray) -> FloatArray:
    return np.repeat(np.repeat(low, SCALE, axis=0), SCALE, axis=1)


def sparse(low: FloatArray) -> FloatArray:
    image = np.zeros(COLOR_SIZE, np.float32)
    image[1::SCALE, 2::SCALE] = low
    return image


def test_the_three_shapes_of_one_scene_give_the_same_grid() -> None:
    native = register(Registrar(), frame_of(NATIVE))
    np.testing.assert_array_equal(native.depth_m, NATIVE)
    np.testing.assert_array_equal(register(Registrar(), frame_of(sparse(NATIVE))).depth_m, NATIVE)
    np.testing.assert_array_equal(register(Registrar(), frame_of(blocky(NATIVE))).depth_m, NATIVE)
    own = register(Registrar(), frame_of(depth_image(DEPTH, GRID, TO_COLOR), rig())).depth_m
    assert own.shape == NATIVE.shape
    truth = seen_in_cells(COLOR, COLOR_SIZE, GRID, DEPTH, GRID, TO_COLOR)
    np.testing.assert_allclose(truth.centre, NATIVE, atol=QUANTUM_M)
    # At an edge the depth camera cannot tell which surface is at the centre of a cell.
    within = (own >= truth.nearest - QUANTUM_M) & (own <= truth.farthest + QUANTUM_M)
    assert within[truth.visible].mean() >= 0.985
    inside = truth.visible & (truth.farthest - truth.nearest < 0.05 * truth.centre)
    assert inside.mean() > 0.8
    assert (np.abs(own - NATIVE) <= QUANTUM_M)[inside].mean() >= 0.93


def test_every_way_is_said_in_one_line() -> None:
    registrar = Registrar()
    own = replace(rig(), source="T")
    texts = [
        register(registrar, frame_of(NATIVE)).text,
        register(registrar, frame_of(sparse(NATIVE))).text,
        register(registrar, frame_of(depth_image(DEPTH, GRID, TO_COLOR), own)).text,
        register(Registrar(), frame_of(blocky(NATIVE))).text,
    ]
    assert texts == [
        "native 80x60 in the colour view",
        "sparse dots, one measurement in 4x4 pixels of 320x240: taken as 80x60",
        "own frame 'depth', 80x60: projected to 80x60 of the colour view, extrinsics from T",
        "blocky copies, copies of 4x4 pixels of 320x240: taken as 80x60",
    ]


def test_dense_depth_and_a_switched_off_search_change_nothing() -> None:
    dense = depth_image(COLOR, COLOR_SIZE, IDENTITY)
    for image, find_grid in ((dense, True), (sparse(NATIVE), False)):
        found = register(Registrar(), frame_of(image), find_grid=find_grid)
        np.testing.assert_array_equal(found.depth_m, image)
        assert found.text == "native 320x240 in the colour view"


def test_the_shape_is_looked_for_in_few_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = 0

    def count(*arguments: object) -> None:
        nonlocal looked
        looked += 1

    monkeypatch.setattr(module, "find_shape", count)
    registrar = Registrar()
    frame = frame_of(sparse(NATIVE))
    for _ in range(250):
        register(registrar, frame)
    assert looked == 5 + 2  # frames 100 and 200
    register(registrar, frame_of(NATIVE))  # lower than colour: nothing to look for
    assert looked == 7


def test_a_frame_that_cannot_tell_leaves_what_was_found() -> None:
    registrar = Registrar()
    assert register(registrar, frame_of(blocky(NATIVE))).depth_m.shape == GRID
    wall = np.full(COLOR_SIZE, 2.0, np.float32)
    assert register(registrar, frame_of(wall)).depth_m.shape == GRID
    assert register(Registrar(), frame_of(wall)).depth_m.shape == COLOR_SIZE


def test_tables_are_made_anew_only_when_something_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    class Projector:
        grid = GRID

        def __init__(self, **arguments: object) -> None:
            made.append(arguments)

        def __call__(self, depth: torch.Tensor) -> torch.Tensor:
            return depth

    monkeypatch.setattr(module, "DepthProjector", Projector)
    registrar = Registrar()
    for _ in range(3):
        register(registrar, frame_of(NATIVE, rig()))
    assert len(made) == 1
    register(registrar, frame_of(NATIVE, rig(IDENTITY)))
    assert len(made) == 2
    registrar.clear()
    register(registrar, frame_of(NATIVE, rig(IDENTITY)))
    assert len(made) == 3


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (replace(rig(), depth=calibration(DEPTH, (30, 40))), "depth is 80x60, .* for 40x30"),
        (replace(rig(), color=calibration(COLOR, (30, 40))), "colour is 320x240, .* for 40x30"),
        (replace(rig(), depth=Calibration(width=80, height=60)), "calibrated camera"),
    ],
)
def test_calibrations_that_do_not_fit_are_refused(broken: Rig, told: str) -> None:
    with pytest.raises(FrameError, match=told) as error:
        register(Registrar(), frame_of(NATIVE, broken))
    assert error.value.reason == "calibration"


def test_depth_that_changes_its_size_under_a_known_rig_is_refused() -> None:
    registrar = Registrar()
    register(registrar, frame_of(NATIVE, rig()))
    with pytest.raises(FrameError, match="depth is 40x30"):
        register(registrar, frame_of(np.ones((30, 40), np.float32), rig()))


def test_extrinsics_that_point_elsewhere_are_told() -> None:
    away = turned((0.0, 180.0, 0.0), (0.0, 0.0, 0.0))
    with pytest.raises(FrameError, match="extrinsics from /tf_static: translation") as error:
        register(Registrar(), frame_of(NATIVE, rig(away)))
    assert error.value.reason == "outside"


@pytest.mark.gpu
def test_a_gpu_gives_the_same_depth() -> None:
    images = (
        frame_of(depth_image(DEPTH, GRID, TO_COLOR), rig()),
        frame_of(sparse(NATIVE)),
        frame_of(blocky(NATIVE)),
    )
    for frame in images:
        on_cpu = register(Registrar(), frame).depth_m
        on_gpu = register(Registrar(), frame, device="cuda").depth_m
        # A measurement half-way between two cells may fall to either.
        assert np.isclose(on_cpu, on_gpu, rtol=1e-4).mean() > 0.999
