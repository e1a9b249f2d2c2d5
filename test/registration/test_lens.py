"""Distortion against hand-computed values, OpenCV and its own inverse."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from bridgenet_ros.calibration import Calibration
from bridgenet_ros.errors import FrameError
from bridgenet_ros.registration.lens import Lens, distort, lens_of, undistort

MODELS = {
    "plumb_bob": (0.12, -0.25, 0.001, -0.002, 0.09),
    "rational_polynomial": (0.4, -0.1, 0.0005, 0.0003, 0.02, 0.35, -0.05, 0.01),
    "equidistant": (-0.02, 0.003, 0.0005, -0.0001),
}


def grid(reach: float) -> tuple[torch.Tensor, torch.Tensor]:
    axis = torch.linspace(-reach, reach, 21, dtype=torch.float64)
    y, x = torch.meshgrid(axis, axis * 1.1, indexing="ij")
    return x, y


def test_radial_and_tangential_parts_by_hand() -> None:
    x, y = torch.tensor([0.5]), torch.tensor([0.0])
    assert distort(x, y, (0.1, 0.0, 0.0, 0.0, 0.0))[0].item() == pytest.approx(0.5125)
    across, down = distort(x, y, (0.0, 0.0, 0.01, 0.02, 0.0))
    assert across.item() == pytest.approx(0.5 + 0.02 * 3 * 0.25)
    assert down.item() == pytest.approx(0.01 * 0.25)


def test_a_fisheye_without_coefficients_shows_the_angle() -> None:
    across, _ = distort(torch.tensor([1.0]), torch.tensor([0.0]), (0.0, 0.0, 0.0, 0.0))
    assert across.item() == pytest.approx(np.pi / 4)
    centre, _ = distort(torch.tensor([0.0]), torch.tensor([0.0]), (0.0, 0.0, 0.0, 0.0))
    assert centre.item() == 0.0


@pytest.mark.parametrize("model", MODELS)
def test_opencv_agrees(model: str) -> None:
    cv2 = pytest.importorskip("cv2", reason="OpenCV is not installed")
    x, y = grid(0.6)
    points = torch.stack([x, y, torch.ones_like(x)], dim=-1).reshape(-1, 1, 3).numpy()
    project = cv2.fisheye.projectPoints if model == "equidistant" else cv2.projectPoints
    theirs, _ = project(points, np.zeros(3), np.zeros(3), np.eye(3), np.array(MODELS[model]))
    ours = torch.stack(distort(x, y, MODELS[model]), dim=-1).reshape(-1, 1, 2).numpy()
    np.testing.assert_allclose(ours, theirs, atol=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_rays_come_back(model: str) -> None:
    x, y = grid(0.7)
    back_x, back_y = undistort(*distort(x, y, MODELS[model]), MODELS[model])
    torch.testing.assert_close(back_x, x, atol=1e-6, rtol=0)
    torch.testing.assert_close(back_y, y, atol=1e-6, rtol=0)


def test_where_the_lens_shows_nothing_there_is_no_ray() -> None:
    """r (1 - 0.5 r^2) is never above 0.55."""
    seen = torch.tensor([0.3, 0.8], dtype=torch.float64)
    x, y = undistort(seen, torch.zeros_like(seen), (-0.5, 0.0, 0.0, 0.0, 0.0))
    assert x.isnan().tolist() == [False, True]
    assert y.isnan().tolist() == [False, True]


def test_rays_of_a_pinhole_start_at_pixel_centres() -> None:
    lens = Lens(fx=100.0, fy=50.0, cx=3.0, cy=2.0)
    x, y = lens.rays(torch.tensor([3.0, 13.0]), torch.tensor([2.0, -3.0]))
    assert x.tolist() == pytest.approx([0.0, 0.1])
    assert y.tolist() == pytest.approx([0.0, -0.1])


def calibration(model: str, d: tuple[float, ...], focal: float = 100.0) -> Calibration:
    k = (focal, 0.0, 3.0, 0.0, focal, 2.0, 0.0, 0.0, 1.0)
    return Calibration(width=8, height=6, distortion_model=model, d=d, k=k)


@pytest.mark.parametrize(
    ("model", "given", "expected"),
    [
        ("plumb_bob", (0.0,) * 5, ()),
        ("", (), ()),
        ("inverse_brown_conrady", (0.0,) * 5, ()),
        ("plumb_bob", (0.1, 0.2, 0.3, 0.4), (0.1, 0.2, 0.3, 0.4, 0.0)),
        ("rational_polynomial", (0.1, *(0.0,) * 13), (0.1, *(0.0,) * 7)),
        ("equidistant", (), (0.0,) * 4),
    ],
)
def test_coefficients_come_in_the_number_of_their_model(
    model: str, given: tuple[float, ...], expected: tuple[float, ...]
) -> None:
    lens = lens_of(calibration(model, given))
    assert lens == Lens(fx=100.0, fy=100.0, cx=3.0, cy=2.0, distortion=expected)


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (calibration("thin_prism", (0.1,) * 5), "'thin_prism' with 5 coefficients"),
        (calibration("plumb_bob", (0.1,) * 8), "'plumb_bob' with 8 coefficients"),
        (calibration("plumb_bob", (), focal=0.0), "expected a calibrated camera"),
    ],
)
def test_what_cannot_be_used_is_refused(broken: Calibration, told: str) -> None:
    with pytest.raises(FrameError, match=told) as error:
        lens_of(broken)
    assert error.value.reason == "calibration"
