"""A calibration as the YAML file that camera_calibration writes and camera_info_manager reads."""

from __future__ import annotations

from collections.abc import Sequence

import yaml

from bridgenet_ros.calibration import Calibration


def camera_yaml(calibration: Calibration, name: str) -> str:
    """The text of the file (camera_calibration_parsers, ``parse_yml.cpp``, for the keys).

    Args:
        calibration: of the images beside it.
        name: of the camera.
    """
    plain = {
        "image_width": calibration.width,
        "image_height": calibration.height,
        "camera_name": name,
        "camera_matrix": _matrix(3, calibration.k),
        "distortion_model": calibration.distortion_model,
        "distortion_coefficients": _matrix(1, calibration.d),
        "rectification_matrix": _matrix(3, calibration.r),
        "projection_matrix": _matrix(3, calibration.p),
    }
    # Lists of numbers in one line each, as camera_calibration has them.
    return yaml.safe_dump(plain, sort_keys=False, default_flow_style=None, width=1000)


def _matrix(rows: int, values: Sequence[float]) -> dict[str, object]:
    return {"rows": rows, "cols": len(values) // rows, "data": list(values)}
