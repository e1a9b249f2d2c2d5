"""Training data made on the spot: decoded pairs, a source, a plan of patches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml

from bridgenet_ros.training.cache import CachedPairs
from bridgenet_ros.training.samples import PatchPlan, Source

SIDE = 96


def make_pairs(count: int = 4, side: int = SIDE) -> CachedPairs:
    """Boxes before a wall, in steps of 10 mm; the colour shows the same edges."""
    rng = np.random.default_rng(11)
    rgb, code = [], []
    for _ in range(count):
        depth = np.full((side, side), 300)
        for _ in range(3):
            y, x = rng.integers(0, side - 20, 2)
            depth[y : y + 18, x : x + 14] = rng.integers(100, 250)
        shade = np.clip(depth[..., None] / 2 + rng.normal(0, 3, (side, side, 3)), 0, 255)
        rgb.append(shade.astype(np.uint8).reshape(-1, 3))
        code.append((depth + 1).astype(np.uint16).ravel())
    return CachedPairs(
        rgb=np.concatenate(rgb),
        code=np.concatenate(code),
        sizes=((side, side),) * count,
        offsets=tuple(range(0, count * side * side, side * side)),
    )


def make_source(**changes: Any) -> Source:
    """One source of depth."""
    values = {
        "pairs": make_pairs(),
        "unit": 0.001,
        "value_range": 10.0,
        "is_depth": True,
        "weight": 1.0,
    }
    return Source(**{**values, **changes})


def make_plan(**changes: Any) -> PatchPlan:
    """Four patches of 64 px at x4."""
    values = {
        "scales": (4,),
        "scale_weights": (1.0,),
        "patches": (64,),
        "batches": (4,),
        "sensor_shares": (0.0,),
    }
    return PatchPlan(**{**values, **changes})


def write_folder(path: Path, count: int = 2, side: int = SIDE, **card: Any) -> Path:
    """The pairs of `make_pairs` as a data set folder; its pairs are named 00, 01, ..."""
    for name in ("rgb", "depth"):
        (path / name).mkdir(parents=True)
    pairs = make_pairs(count, side)
    for i in range(count):
        rgb, code = pairs.image(i)
        cv2.imwrite(str(path / "rgb" / f"{i:02d}.png"), rgb[..., ::-1])
        cv2.imwrite(str(path / "depth" / f"{i:02d}.png"), code - 1)
    plain = {"name": "boxes", "split": "train", "licence": "none needed"}
    plain |= {"quantity": "depth", "stored_unit_m": 0.01, "invalid": 0}
    (path / "dataset.yaml").write_text(yaml.safe_dump({**plain, **card}), encoding="utf-8")
    return path
