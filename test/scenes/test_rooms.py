from __future__ import annotations

import numpy as np
import pytest

from bridgenet_ros.scenes.geometry import Box, Cylinder, Ellipsoid
from bridgenet_ros.scenes.rooms import random_room


@pytest.mark.parametrize("seed", range(6))
def test_rooms_are_furnished_and_fit_the_depth_range(seed: int) -> None:
    stage = random_room(np.random.default_rng(seed))

    low, high = (
        stage.items[0].solid.corners().min(axis=0),
        stage.items[0].solid.corners().max(axis=0),
    )
    assert low == pytest.approx(np.zeros(3), abs=1e-5)
    assert np.linalg.norm(high[:2]) < 10
    assert len(stage.items) > 40
    kinds = {type(item.solid) for item in stage.items}
    assert kinds == {Box, Cylinder, Ellipsoid}
    for region in (stage.eyes, stage.targets):
        assert (np.array(region.low) < region.high).all()
        assert (np.array(region.high) <= high).all()
    assert stage.lamp[2] < high[2]


@pytest.mark.parametrize("number", [30, 49, 73, 85])
def test_the_longest_rooms_have_a_width(number: int) -> None:
    # These seeds asked for a room so long that no width was left.
    assert random_room(np.random.default_rng([1, 0, number])).items


def test_rooms_have_thin_bars() -> None:
    thin = 0
    for seed in range(4):
        solids = [item.solid for item in random_room(np.random.default_rng(seed)).items]
        thin += sum(isinstance(s, Cylinder) and s.radius < 0.012 for s in solids)

    assert thin > 20


def test_a_seed_is_a_room() -> None:
    first, second, other = (random_room(np.random.default_rng(s)) for s in (7, 7, 8))

    same = [
        np.array_equal(a.solid.corners(), b.solid.corners())
        for a, b in zip(first.items, second.items, strict=True)
    ]
    assert all(same)
    assert (len(other.items), other.lamp) != (len(first.items), first.lamp)
