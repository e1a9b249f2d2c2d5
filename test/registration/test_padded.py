"""The layout of images with a border."""

from __future__ import annotations

import pytest
import torch

from bridgenet_ros.errors import FrameError
from bridgenet_ros.registration.padded import Padded, PaddedImage


def test_more_pixels_than_can_be_counted_are_refused() -> None:
    with pytest.raises(FrameError, match="image is 8192x4096; expected at most 16777216"):
        Padded((4096, 8192))


def test_a_border_goes_around_and_off_again() -> None:
    padded = Padded((2, 3))
    image = torch.arange(1.0, 7.0).view(2, 3)
    flat = padded.around(image, -1.0)
    # Rows of 5: a row of border, two rows of image.
    assert flat.tolist() == [*[-1] * 5, -1, 1, 2, 3, -1, -1, 4, 5, 6, -1, *[-1] * 5]
    assert torch.equal(padded.inner(flat), image)


def test_neighbours_of_every_pixel_lie_inside_the_buffer() -> None:
    image = PaddedImage(Padded((2, 3)), torch.device("cpu"))
    image.inner.copy_(torch.arange(1.0, 7.0).view(2, 3))
    assert image.row == 5
    first, last = 6, 13
    assert image.flat[first] == 1
    assert image.flat[last] == 6
    assert [float(image.shifted(by)[first]) for by in (1, -1, 5, -5)] == [2, 0, 4, 0]
    assert [float(image.shifted(by)[last]) for by in (1, -1, 5, -5)] == [0, 5, 0, 3]
    assert {len(image.shifted(by)) for by in (0, 1, -1, 5, -5)} == {20}
