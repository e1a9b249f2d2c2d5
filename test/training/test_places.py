"""Patches in favour of depth edges."""

from __future__ import annotations

import numpy as np
import pytest

from bridgenet_ros.training.places import Place, draw_place, edges

UNIT = 0.001


def test_a_plane_has_no_edges_and_a_step_has() -> None:
    rows, columns = np.mgrid[0:96, 0:96]
    plane = (200 + 2 * rows + columns).astype(np.uint16)
    step = np.where(columns < 48, 200, 250).astype(np.uint16)

    assert edges(plane, UNIT) == pytest.approx(0, abs=1e-9)
    # On the 6x6 grid each row bends twice in four places, by 50 units: 0.05 * 2 / 4.
    assert edges(step, UNIT) == pytest.approx(0.025)
    assert edges(step, 100 * UNIT) == pytest.approx(0.05)  # 0.1 at most in each place


def test_invalid_pixels_are_no_edges() -> None:
    code = np.full((96, 96), 300, np.uint16)
    code[:, 40:60] = 0
    assert edges(code, UNIT) == 0


def test_an_image_smaller_than_three_grid_steps_has_none() -> None:
    assert edges(np.full((40, 40), 7, np.uint16), UNIT) == 0


def test_the_place_with_the_object_wins() -> None:
    code = np.full((96, 640), 300, np.uint16)
    code[30:70, 560:600] = 200
    rng = np.random.default_rng(0)
    shares = {
        draws: np.mean([draw_place(code, 96, UNIT, rng, draws).x > 480 for _ in range(300)])
        for draws in (1, 8)
    }
    assert shares[1] == pytest.approx(64 / 545, abs=0.06)
    assert shares[8] > 0.5


def test_a_small_image_has_one_place() -> None:
    code = np.ones((20, 30), np.uint16)
    assert draw_place(code, 64, UNIT, np.random.default_rng(0), 3) == Place(0, 0)
