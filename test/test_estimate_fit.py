"""The line from the estimate to the sensor: by hand, with outliers, and at its limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bridgenet_ros.config import NodeConfig, with_values
from bridgenet_ros.estimate_fit import align, cell_means, fit_estimate, fit_facts, fit_limits
from bridgenet_ros.frame import EstimateFit, FloatArray

NAN = float("nan")
DEFAULT = fit_limits(NodeConfig().mde.align)
assert DEFAULT is not None
LIMITS = DEFAULT
CELL = 4
"""Colour pixels along a side of the sensor's."""


def enlarged(cells: npt.NDArray[np.floating]) -> FloatArray:
    return cells.astype(np.float32).repeat(CELL, 0).repeat(CELL, 1)


def ramp(rows: int = 60, columns: int = 80) -> FloatArray:
    """From 1 to 5 m."""
    return np.linspace(1, 5, rows * columns, dtype=np.float32).reshape(rows, columns)


def line_of(estimate: npt.NDArray[np.floating], sensor: FloatArray) -> tuple[float, float]:
    fit = fit_estimate(enlarged(estimate), sensor, LIMITS)
    assert fit.fitted
    return fit.scale, fit.shift_m


def test_a_line_worked_out_by_hand() -> None:
    # 1 m is 2.5 m and 3 m is 5.5 m: a factor of 1.5 and an offset of 1 m.
    estimate = np.array([[1.0, 3.0]] * 16)
    sensor = np.array([[2.5, 5.5]] * 16, np.float32)
    aligned, fit = align(enlarged(estimate), sensor, LIMITS)
    assert (fit.scale, fit.shift_m) == pytest.approx((1.5, 1.0), abs=1e-6)
    assert (fit.pixels, fit.agreeing, fit.fitted, fit.problem) == (32, 1.0, True, "")
    assert aligned.dtype == np.float32
    np.testing.assert_allclose(aligned, enlarged(sensor), atol=1e-6)


def test_a_pixel_of_the_sensor_is_compared_with_the_mean_over_it() -> None:
    estimate = enlarged(ramp(6, 8))
    wavy = estimate + np.tile([0.3, -0.3], (24, 16)).astype(np.float32)
    assert fit_estimate(wavy, 1.2 * ramp(6, 8), LIMITS).scale == pytest.approx(1.2, abs=1e-5)
    np.testing.assert_allclose(cell_means(wavy, (6, 8)), ramp(6, 8), atol=1e-6)
    wavy[5, 9] = NAN
    assert np.isnan(cell_means(wavy, (6, 8))).sum() == 1
    assert fit_estimate(wavy, ramp(6, 8), LIMITS).pixels == 47


def test_holes_of_the_sensor_are_left_out() -> None:
    sensor = 0.8 * ramp() + np.float32(0.1)
    sensor[:30] = 0
    fit = fit_estimate(enlarged(ramp()), sensor, LIMITS)
    assert (fit.scale, fit.shift_m) == pytest.approx((0.8, 0.1), abs=1e-5)
    assert fit.pixels == 2400


@settings(max_examples=60)
@given(
    st.floats(0.26, 3.9),
    st.floats(-1.9, 1.9),
    st.integers(6, 60),
    st.integers(6, 60),
    st.integers(0, 2**32 - 1),
)
def test_any_line_within_the_limits_is_found_exactly(
    scale: float, shift_m: float, rows: int, columns: int, seed: int
) -> None:
    estimate = np.random.default_rng(seed).uniform(0.5, 8, (rows, columns))
    sensor = (scale * estimate + shift_m).astype(np.float32)
    sensor[sensor < 0.1] = 0
    measured = estimate[sensor > 0]
    assume(measured.size >= 40)
    assume(np.quantile(measured, 0.8) - np.quantile(measured, 0.2) > 0.2 * np.median(measured))
    found = line_of(estimate, sensor)
    assert found == pytest.approx((scale, shift_m), abs=1e-4)


@settings(max_examples=60)
@given(st.floats(0.3, 3.0), st.floats(-0.5, 0.5), st.integers(0, 2**32 - 1), st.integers(0, 30))
def test_outliers_up_to_30_percent_move_nothing(
    scale: float, shift_m: float, seed: int, percent: int
) -> None:
    rng = np.random.default_rng(seed)
    estimate = rng.uniform(2, 6, (10, 10))
    sensor = (scale * estimate + shift_m).astype(np.float32)
    wrong = rng.permutation(100)[:percent]
    sensor.ravel()[wrong] = rng.uniform(0.1, 10, percent)
    fit = fit_estimate(enlarged(estimate), sensor, LIMITS)
    # One may come within a few millimetres of the line by chance, and then it counts a little.
    assert (fit.scale, fit.shift_m) == pytest.approx((scale, shift_m), abs=5e-4)
    assert fit.agreeing > 0.99 - percent / 100


