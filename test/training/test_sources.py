"""From folders to the stream."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from bridgenet_ros.errors import DatasetError
from bridgenet_ros.training.config import TrainConfig
from bridgenet_ros.training.sources import build_stream


def write(path: Path, *names: str, **card: object) -> None:
    for folder in ("rgb", "depth"):
        (path / folder).mkdir(parents=True)
    for name in names:
        cv2.imwrite(str(path / "rgb" / f"{name}.png"), np.zeros((80, 80, 3), dtype=np.uint8))
        cv2.imwrite(str(path / "depth" / f"{name}.png"), np.full((80, 80), 50, dtype=np.uint8))
    plain = {"name": "pairs", "split": "train", "licence": "l", "invalid": None}
    plain |= {"quantity": "disparity", "stored_unit_grey": 2.0}
    (path / "dataset.yaml").write_text(yaml.safe_dump({**plain, **card}), encoding="utf-8")


def test_held_out_pairs_are_left_out(
    tmp_path: Path, make_config: Callable[..., TrainConfig]
) -> None:
    write(tmp_path / "data", "Aloe", "Teddy", validation=["Teddy"])
    stream = build_stream(make_config())
    (source,) = stream.sources
    assert len(source.pairs) == 1
    assert (source.unit, source.value_range, source.is_depth) == (2 / 255, 255.0, False)
    assert stream.batch(0).target.mean().item() == pytest.approx(100 / 255)


def test_test_images_are_refused(tmp_path: Path, make_config: Callable[..., TrainConfig]) -> None:
    write(tmp_path / "data", "Aloe", "Art")
    with pytest.raises(DatasetError, match="Art must not be trained on"):
        build_stream(make_config())


def test_a_broken_pair_is_found_before_training(
    tmp_path: Path, make_config: Callable[..., TrainConfig]
) -> None:
    write(tmp_path / "data", "Aloe", "Bowling")
    (tmp_path / "data" / "depth" / "Bowling.png").write_bytes(b"x")
    with pytest.raises(DatasetError, match=r"Bowling\.png"):
        build_stream(make_config())
