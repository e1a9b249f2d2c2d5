"""The estimate fitted to the sensor, in its place behind the network; the same in every front end.

The trained network's own figures on real images are in docs/adr/0015.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from frames import make_frame

from bridgenet_ros.config import NodeConfig, with_values
from bridgenet_ros.estimate_fit import align, fit_limits
from bridgenet_ros.evaluation.metrics import measure_estimate
from bridgenet_ros.evaluation.protocol import Protocol, make_case
from bridgenet_ros.frame import DepthResult, FloatArray, RgbdFrame
from bridgenet_ros.frame_settings import frame_settings
from bridgenet_ros.input_config import SyncConfig
from bridgenet_ros.live import LiveSession, StampedImage, make_synchronizer
from bridgenet_ros.offline.processor import Processing
from bridgenet_ros.open_dataset import open_dataset
from bridgenet_ros.pipeline import Pipeline, build_pipeline

TINY = Path(__file__).resolve().parents[1] / "models" / "tiny.safetensors"
BASE = with_values(
    NodeConfig(), {"model.weights": str(TINY), "model.device": "cpu", "model.threads": 1}
)


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    """The shipped weights."""
    built = build_pipeline(BASE)
    yield built
    built.close()


def slope(seed: int = 0, *, gain: float = 1.0) -> RgbdFrame:
    """A floor that runs from 4 m to 1 m, as a sensor sees it whose metres are ``gain`` long."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.linspace(4, 1, 12, dtype=np.float32)[:, None], 16, axis=1)
    depth = (gain * truth + rng.normal(0, 0.005, truth.shape)).astype(np.float32)
    return make_frame(rng.integers(90, 110, (96, 128, 3), dtype=np.uint8), depth)


def process(pipeline: Pipeline, frame: RgbdFrame, **values: object) -> DepthResult:
    named = {f"mde.align.{name}": value for name, value in values.items()}
    pipeline.settings = frame_settings(with_values(BASE, named))
    result = pipeline.process(frame, estimate=True)
    pipeline.settings = frame_settings(BASE)
    return result


def estimate_of(result: DepthResult) -> FloatArray:
    assert result.mde_m is not None
    return result.mde_m


def test_the_estimate_is_fitted_unless_it_is_switched_off(pipeline: Pipeline) -> None:
    plain, fitted = process(pipeline, slope(), mode="off"), process(pipeline, slope())
    assert plain.fit is None
    assert "align" not in plain.timings_ms
    limits = fit_limits(BASE.mde.align)
    assert limits is not None
    expected, fit = align(estimate_of(plain), plain.sensor_m, limits)
    assert fit.fitted
    assert fitted.fit == fit
    assert estimate_of(fitted).tobytes() == expected.tobytes()
    assert fitted.timings_ms["align"] > 0
    assert fitted.sr_m.tobytes() == plain.sr_m.tobytes()


def test_without_an_estimate_there_is_no_fit(pipeline: Pipeline) -> None:
    result = pipeline.process(slope())
    assert (result.mde_m, result.fit) == (None, None)
    assert "align" not in result.timings_ms
    assert pipeline.collect(pipeline.submit(slope(), bicubic="too late")).fit is None


@pytest.mark.parametrize("gain", [0.7, 1.0, 1.6])
def test_the_estimate_is_metric_where_the_sensor_measures(pipeline: Pipeline, gain: float) -> None:
    plain, fitted = (process(pipeline, slope(gain=gain), mode=m) for m in ("off", "scale_shift"))

    def off_m(result: DepthResult) -> float:
        means = estimate_of(result).reshape(12, 8, 16, 8).mean(axis=(1, 3))
        return float(np.median(np.abs(means - result.sensor_m)))

    assert off_m(fitted) < off_m(plain)


def test_real_rooms_come_out_nearer_to_the_truth(pipeline: Pipeline, data_folder: Path) -> None:
    rooms = open_dataset(data_folder / "nyu_v2_eval")
    for index in (0, 20, 40):
        case = make_case(rooms, index, Protocol(scale=8, sensor=True))
        frame = replace(slope(), rgb=case.rgb, depth=case.low)
        before, after = (
            measure_estimate(estimate_of(result), case.truth, case.counted)
            for result in (process(pipeline, frame, mode=m) for m in ("off", "scale_shift"))
        )
        assert after.abs_rel < before.abs_rel


def test_too_few_pixels_are_told_and_change_nothing(pipeline: Pipeline) -> None:
    depth = slope().depth.copy()
    depth[2:] = 0
    few = replace(slope(), depth=depth)
    plain, alone = process(pipeline, few, mode="off"), process(pipeline, few, min_pixels=33)
    assert alone.fit is not None
    assert not alone.fit.fitted
    assert alone.fit.problem == "32 of the sensor's pixels can be compared; expected at least 33"
    assert estimate_of(alone).tobytes() == estimate_of(plain).tobytes()


def test_live_and_offline_give_the_same_bytes(pipeline: Pipeline) -> None:
    frames = [replace(slope(seed), stamp_ns=10**9 * (seed + 1)) for seed in range(3)]
    live: list[DepthResult] = []
    came = Event()

    def keep(_: RgbdFrame, result: DepthResult) -> None:
        live.append(result)
        came.set()

    session = LiveSession(
        pipeline,
        make_synchronizer(SyncConfig()),
        on_result=keep,
        wants_estimate=lambda: True,
        age_ms=lambda _: 0.0,
        on_error=lambda *_: None,
    )
    session.start()
    for frame in frames:
        came.clear()
        session.add_depth(StampedImage(frame.depth, frame.stamp_ns, "c", 0.0))
        session.add_color(StampedImage(frame.rgb, frame.stamp_ns, "c", 0.0))
        assert came.wait(60)  # one by one: a newer pair would replace one that waits
    session.stop()
    offline = Processing(BASE).make()
    # In another order: nothing of a frame may be left for the next.
    for index in (2, 0, 1):
        result = offline.process(frames[index], estimate=True)
        assert result.fit == live[index].fit
        assert estimate_of(result).tobytes() == estimate_of(live[index]).tobytes()
    offline.close()
