from __future__ import annotations

import pickle

import numpy as np
import pytest

from bridgenet_ros.scenes import gallery
from bridgenet_ros.scenes.gallery import HEIGHT, KEPT_SCENES, VIEWS_A_SCENE, WIDTH, Gallery
from bridgenet_ros.scenes.geometry import room
from bridgenet_ros.scenes.render import Item, Lighting
from bridgenet_ros.scenes.spot import Spot
from bridgenet_ros.scenes.stage import Region, Stage
from bridgenet_ros.scenes.textures import checker, plain


class Counted:
    """A cheap scene: a crate somewhere; counts how often it was made."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, rng: np.random.Generator) -> Stage:
        self.made += 1
        tiled = checker((0.9, 0.9, 0.9), (0.1, 0.1, 0.1), 0.3)
        crate = Spot(*rng.uniform(2, 4, 2)).box((0, 0, 0.5), (0.5, 0.5, 1), plain((0.5, 0.2, 0.1)))
        return Stage(
            [Item(room((0, 0, 0), (6, 6, 2.5)), tiled), crate],
            (3, 3, 2.4),
            Lighting(shadow_px=16),
            Region((0.5, 0.5, 1.0), (1.5, 5.5, 1.8)),
            Region((3, 1, 0.2), (5, 5, 1.0)),
            0.3,
        )


def test_a_view_is_a_function_of_seed_and_number() -> None:
    first, second, other = (
        Gallery(Counted(), (3,)),
        Gallery(Counted(), (3,)),
        Gallery(Counted(), (4,)),
    )
    second.view(11)  # whatever came before

    a, b, c = (views.view(5) for views in (first, second, other))

    assert a.rgb.shape == (HEIGHT, WIDTH, 3)
    assert a.depth_m.shape == (HEIGHT, WIDTH)
    assert np.array_equal(a.rgb, b.rgb)
    assert np.array_equal(a.depth_m, b.depth_m)
    assert not np.array_equal(a.depth_m, c.depth_m)
    assert not np.array_equal(a.depth_m, first.view(4).depth_m)


def test_colour_changes_where_depth_does() -> None:
    views = Gallery(Counted(), (3,))
    steps = np.zeros(7)
    for number in range(6):
        view = views.view(number)
        jump = np.abs(np.diff(view.depth_m, axis=1)) > 0.3
        change = np.abs(np.diff(view.rgb.astype(int), axis=1)).max(axis=2)
        rows, columns = np.nonzero(jump[:, 8:-8])
        steps += [change[rows, columns + 8 + offset].sum() for offset in range(-3, 4)]

    assert steps.argmax() == 3  # at no offset
    assert steps[2] == pytest.approx(steps[4], rel=0.3)  # and to both sides alike


def test_a_scene_is_made_once_for_its_views_and_forgotten_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gallery, "WIDTH", 24)
    monkeypatch.setattr(gallery, "HEIGHT", 20)
    make = Counted()
    views = Gallery(make, (0,))

    for number in range(VIEWS_A_SCENE):
        views.view(number)
    assert make.made == 1
    for scene in range(1, KEPT_SCENES + 1):
        views.view(scene * VIEWS_A_SCENE)
    views.view(KEPT_SCENES * VIEWS_A_SCENE)
    assert make.made == KEPT_SCENES + 1
    views.view(0)
    assert make.made == KEPT_SCENES + 2


def test_a_gallery_travels_to_another_process() -> None:
    views = Gallery(Counted(), (2,))
    views.view(0)

    copy = pickle.loads(pickle.dumps(views))

    assert np.array_equal(copy.view(1).rgb, views.view(1).rgb)


def test_a_number_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        Gallery(Counted(), (0,)).view(-1)
