"""The demo camera's way: a slow closed loop with the small unrest of a hand."""

from __future__ import annotations

import numpy as np

from bridgenet_ros.scenes.camera import Pose, look_at

_CENTRE = np.array([0.82, 0.86, 1.34])
_TARGET = np.array([3.15, 2.35, 0.80])


def pose_at(phase: float) -> Pose:
    """The camera at ``phase`` of the loop; whole numbers are the same place.

    Every part is a whole multiple of the loop, so that it closes without a jump.
    """
    turn = 2 * np.pi * phase
    way = np.array(
        [
            0.16 * np.sin(turn) + 0.012 * np.sin(3 * turn + 0.7),
            -0.24 * np.sin(turn + 0.5) + 0.010 * np.sin(4 * turn),
            0.07 * np.sin(turn + 2.1) + 0.008 * np.sin(5 * turn + 1.9),
        ]
    )
    gaze = np.array(
        [
            0.10 * np.sin(turn + 1.0),
            0.14 * np.sin(turn + 2.6) + 0.012 * np.sin(6 * turn + 0.3),
            0.05 * np.sin(2 * turn) + 0.010 * np.sin(5 * turn + 1.1),
        ]
    )
    roll = 1.2 * np.sin(turn + 0.4) + 0.3 * np.sin(4 * turn + 2.2)
    return look_at(_CENTRE + way, _TARGET + gaze, roll_deg=float(roll))
