from __future__ import annotations

import numpy as np
import pytest

from bridgenet_ros.scenes.spot import Spot
from bridgenet_ros.scenes.textures import plain

GREY = plain((0.5, 0.5, 0.5))


def test_points_are_turned_and_moved() -> None:
    at = Spot(2, 3, 1, 90)  # its x is the world's y, its y the world's -x

    assert at.point(1, 0, 0) == pytest.approx((2, 4, 1))
    assert at.point(0, 1, 0.5) == pytest.approx((1, 3, 1.5))


def test_a_spot_on_a_spot_adds_turns() -> None:
    inner = Spot(2, 3, 1, 90).spot(1, 0, 0.5, 90)

    assert (inner.x, inner.y, inner.z, inner.yaw_deg) == pytest.approx((2, 4, 1.5, 180))
    assert inner.point(1, 0, 0) == pytest.approx((1, 4, 1.5))


def test_things_stand_where_the_spot_says() -> None:
    at = Spot(2, 3, 1, 90)
    items = [
        at.box((0, 0, 0.5), (2, 4, 1), GREY),
        at.ball((0, 0, 0.5), (2, 4, 1), GREY),
        at.bar((-1, 0, 0.5), (1, 0, 0.5), 0.1, GREY),
    ]

    low = [item.solid.corners().min(axis=0) for item in items]
    high = [item.solid.corners().max(axis=0) for item in items]
    assert low[:2] == pytest.approx(np.array([[0, 2, 1], [0, 2, 1]]), abs=1e-5)
    assert high[:2] == pytest.approx(np.array([[4, 4, 2], [4, 4, 2]]), abs=1e-5)
    assert np.array([low[2], high[2]]) == pytest.approx(
        np.array([[1.9, 2, 1.4], [2.1, 4, 1.6]]), abs=1e-5
    )
