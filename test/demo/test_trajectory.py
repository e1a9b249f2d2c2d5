from __future__ import annotations

import itertools

import numpy as np
import pytest

from bridgenet_ros.demo.scene import ROOM_HIGH, ROOM_LOW
from bridgenet_ros.demo.trajectory import pose_at


def test_loop_closes() -> None:
    start, end = pose_at(0.0), pose_at(1.0)

    assert end.position == pytest.approx(start.position, abs=1e-5)
    assert end.axes == pytest.approx(start.axes, abs=1e-5)


def test_camera_stays_in_the_room_and_moves_smoothly() -> None:
    way = np.stack([pose_at(k / 90).position for k in range(91)])

    assert (way > np.asarray(ROOM_LOW) + 0.2).all()
    assert (way < np.asarray(ROOM_HIGH) - 0.2).all()
    steps = np.linalg.norm(np.diff(way, axis=0), axis=1)
    assert steps.max() < 0.04  # metres in 1/30 s
    assert steps.sum() > 1.0


def test_turn_between_frames_is_below_two_degrees() -> None:
    axes = [pose_at(k / 90).axes.astype(np.float64) for k in range(91)]
    cosine = [(np.trace(a.T @ b) - 1) / 2 for a, b in itertools.pairwise(axes)]

    assert np.rad2deg(np.arccos(np.clip(cosine, -1, 1))).max() < 2
