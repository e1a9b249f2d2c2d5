from __future__ import annotations

import numpy as np
import pytest

from bridgenet_ros.demo.scene import living_room
from bridgenet_ros.demo.trajectory import pose_at
from bridgenet_ros.scenes.camera import VGA
from bridgenet_ros.scenes.render import Picture


@pytest.fixture(scope="module")
def view() -> Picture:
    return living_room().render(VGA, pose_at(0.0))


def test_depth_is_complete_and_inside_the_networks_range(view: Picture) -> None:
    assert view.depth_m.shape == (480, 640)
    assert np.isfinite(view.depth_m).all()
    assert view.depth_m.min() > 0.5
    assert view.depth_m.max() < 7.0


def test_thin_things_are_seen(view: Picture) -> None:
    """Runs of at most 8 columns that stand half a metre before both neighbours."""
    depth = view.depth_m
    stands_out = (depth[:, 8:-8] < depth[:, :-16] - 0.5) & (depth[:, 8:-8] < depth[:, 16:] - 0.5)

    assert stands_out.sum() > 1500


def test_picture_has_contrast_and_is_not_burnt_out(view: Picture) -> None:
    assert view.rgb.std() > 35
    assert (view.rgb == 255).all(axis=2).mean() < 0.02
    assert (view.rgb < 12).all(axis=2).mean() < 0.02


def test_seed_changes_the_books_and_not_the_depth(view: Picture) -> None:
    other = living_room(seed=5).render(VGA, pose_at(0.0))

    assert np.array_equal(other.depth_m, view.depth_m)
    assert (other.rgb != view.rgb).any()
