"""Calibrations in the form of camera_calibration."""

from __future__ import annotations

import yaml

from bridgenet_ros.calibration import Calibration
from bridgenet_ros.offline.camera_yaml import camera_yaml

CAMERA = Calibration(
    width=640,
    height=480,
    d=(0.1, -0.2, 0.0, 0.0, 0.5),
    k=(500.0, 0.0, 320.5, 0.0, 501.25, 240.5, 0.0, 0.0, 1.0),
    p=(500.0, 0.0, 320.5, 0.0, 0.0, 501.25, 240.5, 0.0, 0.0, 0.0, 1.0, 0.0),
)


def test_the_text_is_what_camera_info_manager_reads() -> None:
    assert camera_yaml(CAMERA, "rgb") == (
        "image_width: 640\n"
        "image_height: 480\n"
        "camera_name: rgb\n"
        "camera_matrix:\n"
        "  rows: 3\n"
        "  cols: 3\n"
        "  data: [500.0, 0.0, 320.5, 0.0, 501.25, 240.5, 0.0, 0.0, 1.0]\n"
        "distortion_model: plumb_bob\n"
        "distortion_coefficients:\n"
        "  rows: 1\n"
        "  cols: 5\n"
        "  data: [0.1, -0.2, 0.0, 0.0, 0.5]\n"
        "rectification_matrix:\n"
        "  rows: 3\n"
        "  cols: 3\n"
        "  data: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]\n"
        "projection_matrix:\n"
        "  rows: 3\n"
        "  cols: 4\n"
        "  data: [500.0, 0.0, 320.5, 0.0, 0.0, 501.25, 240.5, 0.0, 0.0, 0.0, 1.0, 0.0]\n"
    )


def test_eight_coefficients_stay_in_one_row() -> None:
    plain = yaml.safe_load(camera_yaml(Calibration(width=1, height=1, d=(0.5,) * 8), "a"))
    assert plain["distortion_coefficients"] == {"rows": 1, "cols": 8, "data": [0.5] * 8}
