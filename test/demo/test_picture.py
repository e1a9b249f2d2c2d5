from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from bridgenet_ros.demo.picture import View, depth_range, draw


def view(*, truth: bool = True, estimate: bool = True) -> View:
    rng = np.random.default_rng(0)
    depth = np.full((48, 64), 3.0, np.float32)
    depth[10:40, 30:34] = 1.2
    sensor = depth[4::8, 4::8].copy()
    sensor[0, 0] = 0
    found = depth + rng.normal(0, 0.02, depth.shape).astype(np.float32)
    found[:8, :8] = np.nan
    return View(
        rgb=rng.integers(0, 255, (48, 64, 3), dtype=np.uint8),
        sensor_m=sensor,
        bicubic_m=found,
        sr_m=found,
        mde_m=found if estimate else None,
        truth_m=depth if truth else None,
    )


@pytest.mark.parametrize(
    ("truth", "estimate", "rows"), [(True, True, 3), (False, True, 2), (False, False, 2)]
)
def test_picture_has_a_row_of_error_maps_only_with_truth(
    tmp_path: Path, truth: bool, estimate: bool, rows: int
) -> None:
    path = tmp_path / "p.png"

    draw(view(truth=truth, estimate=estimate), path, title="Title", subtitle="small print")

    image = cv2.imread(str(path))
    assert image is not None
    panel = 370 * 0.75 + 36 + 18
    assert image.shape[0] == pytest.approx(80 + 28 + rows * panel, abs=3)
    assert image.std() > 20


def test_all_holes_still_give_a_picture(tmp_path: Path) -> None:
    empty = np.full((48, 64), np.nan, np.float32)
    nothing = View(
        rgb=np.zeros((48, 64, 3), np.uint8),
        sensor_m=np.zeros((6, 8), np.float32),
        bicubic_m=empty,
        sr_m=empty,
        mde_m=None,
        truth_m=empty,
    )

    draw(nothing, tmp_path / "p.png", title="", subtitle="")

    assert (tmp_path / "p.png").stat().st_size > 0


def test_depth_range_is_in_half_metres_around_the_data() -> None:
    assert depth_range(view()) == (1.0, 3.0)
