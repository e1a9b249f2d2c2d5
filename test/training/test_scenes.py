"""Procedural scenes as a source."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import numpy as np
import pytest
import torch
from training_data import make_plan

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.scenes.rooms import random_room
from bridgenet_ros.training.config import TrainConfig
from bridgenet_ros.training.samples import Batch, PatchStream
from bridgenet_ros.training.scenes import POOL, STEPS_A_VIEW, SceneKind, ScenePairs, scene_source
from bridgenet_ros.training.sources import build_stream

PLAN = make_plan(scales=(8,), patches=(64,), batches=(2,), sensor_shares=(0.5,))


def stream(*names: str, seed: int = 1) -> PatchStream:
    sources = [scene_source(name, 1.0, (seed, 0)) for name in names]
    return PatchStream(sources, PLAN, seed=seed)


def same(a: Batch, b: Batch) -> bool:
    tensors = zip([*a.inputs, *a[1:4]], [*b.inputs, *b[1:4]], strict=True)
    return all(torch.equal(x, y) for x, y in tensors)


def test_a_batch_is_a_function_of_seed_and_step() -> None:
    first, resumed = stream("rooms", "still_lifes"), stream("rooms", "still_lifes")
    first.batch(0)  # whatever came before

    expected = first.batch(41)

    assert same(resumed.batch(41), expected)
    assert same(pickle.loads(pickle.dumps(resumed)).batch(41), expected)
    assert not same(stream("rooms", "still_lifes", seed=2).batch(41), expected)


@pytest.mark.parametrize("share", [1.0, 0.25])
def test_views_come_and_go_with_the_steps(share: float) -> None:
    pairs = ScenePairs(SceneKind(random_room, is_depth=True), (0,), share)
    rng, each = np.random.default_rng(0), round(STEPS_A_VIEW / share)

    def picked(step: int) -> set[int]:
        return {pairs.pick(step, rng) for _ in range(400)}

    assert picked(0) == picked(each - 1) == set(range(POOL))
    assert picked(each) == set(range(1, POOL + 1))
    assert min(picked(10**7)) == 10**7 // each


def test_rooms_are_metres() -> None:
    source = scene_source("rooms", 1.0, (3,))
    rgb, code = source.pairs.image(2)

    assert rgb.shape == (*code.shape, 3)
    assert (rgb.dtype, code.dtype) == (np.uint8, np.uint16)
    metres = (code.astype(np.float64) - 1) * source.unit * source.value_range
    assert source.is_depth
    assert 0.3 < metres.min() < metres.max() < 10
    assert len(np.unique(code)) > 300


def test_still_lifes_are_disparity() -> None:
    source = scene_source("still_lifes", 1.0, (3,))
    code = source.pairs.image(2)[1]

    values = (code.astype(np.float64) - 1) * source.unit
    assert not source.is_depth
    assert 0.1 < values.min() < 0.8 * values.max()
    assert 0.5 <= values.max() <= 0.95


def test_an_unknown_family_is_named() -> None:
    with pytest.raises(ConfigError, match="scenes is 'caves'; expected one of rooms, still_lifes"):
        scene_source("caves", 1.0, (0,))


def test_scenes_stand_beside_data_sets(make_config: Callable[..., TrainConfig]) -> None:
    config = make_config(sources=[{"scenes": "rooms", "weight": 0.4}, {"scenes": "still_lifes"}])

    built, other = build_stream(config), build_stream(config, rank=1)

    assert [s.weight for s in built.sources] == [0.4, 1.0]
    assert [s.is_depth for s in built.sources] == [True, False]
    views = [s.sources[0].pairs.image(0)[1] for s in (built, other)]
    assert not np.array_equal(*views)  # each process sees its own scenes
    # 0.4 of 1.4 of the samples: 8 steps become 28.
    rng = np.random.default_rng(0)
    assert min(built.sources[0].pairs.pick(28 * 9 - 1, rng) for _ in range(200)) == 8
    assert min(built.sources[0].pairs.pick(28 * 9, rng) for _ in range(200)) == 9
