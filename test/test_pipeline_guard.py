"""The flying-pixel guard in its place: behind the network, and what the result keeps of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from frames import make_frame

from bridgenet_ros.config import NodeConfig, with_values
from bridgenet_ros.evaluation.flying import flying_share
from bridgenet_ros.frame import DepthResult
from bridgenet_ros.frame_settings import frame_settings
from bridgenet_ros.pipeline import Pipeline, build_pipeline

TINY = Path(__file__).resolve().parents[1] / "models" / "tiny.safetensors"
TRUTH = np.full((240, 320), 3.0, np.float32)
TRUTH[60:200, 100:220] = 1.0


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    """The shipped weights."""
    values = {"model.weights": str(TINY), "model.device": "cpu", "model.threads": 1}
    built = build_pipeline(with_values(NodeConfig(), values))
    yield built
    built.close()


def process(pipeline: Pipeline, **edge: object) -> DepthResult:
    """A box before a wall, the low-resolution pixels 8 px wide."""
    values = {f"edge.{name}": value for name, value in edge.items()}
    pipeline.settings = frame_settings(with_values(NodeConfig(), values))
    grey = np.where(TRUTH > 2, 60, 200).astype(np.uint8)
    low = TRUTH.reshape(30, 8, 40, 8).mean(axis=(1, 3))
    low[0, 0] = 0.05  # nearer than min_depth
    return pipeline.process(make_frame(np.repeat(grey[..., None], 3, axis=2), low))


def test_switched_off_it_changes_nothing(pipeline: Pipeline) -> None:
    result = process(pipeline, enable=False)
    assert result.sr_m is result.unguarded_m
    assert np.isnan(result.sr_m).sum() == 64  # the hole


def test_it_takes_pixels_out_and_keeps_what_was_there(pipeline: Pipeline) -> None:
    plain, guarded = process(pipeline, enable=False), process(pipeline, preset="nav")
    np.testing.assert_array_equal(guarded.unguarded_m, plain.sr_m)
    kept = np.isfinite(guarded.sr_m)
    np.testing.assert_array_equal(guarded.sr_m[kept], plain.sr_m[kept])
    assert kept.sum() < np.isfinite(plain.sr_m).sum()


@pytest.mark.parametrize("preset", ["slam", "nav", "viz"])
def test_most_points_between_two_planes_are_gone(pipeline: Pipeline, preset: str) -> None:
    result = process(pipeline, preset=preset)
    before, after = (flying_share(depth, TRUTH) for depth in (result.unguarded_m, result.sr_m))
    assert 0 < after < before / 2
    assert np.isnan(result.sr_m).mean() < 0.06


def test_the_result_holds_the_depth_that_the_network_was_given(pipeline: Pipeline) -> None:
    sensor_m = process(pipeline).sensor_m
    assert (sensor_m.dtype, sensor_m.shape) == (np.float32, (30, 40))
    assert sensor_m[0, 0] == 0
    assert sensor_m.ravel()[1:].min() == 1.0