@pytest.mark.parametrize("part", [np.s_[:18], np.s_[-18:], np.s_[:, 20:44]])
def test_a_pane_of_glass_over_30_percent_moves_nothing(part: tuple[slice, ...]) -> None:
    rng = np.random.default_rng(3)
    sensor = (1.1 * ramp() - 0.05 + rng.normal(0, 0.01, (60, 80))).astype(np.float32)
    clean = line_of(ramp(), sensor)
    sensor[part] += 2.0
    through = line_of(ramp(), sensor)
    # What is left has 70 % of the pixels and less spread; least squares would be 0.3 off.
    assert through == pytest.approx(clean, abs=0.004)
    plain = np.polyfit(ramp().ravel(), sensor.ravel(), 1)
    assert abs(plain[0] - 1.1) + abs(plain[1] + 0.05) > 0.3


def static_scene(frames: int) -> list[FloatArray]:
    """What a sensor says of `ramp`: 1 cm of noise, and 10 % of the pixels anything."""
    rng = np.random.default_rng(11)
    seen = []
    for _ in range(frames):
        sensor = (ramp() + rng.normal(0, 0.01, (60, 80))).astype(np.float32)
        wrong = rng.random((60, 80)) < 0.1
        sensor[wrong] = rng.uniform(0.3, 10, np.count_nonzero(wrong))
        seen.append(sensor)
    return seen


def test_jitter_on_a_static_scene_is_as_small_as_the_noise_allows() -> None:
    scene = static_scene(30)
    robust = np.array([line_of(ramp(), sensor) for sensor in scene])
    plain = np.array([np.polyfit(ramp().ravel(), sensor.ravel(), 1) for sensor in scene])
    # Least squares on the 90 % that are right: sigma / (sqrt(n) sd) of the factor, and for the
    # offset sigma sqrt((1 + mean^2 / sd^2) / n). Half as much again covers the weights' 95 % and
    # four deviations of a deviation over 30 frames.
    n, sd, mean, sigma = 0.9 * 4800, 4 / np.sqrt(12), 3.0, 0.01
    scale_bound = 1.5 * sigma / (np.sqrt(n) * sd)
    shift_bound = 1.5 * sigma * np.sqrt((1 + mean**2 / sd**2) / n)
    assert robust[:, 0].std() < scale_bound
    assert robust[:, 1].std() < shift_bound
    assert (robust.std(axis=0) < plain.std(axis=0) / 5).all()


def unfitted(fit: EstimateFit, pixels: int) -> str:
    """The reason, of a fit that changes nothing."""
    assert (fit.scale, fit.shift_m, fit.fitted, fit.pixels) == (1.0, 0.0, False, pixels)
    assert np.isnan(fit.agreeing)
    return fit.problem


def test_too_few_pixels_leave_the_estimate_as_it_is() -> None:
    sensor = np.zeros((60, 80), np.float32)
    sensor[0, :31] = 2.0
    estimate = enlarged(ramp())
    aligned, fit = align(estimate, sensor, LIMITS)
    assert aligned is estimate
    assert unfitted(fit, 31) == "31 of the sensor's pixels can be compared; expected at least 32"
    sensor[0, 31] = 2.0
    assert fit_estimate(estimate, sensor, LIMITS).pixels == 32
    nothing = fit_estimate(np.full((8, 8), NAN, np.float32), np.ones((2, 2), np.float32), LIMITS)
    assert unfitted(nothing, 0).startswith("0 of the sensor's pixels")


@pytest.mark.parametrize(
    ("sensor", "reason"),
    [
        (5 * ramp(), "the factor would be 5; expected 0.25 to 4"),
        (0.2 * ramp(), "the factor would be 0.2; expected 0.25 to 4"),
        (6 - ramp(), "the factor would be -1; expected 0.25 to 4"),
        (ramp() + np.float32(2.5), "the offset would be 2.5 m; expected -2 to 2 m"),
    ],
)
def test_a_line_beyond_the_limits_is_not_believed(sensor: FloatArray, reason: str) -> None:
    assert unfitted(fit_estimate(enlarged(ramp()), sensor, LIMITS), 4800).startswith(reason)


