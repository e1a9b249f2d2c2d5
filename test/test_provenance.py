"""Where each pixel's depth comes from."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from frames import make_result
from hypothesis import given
from hypothesis import strategies as st

from bridgenet_ros.frame import DepthResult
from bridgenet_ros.preprocess import upsample_depth
from bridgenet_ros.provenance import Source, flying_mask, measured_mask, source_mask

NAN = float("nan")


def result_of(
    sensor_m: np.ndarray,
    sr_m: np.ndarray,
    unguarded_m: np.ndarray | None = None,
    bicubic: str = "",
) -> DepthResult:
    before = sr_m if unguarded_m is None else unguarded_m
    return make_result(sr_m, unguarded_m=before, sensor_m=sensor_m, bicubic=bicubic)


def test_every_pixel_has_one_source() -> None:
    sensor = np.array([[1.0, 0.0]], np.float32)
    unguarded = np.array([[1, 1, 2, NAN], [1, 1, 2, 2]], np.float32)
    published = np.array([[1, NAN, 2, NAN], [1, 1, 2, 2]], np.float32)
    mask = source_mask(result_of(sensor, published, unguarded))
    up, none, filled, flying = Source.UPSAMPLED, Source.NONE, Source.FILLED, Source.FLYING
    assert mask.tolist() == [[up, flying, filled, none], [up, up, filled, filled]]
    assert mask.dtype == np.uint8


def test_a_frame_that_the_network_did_not_see_has_nothing_of_the_network_s() -> None:
    sensor = np.array([[1.0, 0.0]], np.float32)
    unguarded = np.array([[1, 1, 2, NAN], [1, 1, 2, 2]], np.float32)
    published = np.array([[1, NAN, 2, NAN], [1, 1, 2, 2]], np.float32)
    mask = source_mask(result_of(sensor, published, unguarded, bicubic="it would be late"))
    up, none, spread, flying = Source.UPSAMPLED, Source.NONE, Source.SPREAD, Source.FLYING
    assert mask.tolist() == [[up, flying, spread, none], [up, up, spread, spread]]


def test_depth_of_colour_s_size_is_the_sensor_s_own() -> None:
    sensor = np.array([[1.0, 0.0]], np.float32)
    mask = source_mask(result_of(sensor, np.array([[1.0, NAN]], np.float32)))
    assert mask.tolist() == [[Source.SENSOR, Source.NONE]]


def test_without_the_guard_nothing_flies() -> None:
    sr_m = np.array([[1.0, NAN]], np.float32)
    assert not flying_mask(result_of(sr_m, sr_m)).any()


def test_the_values_are_those_that_consumers_know() -> None:
    assert [int(source) for source in Source] == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("seed", range(3))
@given(low=st.tuples(st.integers(1, 7), st.integers(1, 7)), more=st.integers(0, 20))
def test_measured_is_where_the_network_was_told_so(
    seed: int, low: tuple[int, int], more: int
) -> None:
    sensor = np.random.default_rng(seed).integers(0, 2, low).astype(np.float32)
    size = (low[0] + more, low[1] + 2 * more)
    _, validity = upsample_depth(torch.from_numpy(sensor)[None, None], size)
    mask = measured_mask(result_of(sensor, np.ones(size, np.float32)))
    np.testing.assert_array_equal(mask, validity[0, 0].numpy() > 0)
