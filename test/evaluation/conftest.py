"""A tiny data set."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from bridgenet_ros.data.folder import RgbdFolder, open_folder

SIZE = (64, 80)


def write_pairs(path: Path, *, disparity: bool, count: int = 2) -> RgbdFolder:
    """Pairs of a textured plane with a nearer box, in millimetres or grey levels."""
    rng = np.random.default_rng(3)
    for name in ("rgb", "depth"):
        (path / name).mkdir(parents=True)
    for i in range(count):
        depth = np.tile(np.linspace(2000, 3000, SIZE[1]), (SIZE[0], 1))
        depth[20:45, 15 + i : 40 + i] = 1200
        rgb = np.clip(depth[..., None] / 15 + rng.normal(0, 4, (*SIZE, 3)), 0, 255)
        cv2.imwrite(str(path / "rgb" / f"{i}.png"), rgb.astype(np.uint8))
        stored = (depth / 16).astype(np.uint8) if disparity else depth.astype(np.uint16)
        cv2.imwrite(str(path / "depth" / f"{i}.png"), stored)
    card = {
        "name": "boxes",
        "quantity": "disparity" if disparity else "depth",
        "stored_unit_grey" if disparity else "stored_unit_m": 1.0 if disparity else 0.001,
        "invalid": None,
        "crop_border_px": 0 if disparity else 6,
        "split": "train",
        "licence": "none",
    }
    (path / "dataset.yaml").write_text(yaml.safe_dump(card), encoding="utf-8")
    return open_folder(path)


@pytest.fixture
def depth_pairs(tmp_path: Path) -> RgbdFolder:
    """Two pairs of depth, 80x64, with a border of 6 px."""
    return write_pairs(tmp_path / "boxes", disparity=False)


@pytest.fixture
def disparity_pairs(tmp_path: Path) -> RgbdFolder:
    """Two pairs of 8-bit disparity, 80x64."""
    return write_pairs(tmp_path / "boxes", disparity=True)
