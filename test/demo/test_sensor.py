from __future__ import annotations

import numpy as np
import pytest

from bridgenet_ros.demo.sensor import LowDepth, SensorModel
from bridgenet_ros.errors import ConfigError

EXACT = SensorModel(noise_m=0, noise_per_m=0, edge_loss=0, blobs=0)


def flat(depth: float, shape: tuple[int, int] = (480, 640)) -> np.ndarray:
    return np.full(shape, depth, np.float32)


def test_flat_wall_is_lowered_to_its_own_depth() -> None:
    low = EXACT.see(flat(2.5))

    assert low.depth_m.shape == (60, 80)
    assert low.depth_m == pytest.approx(2.5)
    assert not low.on_edge.any()
    assert EXACT.measure(low, np.random.default_rng(0)) == pytest.approx(2.5)


def test_pixel_across_a_step_mixes_both_sides() -> None:
    depth = flat(3.0)
    depth[:, 324:] = 1.0  # in the middle of depth column 40

    low = EXACT.see(depth)

    assert low.on_edge[:, 40].all()
    assert low.on_edge.sum() == 60
    assert low.depth_m[30, 40] == pytest.approx(2.0, abs=0.05)


def test_noise_grows_with_the_square_of_depth() -> None:
    model = SensorModel(edge_loss=0, blobs=0)
    spread = {}
    for depth in (1.0, 2.0, 4.0):
        low = LowDepth(flat(depth, (200, 200)), np.zeros((200, 200), np.bool_))
        spread[depth] = model.measure(low, np.random.default_rng(1)).std()

    for depth, found in spread.items():
        assert found == pytest.approx(0.001 + 0.0008 * depth**2, rel=0.05)


def test_edges_and_blobs_become_holes() -> None:
    edge = np.zeros((60, 80), np.bool_)
    edge[:, :40] = True
    low = LowDepth(flat(2.0, (60, 80)), edge)

    lossy = SensorModel(blobs=0, edge_loss=0.3).measure(low, np.random.default_rng(0)) == 0
    blobs = SensorModel(blobs=3, edge_loss=0).measure(low, np.random.default_rng(0)) == 0

    assert lossy[:, :40].mean() == pytest.approx(0.3, abs=0.03)
    assert not lossy[:, 40:].any()
    assert 0 < blobs.sum() < 60


def test_same_seed_same_frame() -> None:
    low = SensorModel().see(flat(2.0))

    frames = [SensorModel().measure(low, np.random.default_rng(s)) for s in (4, 4, 5)]

    assert frames[0].dtype == np.float32
    assert frames[0] * 1000 == pytest.approx(np.rint(frames[0] * 1000), abs=1e-3)
    assert np.array_equal(frames[0], frames[1])
    assert not np.array_equal(frames[0], frames[2])


def test_size_that_the_scale_does_not_divide_is_refused() -> None:
    with pytest.raises(ConfigError, match="641x480; expected multiples of the scale 8"):
        SensorModel().see(flat(1.0, (480, 641)))
