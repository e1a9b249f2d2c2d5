"""The guard on scenes made by hand: what hangs in the air goes, everything else stays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bridgenet_ros.config import settings
from bridgenet_ros.evaluation.flying import flying_share
from bridgenet_ros.flying_pixels import PRESETS, FlyingPixelGuard

SIZE = (48, 640)
GREY = np.full((*SIZE, 3), 128, np.uint8)
EDGE = 320


def flying_pixels(
    depth_m: np.ndarray, rgb: np.ndarray, *, threshold: float, scale: float = 8
) -> np.ndarray:
    """One frame through a guard of its own."""
    return FlyingPixelGuard()(depth_m, rgb, scale=scale, threshold=threshold)


def step_scene(near_m: float = 1.0, far_m: float = 2.0) -> np.ndarray:
    """Two planes, the near one left of column 320."""
    row = np.where(np.arange(SIZE[1]) < EDGE, near_m, far_m).astype(np.float32)
    return np.broadcast_to(row, SIZE).copy()


def blurred(scene: np.ndarray, pixels: int) -> np.ndarray:
    """The scene with its step smeared over ``pixels`` columns, as interpolation does."""
    near, far = scene[0, 0], scene[0, -1]
    out = scene.copy()
    start = EDGE - pixels // 2
    out[:, start : start + pixels] = near + (far - near) * (np.arange(pixels) + 0.5) / pixels
    return out


def colored_step() -> np.ndarray:
    """Colour that changes where the step is."""
    rgb = GREY.copy()
    rgb[:, EDGE:] = 200
    return rgb


@pytest.mark.parametrize("threshold", PRESETS.values(), ids=PRESETS)
@pytest.mark.parametrize("pixels", [2, 3, 4, 6])
def test_no_point_is_left_between_the_planes_of_a_blurred_step(
    threshold: float, pixels: int
) -> None:
    truth = step_scene()
    depth = blurred(truth, pixels)
    assert flying_share(depth, truth) > 0
    flying = flying_pixels(depth, colored_step(), threshold=threshold)
    depth[flying] = np.nan
    assert flying_share(depth, truth) == 0.0
    assert np.isnan(depth).sum() <= pixels * SIZE[0]


@pytest.mark.parametrize("scale", [1, 2, 4, 8, 16])
def test_the_window_grows_with_the_blur_of_the_upsampling(scale: int) -> None:
    depth = blurred(step_scene(), max(scale, 2))
    flying = flying_pixels(depth, colored_step(), threshold=PRESETS["slam"], scale=scale)
    depth[flying] = np.nan
    assert flying_share(depth, step_scene()) == 0.0


@pytest.mark.parametrize("threshold", PRESETS.values(), ids=PRESETS)
def test_a_sharp_step_loses_nothing(threshold: float) -> None:
    assert not flying_pixels(step_scene(), colored_step(), threshold=threshold).any()


def test_a_thin_bar_keeps_its_pixels_and_loses_its_flanks() -> None:
    depth = np.full(SIZE, 3.0, np.float32)
    depth[:, 300:303] = 1.0
    rgb = GREY.copy()
    rgb[:, 300:303] = 20
    assert not flying_pixels(depth, rgb, threshold=PRESETS["nav"]).any()
    depth[:, 299], depth[:, 303] = 2.0, 2.0
    flying = flying_pixels(depth, rgb, threshold=PRESETS["nav"])
    assert sorted(set(flying.nonzero()[1].tolist())) == [299, 303]


@pytest.mark.parametrize("camera_height_m", [0.2, 1.2])
def test_a_floor_stays_however_low_the_camera_is(camera_height_m: float) -> None:
    rows = np.arange(1, 241, dtype=np.float32)
    floor = (525.0 * camera_height_m / rows)[:, None].repeat(640, 1).astype(np.float32)
    checks = np.indices(floor.shape).sum(0) // 8 % 2
    rgb = np.repeat((checks * 200).astype(np.uint8)[..., None], 3, axis=2)
    assert not flying_pixels(floor, rgb, threshold=PRESETS["nav"]).any()


def test_where_colour_agrees_half_the_step_is_enough() -> None:
    depth = blurred(step_scene(2.0, 2.3), 4)
    assert not flying_pixels(depth, GREY, threshold=0.2).any()
    assert flying_pixels(depth, colored_step(), threshold=0.2).any()


def test_the_steps_of_a_quantised_wall_stay() -> None:
    """A far wall in the coarse steps of a structured-light camera, 5 % each, uniform colour."""
    columns = np.arange(640)
    depth = np.broadcast_to(5.0 * 1.05 ** (columns // 40), SIZE).astype(np.float32)
    depth = (depth + np.roll(depth, 1, axis=1)) / 2
    depth[:, :1] = 5.0
    assert not flying_pixels(depth, GREY, threshold=PRESETS["nav"]).any()


def test_a_hole_is_no_step_and_is_never_marked() -> None:
    depth = np.full(SIZE, 2.0, np.float32)
    depth[10:20, 100:140] = np.nan
    assert not flying_pixels(depth, colored_step(), threshold=PRESETS["nav"]).any()
    depth = blurred(step_scene(), 4)
    depth[::2, EDGE] = np.nan
    flying = flying_pixels(depth, colored_step(), threshold=PRESETS["nav"])
    assert flying.any()
    assert not (flying & np.isnan(depth)).any()


def test_colour_may_be_a_reversed_view() -> None:
    depth, rgb = blurred(step_scene(), 4), colored_step()
    view = rgb[..., ::-1].copy()[..., ::-1]
    np.testing.assert_array_equal(
        flying_pixels(depth, view, threshold=0.2), flying_pixels(depth, rgb, threshold=0.2)
    )


@pytest.mark.parametrize("size", [(1, 1), (4, 4), (5, 5), (8, 3)])
def test_images_smaller_than_the_window_are_left_alone(size: tuple[int, int]) -> None:
    depth = np.ones(size, np.float32)
    assert flying_pixels(depth, np.zeros((*size, 3), np.uint8), threshold=0.1).shape == size


def test_a_guard_remembers_nothing_of_the_frames_before() -> None:
    guard, depth, rgb = FlyingPixelGuard(), blurred(step_scene(), 4), colored_step()
    first = guard(depth, rgb, scale=8, threshold=0.2)
    kept = first.copy()
    small = np.full((20, 30), 2.0, np.float32)
    guard(small, np.zeros((20, 30, 3), np.uint8), scale=2, threshold=0.2)
    again = guard(depth, rgb, scale=8, threshold=0.2)
    np.testing.assert_array_equal(again, kept)
    np.testing.assert_array_equal(first, kept)


@given(
    arrays.arrays(
        np.float32, (12, 16), elements=st.sampled_from([1.0, 1.1, 1.4, 2.0, 5.0, float("nan")])
    )
)
def test_a_stricter_preset_marks_all_that_a_milder_one_does(depth: np.ndarray) -> None:
    rgb = np.zeros((12, 16, 3), np.uint8)
    marks = {name: flying_pixels(depth, rgb, threshold=t) for name, t in PRESETS.items()}
    assert (marks["nav"] >= marks["slam"]).all()
    assert (marks["slam"] >= marks["viz"]).all()
    assert not (marks["nav"] & np.isnan(depth)).any()


def test_the_parameter_offers_these_presets_and_names_their_thresholds() -> None:
    by_name = {s.name: s for s in settings()}
    assert set(by_name["edge.preset"].choices) == set(PRESETS)
    for name, threshold in PRESETS.items():
        assert f"{name} {threshold:g}" in by_name["edge.threshold"].doc