def test_a_wall_is_fitted_by_the_factor_alone_and_that_is_said() -> None:
    rng = np.random.default_rng(5)
    wall = rng.uniform(1.98, 2.02, (60, 80))
    sensor = (1.5 * wall).astype(np.float32)
    fit = fit_estimate(enlarged(wall), sensor, LIMITS)
    assert (fit.scale, fit.shift_m) == pytest.approx((1.5, 0.0), abs=1e-6)
    assert fit.fitted
    assert fit.problem.startswith("no offset: the estimate's spread is 0.0161; expected at")
    constant = fit_estimate(np.full((24, 32), 2.8, np.float32), sensor[:6, :8], LIMITS)
    assert constant.scale == pytest.approx(float(np.median(sensor[:6, :8])) / 2.8, abs=1e-3)


def test_a_slope_that_only_the_outliers_would_hold_is_none() -> None:
    # 60 % are one wall; what lies elsewhere does not agree on any line.
    rng = np.random.default_rng(7)
    estimate = np.full((10, 10), 2.0)
    estimate[6:] = rng.uniform(1, 5, (4, 10))
    sensor = np.full((10, 10), 3.0, np.float32)
    sensor[6:] = rng.uniform(0.2, 9, (4, 10))
    fit = fit_estimate(enlarged(estimate), sensor, LIMITS)
    assert fit.scale == pytest.approx(1.5, abs=0.02)
    assert fit.shift_m == 0
    assert fit.problem.startswith("no offset")


def test_the_factor_alone_may_be_asked_for() -> None:
    limits = fit_limits(with_values(NodeConfig(), {"mde.align.mode": "scale"}).mde.align)
    assert limits is not None
    fit = fit_estimate(enlarged(ramp()), 1.3 * ramp(), limits)
    assert (fit.scale, fit.shift_m, fit.problem) == (pytest.approx(1.3, abs=1e-5), 0.0, "")


def test_every_setting_has_its_limit() -> None:
    values = {"min_pixels": 100, "min_spread": 0.3, "max_scale": 2.0, "max_shift": 0.5}
    named = {f"mde.align.{name}": value for name, value in values.items()}
    limits = fit_limits(with_values(NodeConfig(), named).mde.align)
    assert limits == replace(
        LIMITS, least_pixels=100, least_spread=0.3, most_scale=2.0, most_shift_m=0.5
    )
    assert fit_limits(with_values(NodeConfig(), {"mde.align.mode": "off"}).mde.align) is None


def test_what_the_line_puts_behind_the_camera_is_invalid() -> None:
    sensor = np.where(ramp() > 2, ramp() - np.float32(1.5), np.float32(0))
    aligned, fit = align(enlarged(ramp()), sensor, LIMITS)
    assert (fit.scale, fit.shift_m) == pytest.approx((1.0, -1.5), abs=1e-5)
    behind = enlarged(ramp()) < 1.499
    assert np.isnan(aligned[behind]).all()
    assert (aligned[enlarged(ramp()) > 1.501] > 0).all()


def test_sparse_measurements_in_a_large_image_all_count() -> None:
    estimate = np.linspace(1, 5, 480 * 640, dtype=np.float32).reshape(480, 640)
    sensor = np.where(np.random.default_rng(1).random((480, 640)) < 0.01, 1.2 * estimate, 0)
    fit = fit_estimate(estimate, sensor.astype(np.float32), LIMITS)
    assert fit.pixels == np.count_nonzero(sensor)
    assert fit.scale == pytest.approx(1.2, abs=1e-5)


@pytest.mark.parametrize("cells", [(480, 640), (71, 97), (73, 64)])
def test_no_more_than_5000_pixels_are_compared(cells: tuple[int, int]) -> None:
    estimate = np.linspace(1, 5, 480 * 640, dtype=np.float32).reshape(480, 640)
    sensor = 1.5 * cell_means(estimate, cells)
    fit = fit_estimate(estimate, sensor, LIMITS)
    assert fit.scale == pytest.approx(1.5, abs=1e-5)
    assert fit.pixels == min(cells[0] * cells[1], 5000)


def test_the_facts_are_texts() -> None:
    fit = EstimateFit(scale=1.01234567, shift_m=-0.02, pixels=48, agreeing=0.98765, fitted=True)
    assert fit_facts(fit) == {
        "scale": "1.01235",
        "shift_m": "-0.02000",
        "pixels": "48",
        "agreeing": "0.988",
        "fitted": "true",
        "problem": "",
    }
