"""A pinhole camera and its message."""

from __future__ import annotations

import pytest

from bridgenet_ros.errors import DatasetError
from bridgenet_ros.offline.camera_model import CameraModel, info_message
from bridgenet_ros.offline.messages import make_header

CAMERA = CameraModel(width=640, height=480, fx=500.0, fy=400.0, cx=320.0, cy=200.0)


def test_the_message_has_the_matrices_of_the_camera() -> None:
    info = info_message(CAMERA.calibration, make_header(5, "lens"))
    assert (info.width, info.height, info.distortion_model) == (640, 480, "plumb_bob")
    assert info.k.tolist() == [500, 0, 320, 0, 400, 200, 0, 0, 1]
    assert info.p.tolist() == [500, 0, 320, 0, 0, 400, 200, 0, 0, 0, 1, 0]
    assert info.r.tolist() == [1, 0, 0, 0, 1, 0, 0, 0, 1]
    assert info.d.tolist() == [0, 0, 0, 0, 0]
    assert (info.header.stamp.nanosec, info.header.frame_id) == (5, "lens")


def test_an_uncalibrated_camera_has_zero_focal_length() -> None:
    info = info_message(CameraModel(width=4, height=3).calibration, make_header(1, ""))
    assert (info.width, info.height) == (4, 3)
    assert not info.k.any()
    assert not info.p.any()


@pytest.mark.parametrize(
    ("count", "model"), [(4, "equidistant"), (5, "plumb_bob"), (8, "rational_polynomial")]
)
def test_the_distortion_model_follows_the_coefficients(count: int, model: str) -> None:
    camera = CameraModel(width=4, height=3, distortion=(0.1,) * count)
    assert camera.calibration.distortion_model == model


def test_another_number_of_coefficients_is_refused() -> None:
    with pytest.raises(DatasetError, match="3 coefficients; expected 4, 5, 8"):
        CameraModel(width=4, height=3, distortion=(0.1,) * 3)
