from __future__ import annotations

import numpy as np
import pytest

from bridgenet_ros.scenes.camera import Intrinsics
from bridgenet_ros.scenes.still_life import NEAREST_M, random_still_life

CAMERA = Intrinsics(width=48, height=40, focal=50, cx=24, cy=20)


@pytest.mark.parametrize("seed", range(5))
def test_things_stand_in_several_layers_before_the_camera(seed: int) -> None:
    rng = np.random.default_rng(seed)
    stage = random_still_life(rng)

    depth = stage.renderer().depth(CAMERA, stage.pose(rng))

    assert len(stage.items) > 12
    assert depth.min() > NEAREST_M * 0.6
    assert depth.max() < 4.5
    near, far = np.percentile(depth, (5, 95))
    assert far > 1.25 * near
