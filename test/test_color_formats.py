"""Mosaics of one colour and YUV values worked out by hand."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from bridgenet_ros.color_formats import BAYER_PATTERNS, demosaic, from_yuv420, from_yuv422
from bridgenet_ros.errors import FrameError

COLOUR = {"r": 200, "g": 100, "b": 50}


def mosaic(pattern: str, height: int = 6, width: int = 8) -> npt.NDArray[np.uint8]:
    """One colour through the filters of ``pattern``."""
    pixels = np.zeros((height, width), np.uint8)
    for place, filtered in enumerate(pattern):
        pixels[place // 2 :: 2, place % 2 :: 2] = COLOUR[filtered]
    return pixels


@pytest.mark.parametrize("pattern", BAYER_PATTERNS)
def test_a_mosaic_of_one_colour_is_that_colour(pattern: str) -> None:
    rgb = demosaic(mosaic(pattern), pattern)
    assert rgb.dtype == np.uint8
    assert np.unique(rgb.reshape(-1, 3), axis=0).tolist() == [[200, 100, 50]]


def test_neighbours_are_averaged() -> None:
    pixels = np.zeros((6, 6), np.uint8)
    pixels[2, 2], pixels[2, 4] = 40, 80  # red; the pixel between them has green alone
    assert demosaic(pixels, "rggb")[2, 3].tolist() == [60, 0, 0]


@pytest.mark.parametrize("shape", [(2, 8), (8, 2), (1, 1)])
def test_a_mosaic_too_small_to_interpolate_is_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(FrameError, match=f"{shape[1]}x{shape[0]}") as caught:
        demosaic(np.zeros(shape, np.uint8), "rggb")
    assert caught.value.reason == "size"


def yuv_to_rgb(y: int, u: int, v: int) -> list[float]:
    """BT.601, video range: luma 16 to 235, chroma 16 to 240 around 128."""
    luma = 1.164 * (y - 16)
    red, blue = luma + 1.596 * (v - 128), luma + 2.018 * (u - 128)
    return [red, luma - 0.813 * (v - 128) - 0.391 * (u - 128), blue]


@pytest.mark.parametrize("luma_first", [False, True])
def test_packed_yuv(luma_first: bool) -> None:
    y, u, v = [60, 120], 110, 140
    row = [[y[0], u], [y[1], v]] if luma_first else [[u, y[0]], [v, y[1]]]
    rgb = from_yuv422(np.array([row, row], np.uint8), luma_first=luma_first)
    expected = [yuv_to_rgb(y[0], u, v), yuv_to_rgb(y[1], u, v)]
    np.testing.assert_allclose(rgb[0], expected, atol=1.1)
    np.testing.assert_array_equal(rgb[0], rgb[1])


@pytest.mark.parametrize("u_first", [False, True])
def test_planar_yuv(u_first: bool) -> None:
    u, v = 120, 150
    chroma = [u, v] if u_first else [v, u]
    rows = np.array([[60, 70], [80, 90], chroma], np.uint8)
    rgb = from_yuv420(rows, u_first=u_first)
    expected = [[yuv_to_rgb(y, u, v) for y in row] for row in ((60, 70), (80, 90))]
    np.testing.assert_allclose(rgb, expected, atol=1.1)


def test_black_and_white_are_the_ends_of_video_range() -> None:
    pixels = np.array([[[128, 16], [128, 235]]], np.uint8)
    assert from_yuv422(pixels, luma_first=False).tolist() == [[[0] * 3, [255] * 3]]


def test_an_odd_width_is_refused() -> None:
    with pytest.raises(FrameError, match="width of a YUV image is 3") as caught:
        from_yuv422(np.zeros((2, 3, 2), np.uint8), luma_first=True)
    assert caught.value.reason == "size"
    with pytest.raises(FrameError, match="width of a YUV image is 5"):
        from_yuv420(np.zeros((3, 5), np.uint8), u_first=True)
