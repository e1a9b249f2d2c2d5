"""The busiest part of a picture, on edges made by hand."""

from __future__ import annotations

import numpy as np

from bridgenet_ros.report.detail import Crop, busiest_part


def test_busiest_part_is_the_one_with_the_edges() -> None:
    sensor = np.full((60, 80), 3.0, np.float32)
    sensor[40:52:3, 60:74] = 1.0

    crop = busiest_part(sensor, (480, 640))

    assert (crop.width, crop.height) == (160, 120)
    assert crop.left <= 60 * 8 < crop.left + crop.width
    assert crop.top <= 45 * 8 < crop.top + crop.height
    assert crop.left + crop.width <= 640
    assert crop.top + crop.height <= 480


def test_a_hole_is_not_an_edge() -> None:
    sensor = np.full((60, 80), 3.0, np.float32)
    sensor[50:, 70:] = 0

    assert busiest_part(sensor, (480, 640))[:2] == (0, 0)


def test_crop_takes_its_part() -> None:
    image = np.arange(12, dtype=np.float32).reshape(3, 4)

    assert Crop(1, 1, 2, 2).of(image).tolist() == [[5, 6], [9, 10]]


def test_a_crop_is_the_same_part_of_a_smaller_image() -> None:
    assert Crop(160, 120, 160, 120).scaled(1 / 8, 1 / 4) == (40, 15, 40, 15)
    assert Crop(0, 0, 2, 2).scaled(1 / 8, 1 / 8) == (0, 0, 1, 1)
