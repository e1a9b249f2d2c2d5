"""Pictures in the page, decoded again."""

from __future__ import annotations

from base64 import b64decode

import cv2
import numpy as np
import pytest

from bridgenet_ros.depth_colors import INVALID, TURBO
from bridgenet_ros.report.detail import Crop
from bridgenet_ros.report.pictures import depth_scale, depth_uri, framed, picture_uri

NAN = float("nan")


def pixels_of(uri: str) -> tuple[str, np.ndarray]:
    head, data = uri.split(",")
    decoded = cv2.imdecode(np.frombuffer(b64decode(data), np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    return head, decoded[..., ::-1]


def test_a_small_picture_keeps_every_pixel() -> None:
    rgb = np.random.default_rng(1).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    head, pixels = pixels_of(picture_uri(rgb))
    assert head == "data:image/png;base64"
    np.testing.assert_array_equal(pixels, rgb)


def test_a_large_picture_is_a_jpeg() -> None:
    rgb = np.full((300, 400, 3), (200, 100, 50), np.uint8)
    head, pixels = pixels_of(picture_uri(rgb))
    assert head == "data:image/jpeg;base64"
    np.testing.assert_allclose(pixels, rgb, atol=3)


def test_depth_has_the_colours_of_its_range() -> None:
    _, pixels = pixels_of(depth_uri(np.array([[1, 2, NAN]], np.float32), 1.0, 2.0))
    assert pixels.tolist() == [[TURBO[0].tolist(), TURBO[255].tolist(), [INVALID] * 3]]


def test_the_scale_names_its_ends() -> None:
    svg = depth_scale(1.0, 3.0)
    assert svg.get("aria-label") == "Colours of depth, from 1 m to 3 m"
    texts = {text.text: float(text.get("x", "")) for text in svg.iter("text")}
    assert texts["1 m"] == 24
    assert texts["3 m"] == 336
    assert texts["2 m"] == pytest.approx(180)


def test_a_part_is_outlined_on_a_copy() -> None:
    rgb = np.full((60, 80, 3), 100, np.uint8)
    outlined = framed(rgb, Crop(20, 10, 40, 30))
    assert outlined[10, 20].tolist() == outlined[39, 59].tolist() == [255, 255, 255]
    assert outlined[25, 40].tolist() == outlined[2, 2].tolist() == [100, 100, 100]
    assert rgb.min() == 100
