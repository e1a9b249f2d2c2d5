"""What is kept of a segment's results, by hand, and through JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
from frames import make_frame, make_result

from bridgenet_ros.frame import DepthResult, RgbdFrame
from bridgenet_ros.offline.measuring import MOST_PIXELS, PROCESS_MS, Measured, Measurer, depth_of

NAN = float("nan")


def frame(stamp_ns: int = 0, size: tuple[int, int] = (16, 24)) -> RgbdFrame:
    rgb = np.full((*size, 3), (200, 100, 50), np.uint8)
    return make_frame(rgb, np.ones((4, 6), np.uint16), stamp_ns=stamp_ns)


def result(depth_m: float = 2.0, size: tuple[int, int] = (16, 24), **timings: float) -> DepthResult:
    sr_m = np.full(size, depth_m, np.float32)
    sr_m[0, 0] = NAN
    sensor_m = np.full((4, 6), 2.0, np.float32)
    sensor_m[0, :3] = 0
    return make_result(sr_m, sensor_m=sensor_m, stamp_ns=0, timings_ms=timings)


def measured() -> Measured:
    measurer = Measurer({1, 2})
    measurer.add(0, 10, frame(1), result(engine=5.0), 6.0)
    measurer.add(2, 30, frame(2), result(2.5, engine=7.0, guard=1.0), 9.0)
    return measurer.finish()


def test_each_result_has_its_figures() -> None:
    kept = measured()
    assert kept.time_ns == [10, 30]
    assert kept.quality["holes_in"] == [3 / 24, 3 / 24]
    assert kept.quality["holes_out"] == [1 / 384, 1 / 384]
    assert kept.quality["consistency_median_m"] == [0.0, 0.5]
    assert kept.quality["consistency_share"] == [1.0, 0.0]
    # Colour stays; the first one has none before it.
    assert kept.quality["flicker_m"] == pytest.approx([NAN, 0.5], nan_ok=True)
    assert kept.timings_ms[PROCESS_MS] == [6.0, 9.0]
    assert kept.timings_ms["engine"] == [5.0, 7.0]
    assert kept.timings_ms["guard"] == pytest.approx([NAN, 1.0], nan_ok=True)


def test_only_chosen_pairs_have_a_view() -> None:
    (view,) = measured().views
    assert (view.time_ns, tuple(view.color_size), tuple(view.sensor_size)) == (30, (24, 16), (6, 4))
    np.testing.assert_allclose(view.rgb(), frame().rgb, atol=4)
    expected = result(2.5).sr_m
    np.testing.assert_array_equal(depth_of(view.sr), expected)
    sensor_m = depth_of(view.sensor)
    assert np.isnan(sensor_m[0, :3]).all()
    assert (sensor_m[1:] == 2.0).all()


def test_it_comes_back_from_json() -> None:
    kept = measured()
    again = Measured.of_plain(json.loads(json.dumps(asdict(kept))))
    assert again.time_ns == kept.time_ns
    for name, values in kept.quality.items():
        assert again.quality[name] == pytest.approx(values, nan_ok=True)
    assert depth_of(again.views[0].sr).shape == (16, 24)
    with pytest.raises(TypeError):
        Measured.of_plain({"time_ns": [], "views": []})


def test_a_large_picture_is_thinned() -> None:
    size = (40, 2 * MOST_PIXELS + 2)
    measurer = Measurer({0})
    measurer.add(0, 0, frame(size=size), result(size=size), 1.0)
    (view,) = measurer.finish().views
    assert depth_of(view.sr).shape == view.rgb().shape[:2] == (14, 428)
    assert tuple(view.color_size) == (size[1], size[0])


def test_depth_that_no_half_number_holds_is_none() -> None:
    measurer = Measurer({0})
    measurer.add(0, 0, frame(), result(1e6), 1.0)
    assert not np.isfinite(depth_of(measurer.finish().views[0].sr)).any()


def test_of_nothing_nothing_is_kept() -> None:
    assert Measurer({0}).finish() == Measured(time_ns=[], quality={}, timings_ms={}, views=[])
