"""The mean depth map."""

from __future__ import annotations

import numpy as np
import pytest

from bridgenet_ros.data.folder import RgbdFolder
from bridgenet_ros.errors import DatasetError
from bridgenet_ros.evaluation.mean_depth import MeanDepth, mean_depth


def test_the_mean_of_every_pair(depth_pairs: RgbdFolder) -> None:
    maps = [depth_pairs.load(i).depth for i in range(2)]
    np.testing.assert_allclose(mean_depth(depth_pairs, every=1).depth, np.mean(maps, axis=0))
    np.testing.assert_allclose(mean_depth(depth_pairs, every=2).depth, maps[0])


def test_it_is_stretched_to_the_image() -> None:
    method = MeanDepth(depth=np.array([[1, 3]], dtype=np.float32))
    out = method(np.zeros((2, 4, 3), dtype=np.uint8), np.zeros((1, 1), dtype=np.float32))
    np.testing.assert_allclose(out, [[1, 1.5, 2.5, 3]] * 2)


def test_disparity_has_no_mean_depth(disparity_pairs: RgbdFolder) -> None:
    with pytest.raises(DatasetError, match="boxes: a mean depth map needs depth"):
        mean_depth(disparity_pairs, every=1)
