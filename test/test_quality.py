"""Figures without ground truth, worked out by hand on small frames."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from frames import make_frame, make_result

from bridgenet_ros.config import NodeConfig
from bridgenet_ros.estimate_fit import align, fit_limits
from bridgenet_ros.frame import DepthResult, EstimateFit, RgbdFrame
from bridgenet_ros.quality import (
    WINDOW,
    Quality,
    QualityMeter,
    QualityMonitor,
    consistency,
    median_of,
)

NAN = float("nan")
SIZE = (64, 96)
T0 = 1_700_000_000_000_000_000
PERIOD = 33_333_333
PATIENCE_S = 20.0


def frame_at(stamp_ns: int = T0, grey: int = 100) -> RgbdFrame:
    rgb, depth = np.full((*SIZE, 3), grey, np.uint8), np.full((8, 12), 2000, np.uint16)
    return make_frame(rgb, depth, stamp_ns=stamp_ns)


def result_of(sr_m: np.ndarray | float = 2.0, **changes: np.ndarray) -> DepthResult:
    published = np.full(SIZE, sr_m, np.float32) if isinstance(sr_m, float) else sr_m
    parts = {"sensor_m": np.full((8, 12), 2.0, np.float32), **changes}
    return make_result(published, stamp_ns=T0, **parts)


def measure(result: DepthResult) -> Quality:
    return QualityMeter().measure(frame_at(), result)


def test_a_perfect_frame_has_perfect_figures() -> None:
    quality = measure(result_of())
    unknown = pytest.approx(NAN, nan_ok=True)
    assert quality == Quality(
        consistency_median_m=0.0,
        consistency_share=1.0,
        holes_in=0.0,
        holes_out=0.0,
        flying_before=0.0,
        flying_after=0.0,
        flicker_m=unknown,
        estimate_scale=unknown,
        estimate_shift_m=unknown,
        estimate_agreeing=unknown,
        estimate_scale_jitter=unknown,
        estimate_shift_jitter_m=unknown,
    )


def test_consistency_compares_the_mean_over_each_pixel_of_the_sensor() -> None:
    sensor = np.array([[1.0, 2.0, 0.0, 4.0]], np.float32)
    depth = np.array([[1, 1, 2.0, 2.2, 9, 9, 4, 4], [1, 1, 2.0, 2.2, 9, 9, 4, NAN]], np.float32)
    median_m, share = consistency(depth, sensor)
    # Off by 0 and by 0.1 m; a hole of either side does not count.
    assert median_m == pytest.approx(0.05)
    assert share == 0.5


@pytest.mark.parametrize(("off", "within"), [(0.029, 1.0), (0.031, 0.0)])
def test_a_centimetre_and_a_hundredth_are_within_tolerance(off: float, within: float) -> None:
    sensor = np.full((2, 2), 2.0, np.float32)
    assert consistency(sensor + np.float32(off), sensor)[1] == within


def test_without_a_common_pixel_there_is_no_consistency() -> None:
    sensor = np.zeros((2, 2), np.float32)
    assert np.isnan(consistency(np.ones((2, 2), np.float32), sensor)).all()


def test_holes_are_counted_before_and_after() -> None:
    sensor = np.full((8, 12), 2.0, np.float32)
    sensor[0] = 0
    published = np.full(SIZE, 2.0, np.float32)
    published[:16] = NAN
    quality = measure(result_of(published, sensor_m=sensor))
    assert quality.holes_in == 1 / 8
    assert quality.holes_out == 16 / 64


def test_flying_pixels_are_counted_before_and_after_the_guard() -> None:
    unguarded = np.full(SIZE, 1.0, np.float32)
    unguarded[:, 48:] = 2.0
    unguarded[:, 48] = 1.5
    published = unguarded.copy()
    published[: SIZE[0] // 2, 48] = NAN
    meter = QualityMeter()
    measured = [
        meter.measure(frame_at(), result_of(published, unguarded_m=unguarded)) for _ in range(4)
    ]
    # One quarter of the rows each time; the guard worked in the upper two of them.
    assert [q.flying_before for q in measured] == [pytest.approx(1 / 96)] * 4
    assert [q.flying_after for q in measured] == [0.0, 0.0, *[pytest.approx(1 / 96)] * 2]
    of_all_rows = QualityMeter(bands=1)
    for _ in range(2):
        whole = of_all_rows.measure(frame_at(), result_of(published, unguarded_m=unguarded))
        assert whole.flying_before == pytest.approx(1 / 96)
        assert whole.flying_after == pytest.approx(32 / (64 * 96 - 32))


def flicker_between(*frames: tuple[RgbdFrame, DepthResult]) -> float:
    meter = QualityMeter()
    return [meter.measure(*pair).flicker_m for pair in frames][-1]


def test_flicker_is_the_change_of_depth_where_colour_stays() -> None:
    later = frame_at(T0 + PERIOD, grey=103)
    assert flicker_between((frame_at(), result_of(2.0)), (later, result_of(2.01))) == (
        pytest.approx(0.01, abs=1e-6)
    )


@pytest.mark.parametrize(
    "later",
    [
        frame_at(T0 + PERIOD, grey=110),  # all of it changed: the camera moves
        frame_at(T0 + 2_000_000_000),  # too long ago
        frame_at(T0),
        frame_at(T0 - PERIOD),
    ],
)
def test_no_flicker_without_a_still_pair(later: RgbdFrame) -> None:
    assert np.isnan(flicker_between((frame_at(), result_of(2.0)), (later, result_of(2.5))))


def test_no_flicker_where_depth_is_missing_or_the_size_changed() -> None:
    later, empty = frame_at(T0 + PERIOD), result_of(NAN)
    assert np.isnan(flicker_between((frame_at(), result_of()), (later, empty)))
    small = replace(later, rgb=later.rgb[:32])
    half = result_of(np.full((32, 96), 2.0, np.float32))
    assert np.isnan(flicker_between((frame_at(), result_of()), (small, half)))


def test_the_monitor_measures_every_nth_frame_against_the_one_before() -> None:
    monitor = QualityMonitor()
    assert monitor.snapshot() is None
    depths = [1.0, 1.0, 2.0, 2.1, 9.0, 2.0, 2.0, 2.3]
    for i, depth_m in enumerate(depths):
        monitor.add(frame_at(T0 + i * PERIOD), result_of(depth_m), every=4)
    quality = monitor.snapshot()
    assert quality is not None
    # The 4th and the 8th: |2.1 - 2.0| and |2.3 - 2.0|.
    assert quality.flicker_m == pytest.approx(0.2, abs=1e-6)


@pytest.mark.parametrize(("every", "measured"), [(0, False), (1, True), (100, False)])
def test_every_frame_or_none_may_be_measured(every: int, measured: bool) -> None:
    monitor = QualityMonitor()
    for i in range(3):
        monitor.add(frame_at(T0 + i * PERIOD), result_of(), every)
    assert (monitor.snapshot() is not None) == measured


def test_reset_forgets() -> None:
    monitor = QualityMonitor()
    monitor.add(frame_at(), result_of(), 1)
    monitor.reset()
    assert monitor.snapshot() is None


@contextmanager
def measuring(monkeypatch: pytest.MonkeyPatch, monitor: QualityMonitor) -> Iterator[None]:
    """While another thread measures a frame; the block's end lets it finish."""
    begun, go_on = threading.Event(), threading.Event()
    really = QualityMeter.measure

    def measure_slowly(meter: QualityMeter, frame: RgbdFrame, result: DepthResult) -> Quality:
        begun.set()
        assert go_on.wait(PATIENCE_S)
        return really(meter, frame, result)

    monkeypatch.setattr(QualityMeter, "measure", measure_slowly)
    worker = threading.Thread(target=monitor.add, args=(frame_at(), result_of(2.5), 1))
    worker.start()
    try:
        assert begun.wait(PATIENCE_S)
        yield
    finally:
        go_on.set()
        worker.join(PATIENCE_S)
        assert not worker.is_alive()


