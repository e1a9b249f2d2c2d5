"""Planes at pixels, worked out by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from bridgenet_ros.registration.lens import Lens
from bridgenet_ros.registration.padded import Padded, PaddedImage
from bridgenet_ros.registration.planes import Planes
from bridgenet_ros.registration.scratch import Scratch

CPU = torch.device("cpu")
LENS = Lens(fx=10.0, fy=20.0, cx=2.0, cy=1.0)
SIZE = (4, 6)
V, U = torch.meshgrid(torch.arange(4.0).double(), torch.arange(6.0).double(), indexing="ij")


def planes(inverse: Tensor) -> tuple[Tensor, Planes]:
    """(3, 4, 6) planes of an image of inverse depth."""
    padded = Padded(SIZE)
    x, y = (padded.around(ray, torch.nan) for ray in LENS.rays(U, V))
    image = PaddedImage(padded, CPU)
    image.inner.copy_(inverse)
    fit = Planes((x, y), padded, LENS, Scratch(padded.count, CPU), CPU)
    return torch.stack([padded.inner(values) for values in fit(image)]), fit


def depths(found: Tensor, fit: Planes, u: float, v: float) -> Tensor:
    """(4, 6) inverse depth at one image point, on the plane of every pixel."""
    x, y = LENS.rays(torch.tensor(u).double(), torch.tensor(v).double())
    return found[0] * float(x) * fit.scale[0] + found[1] * float(y) * fit.scale[1] + found[2]


def test_all_pixels_of_a_plane_tell_its_depth_everywhere() -> None:
    inverse = 0.5 + 0.004 * U - 0.003 * V
    found, fit = planes(inverse)
    at = depths(found, fit, 3.25, 1.5)
    expected = 0.5 + 0.004 * 3.25 - 0.003 * 1.5
    # Those at the border have a neighbour on one side only, and that is enough.
    torch.testing.assert_close(at, torch.full(SIZE, expected), rtol=0, atol=1e-6)


def test_a_pixel_without_depth_has_no_plane() -> None:
    inverse = torch.full(SIZE, 0.5)
    inverse[1, 2] = 0.0
    found, fit = planes(inverse)
    assert found[:, 1, 2].isnan().all()
    assert found.isnan().sum() == 3
    assert float(depths(found, fit, 2.0, 1.0)[1, 3]) == pytest.approx(0.5)


def test_slopes_do_not_cross_an_edge() -> None:
    inverse = 0.5 + 0.004 * U
    inverse[:, 3:] = 1.0
    found, fit = planes(inverse)
    # One pixel to the right of each, on its own plane.
    last = depths(found, fit, 3.0, 1.0)[:, 2]
    first = depths(found, fit, 2.0, 1.0)[:, 3]
    torch.testing.assert_close(last, torch.full((4,), 0.512), rtol=0, atol=1e-6)
    torch.testing.assert_close(first, torch.full((4,), 1.0), rtol=0, atol=1e-6)


def test_a_pixel_on_its_own_faces_the_camera() -> None:
    inverse = torch.full(SIZE, 0.5)
    inverse[1, 2] = 1.0
    found, _ = planes(inverse)
    assert found[:2, 1, 2].tolist() == [0.0, 0.0]
    assert float(found[2, 1, 2]) == 1.0
