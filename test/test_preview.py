"""The preview: panels where they belong, colours as the scale bar says."""

from __future__ import annotations

import numpy as np
import pytest

from bridgenet_ros.depth_colors import INVALID, color_depth
from bridgenet_ros.preview import BAR_ROWS, draw_preview, scale_bar, ticks

NAN = float("nan")


def preview_of(size: tuple[int, int], **changes: np.ndarray) -> np.ndarray:
    """Grey colour, 2 m measured, 4 m found."""
    parts = {
        "rgb": np.full((*size, 3), (10, 20, 30), np.uint8),
        "sensor_m": np.full((6, 8), 2.0, np.float32),
        "sr_m": np.full(size, 4.0, np.float32),
        **changes,
    }
    return draw_preview(**parts, near_m=0.0, far_m=6.0)


def test_colour_sensor_and_result_stand_side_by_side() -> None:
    picture = preview_of((48, 64))
    assert picture.shape == (48 + BAR_ROWS, 3 * 64, 3)
    assert picture.dtype == np.uint8
    below_titles = picture[30:48]
    np.testing.assert_array_equal(below_titles[:, :64], np.full((18, 64, 3), (30, 20, 10)))
    for left, depth_m in ((64, 2.0), (128, 4.0)):
        expected = color_depth(np.full((18, 64), depth_m, np.float32), 0.0, 6.0)
        np.testing.assert_array_equal(below_titles[:, left : left + 64], expected)


def test_holes_are_dark_and_the_sensor_s_stay_square() -> None:
    sensor = np.full((6, 8), 2.0, np.float32)
    sensor[4, 2] = 0
    result = np.full((48, 64), 4.0, np.float32)
    result[40, 5] = NAN
    picture = preview_of((48, 64), sensor_m=sensor, sr_m=result)
    dark = (picture[30:48] == INVALID).all(axis=2)
    assert dark[2:10, 64 + 16 : 64 + 24].all()
    assert dark[10, 128 + 5]
    assert dark.sum() == 8 * 8 + 1


@pytest.mark.parametrize(("columns", "panel"), [(640, 640), (641, 321), (1280, 640), (1920, 640)])
def test_large_images_shrink_by_a_whole_factor(columns: int, panel: int) -> None:
    picture = preview_of((40, columns))
    assert picture.shape[1] == 3 * panel


def test_an_image_smaller_than_its_titles_still_gives_a_preview() -> None:
    assert preview_of((3, 5), sensor_m=np.zeros((1, 1), np.float32)).shape == (3 + BAR_ROWS, 15, 3)


@pytest.mark.parametrize(
    ("near", "far", "columns", "expected"),
    [
        (0.0, 6.0, 600, [0, 1, 2, 3, 4, 5, 6]),
        (0.3, 1.0, 400, [0.4, 0.6, 0.8, 1.0]),
        (0.5, 20.0, 300, [10, 20]),
        (0.0, 1000.0, 100, [0, 1000]),
    ],
)
def test_ticks_are_round_and_leave_room(
    near: float, far: float, columns: int, expected: list[float]
) -> None:
    assert ticks(near, far, columns) == expected


def test_the_bar_has_the_colours_of_its_depths() -> None:
    bar = scale_bar(624, 0.0, 6.0)
    ramp = bar[10, 12:-12]
    middle = color_depth(np.array([[3.0]], np.float32), 0.0, 6.0)[0, 0].astype(int)
    assert np.abs(ramp[300].astype(int) - middle).max() <= 3
    assert bar[30:].max() > 200  # numbers