def in_time(call: Callable[[], object]) -> bool:
    """Whether a call ends while another thread measures."""
    caller = threading.Thread(target=call, daemon=True)
    caller.start()
    caller.join(PATIENCE_S / 4)
    return not caller.is_alive()


def test_nobody_waits_for_a_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    monitor = QualityMonitor()
    monitor.add(frame_at(), result_of(), 1)
    with measuring(monkeypatch, monitor):
        assert in_time(monitor.snapshot)
    assert in_time(monitor.reset)


def test_a_frame_that_a_reset_overtakes_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monitor = QualityMonitor()
    with measuring(monkeypatch, monitor):
        assert in_time(monitor.reset)
    assert monitor.snapshot() is None
    monkeypatch.undo()
    monitor.add(frame_at(), result_of(), 1)
    quality = monitor.snapshot()
    assert quality is not None
    assert quality.consistency_share == 1.0


def test_the_median_leaves_out_frames_without_a_figure() -> None:
    with_flicker = replace(measure(result_of()), flicker_m=0.3)
    middle = median_of([measure(result_of()), with_flicker])
    assert middle.flicker_m == 0.3
    assert middle.consistency_share == 1.0
    assert np.isnan(median_of([measure(result_of())]).flicker_m)


def test_a_tiny_frame_gives_figures_too() -> None:
    frame = replace(frame_at(), rgb=np.zeros((1, 1, 3), np.uint8))
    one = np.ones((1, 1), np.float32)
    quality = QualityMeter().measure(frame, result_of(one, sensor_m=one, unguarded_m=one))
    assert quality.consistency_share == 1.0


