"""Points of a checker plane are found where our calibration says, at every size and window."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from bridgenet_ros.calibration import (
    Calibration,
    Intrinsics,
    delivered,
    describes,
    for_image,
    intrinsics_if_known,
)
from bridgenet_ros.errors import FrameError

FX, FY, CX, CY = 600.0, 620.0, 330.5, 236.25
K = [FX, 0, CX, 0, FY, CY, 0, 0, 1]
P = [FX, 0, CX, -42.0, 0, FY, CY, 0, 0, 0, 1, 0]
X, Y = np.meshgrid(np.linspace(-0.5, 0.5, 5), np.linspace(-0.4, 0.4, 5))
CHECKER = np.stack([X.ravel(), Y.ravel(), 1.5 + 0.3 * X.ravel()], axis=1)
"""(25, 3) corners of a tilted plane, metres."""


@dataclass
class Roi:
    x_offset: int = 0
    y_offset: int = 0
    height: int = 0
    width: int = 0


@dataclass
class Info:
    width: int = 640
    height: int = 480
    distortion_model: str = "plumb_bob"
    d: list[float] = field(default_factory=lambda: [0.1, -0.2, 0.0, 0.0, 0.0])
    k: list[float] = field(default_factory=lambda: list(K))
    r: list[float] = field(default_factory=lambda: [1, 0, 0, 0, 1, 0, 0, 0, 1])
    p: list[float] = field(default_factory=lambda: list(P))
    binning_x: int = 0
    binning_y: int = 0
    roi: Roi = field(default_factory=Roi)


def seen_at_full_resolution() -> np.ndarray:
    """(25, 2) columns and rows."""
    x, y, z = CHECKER.T
    return np.stack([FX * x / z + CX, FY * y / z + CY], axis=1)


def seen_by(calibration: Calibration) -> np.ndarray:
    """(25, 2) columns and rows in an image with this calibration."""
    fx, fy, cx, cy = calibration.intrinsics()
    x, y, z = CHECKER.T
    return np.stack([fx * x / z + cx, fy * y / z + cy], axis=1)


@pytest.mark.parametrize("size", [(640, 480), (1280, 960), (2560, 1920), (213, 160), (961, 721)])
def test_the_checker_is_found_at_every_size(size: tuple[int, int]) -> None:
    calibration = for_image(Info(), *size)
    assert (calibration.width, calibration.height) == size
    scale = np.array(size) / (640, 480)
    np.testing.assert_allclose(seen_by(calibration), seen_at_full_resolution() * scale, rtol=1e-9)


@pytest.mark.parametrize("binning", [(0, 0), (1, 1), (2, 2), (4, 2)])
@pytest.mark.parametrize("roi", [Roi(), Roi(x_offset=100, y_offset=60, width=400, height=300)])
@pytest.mark.parametrize("scale", [1, 2, 4])
def test_the_checker_is_found_in_every_window(
    binning: tuple[int, int], roi: Roi, scale: int
) -> None:
    info = Info(binning_x=binning[0], binning_y=binning[1], roi=roi)
    bins = np.maximum(binning, 1)
    window = (roi.width, roi.height) if roi.width else (640, 480)
    size = tuple(scale * (np.array(window) // bins))
    calibration = for_image(info, *size)
    expected = (seen_at_full_resolution() - (roi.x_offset, roi.y_offset)) / bins * scale
    np.testing.assert_allclose(seen_by(calibration), expected, rtol=1e-9)
    assert calibration.p[3] == pytest.approx(-42.0 / bins[0] * scale)


def test_a_window_that_does_not_fill_its_last_bin_keeps_the_binning_as_factor() -> None:
    camera = delivered(Info(width=641, height=481, binning_x=2, binning_y=2))
    assert (camera.width, camera.height) == (320, 240)
    assert camera.k[:3] == (FX / 2, 0, CX / 2)


def test_distortion_and_rectification_do_not_depend_on_the_size() -> None:
    calibration = for_image(Info(), 320, 240)
    assert calibration.d == (0.1, -0.2, 0, 0, 0)
    assert calibration.r == (1, 0, 0, 0, 1, 0, 0, 0, 1)
    assert calibration.distortion_model == "plumb_bob"


def test_an_info_describes_the_window_that_it_delivers() -> None:
    info = Info(binning_x=2, binning_y=2, roi=Roi(10, 20, height=200, width=300))
    assert describes(info, 150, 100)
    assert not describes(info, 640, 480)


@pytest.mark.parametrize("size", [(1280, 720), (640, 400), (480, 640)])
def test_an_info_of_another_shape_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(FrameError, match=f"describes 640x480, the image is {size[0]}x{size[1]}"):
        for_image(Info(), *size)


@pytest.mark.parametrize("size", [(320, 239), (321, 240), (80, 59)])
def test_a_side_may_have_been_rounded(size: tuple[int, int]) -> None:
    calibration = for_image(Info(), *size)
    assert calibration.k[0] == FX * size[0] / 640
    assert calibration.k[4] == FY * size[1] / 480


def test_an_info_without_a_size_is_refused() -> None:
    with pytest.raises(FrameError, match="describes 0x0") as error:
        for_image(Info(width=0, height=0), 640, 480)
    assert error.value.reason == "calibration"


def test_projection_comes_before_the_raw_matrix() -> None:
    rectified = replace(delivered(Info()), p=(500, 0, 300, 0, 0, 510, 200, 0, 0, 0, 1, 0))
    assert rectified.intrinsics() == Intrinsics(500, 510, 300, 200)
    raw = replace(rectified, p=(0.0,) * 12)
    assert raw.intrinsics() == Intrinsics(FX, FY, CX, CY)


def test_an_uncalibrated_camera_has_no_intrinsics_and_stays_zero() -> None:
    info = Info(k=[0.0] * 9, p=[0.0] * 12, roi=Roi(10, 20, height=240, width=320))
    camera = delivered(info)
    assert not any(camera.k)
    assert not any(camera.p)
    with pytest.raises(FrameError, match="focal length 0"):
        camera.intrinsics()


def test_intrinsics_are_known_only_with_an_info_that_fits() -> None:
    assert intrinsics_if_known(Info(), 320, 240) == for_image(Info(), 320, 240).intrinsics()
    assert intrinsics_if_known(None, 320, 240) is None
    assert intrinsics_if_known(Info(), 640, 400) is None