def fitted(scale: float, shift_m: float) -> DepthResult:
    fit = EstimateFit(scale=scale, shift_m=shift_m, pixels=96, agreeing=0.9, fitted=True)
    return replace(result_of(), fit=fit)


def test_jitter_is_the_deviation_of_every_fit_so_far() -> None:
    monitor = QualityMonitor()
    for i, (scale, shift_m) in enumerate([(1.0, 0.0), (1.2, 0.1), (1.0, 0.0), (1.2, 0.1)]):
        monitor.add(frame_at(T0 + i * PERIOD), fitted(scale, shift_m), every=4)
    quality = monitor.snapshot()
    assert quality is not None
    assert (quality.estimate_scale, quality.estimate_shift_m) == (1.2, 0.1)
    assert quality.estimate_agreeing == 0.9
    assert quality.estimate_scale_jitter == pytest.approx(0.1)
    assert quality.estimate_shift_jitter_m == pytest.approx(0.05)


def test_jitter_forgets_what_has_left_the_window_and_needs_two() -> None:
    meter = QualityMeter()
    first = meter.measure(frame_at(), fitted(2.0, 0.5))
    assert first.estimate_scale == 2.0
    assert np.isnan(first.estimate_scale_jitter)
    for _ in range(WINDOW - 1):
        meter.note(fitted(1.0, 0.0))
    assert meter.measure(frame_at(), fitted(1.0, 0.0)).estimate_scale_jitter == 0
    meter.note(result_of())  # no estimate
    assert meter.measure(frame_at(), fitted(1.0, 0.0)).estimate_shift_jitter_m == 0


def test_published_jitter_of_a_static_scene_is_what_the_noise_makes() -> None:
    rng = np.random.default_rng(2)
    limits = fit_limits(NodeConfig().mde.align)
    assert limits is not None
    estimate = np.linspace(1, 3, SIZE[0] * SIZE[1], dtype=np.float32).reshape(SIZE)
    truth = estimate.reshape(8, 8, 12, 8).mean(axis=(1, 3))
    monitor = QualityMonitor()
    for i in range(3 * WINDOW):
        sensor = (1.05 * truth + rng.normal(0, 0.005, truth.shape)).astype(np.float32)
        sensor.ravel()[rng.permutation(96)[:10]] = 9.0
        aligned, fit = align(estimate, sensor, limits)
        result = replace(result_of(), mde_m=aligned, sensor_m=sensor, fit=fit)
        monitor.add(frame_at(T0 + i * PERIOD), result, every=10)
    quality = monitor.snapshot()
    assert quality is not None
    # Least squares on the 86 pixels that are right has sigma / (sqrt(n) sd), and half as much again
    # covers the weights' efficiency and what a deviation over 30 frames deviates.
    bound = 1.5 * 0.005 / np.sqrt(86) / truth.std()
    assert 0 < quality.estimate_scale_jitter < bound
    assert quality.estimate_shift_jitter_m < bound * np.hypot(truth.mean(), truth.std())
    assert quality.estimate_scale == pytest.approx(1.05, abs=3 * bound)
