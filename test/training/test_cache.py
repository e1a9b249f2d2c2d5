"""Decoded pairs in memory-mapped files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from bridgenet_ros.data.folder import RgbdFolder, open_folder
from bridgenet_ros.errors import DatasetError
from bridgenet_ros.training.cache import cache_pairs


def write(path: Path, *depths: np.ndarray) -> RgbdFolder:
    for name in ("rgb", "depth"):
        (path / name).mkdir(parents=True, exist_ok=True)
    for i, depth in enumerate(depths):
        cv2.imwrite(str(path / "depth" / f"{i}.png"), depth)
        rgb = np.full((*depth.shape, 3), 10 * i, dtype=np.uint8)
        cv2.imwrite(str(path / "rgb" / f"{i}.png"), rgb)
    card = {"name": "n", "quantity": "depth", "stored_unit_m": 0.01, "invalid": 0}
    card |= {"split": "train", "licence": "l"}
    (path / "dataset.yaml").write_text(yaml.safe_dump(card), encoding="utf-8")
    return open_folder(path)


def test_values_sizes_and_holes(tmp_path: Path) -> None:
    small = np.array([[0, 300], [65534, 1]], dtype=np.uint16)
    wide = np.full((2, 5), 7, dtype=np.uint16)
    pairs = cache_pairs(write(tmp_path / "d", small, wide), [0, 1], tmp_path / "c")
    assert len(pairs) == 2
    rgb, code = pairs.image(0)
    assert code.tolist() == [[0, 301], [65535, 2]]
    rgb, code = pairs.image(1)
    assert (rgb.shape, code.shape) == ((2, 5, 3), (2, 5))
    assert rgb.min() == rgb.max() == 10
    assert code.min() == code.max() == 8


def test_a_second_call_decodes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "d", np.full((2, 2), 5, dtype=np.uint16))
    first = cache_pairs(folder, [0], tmp_path / "c")
    monkeypatch.setattr(RgbdFolder, "load", None)
    again = cache_pairs(folder, [0], tmp_path / "c")
    np.testing.assert_array_equal(first.code, again.code)


def test_a_changed_file_is_decoded_again(tmp_path: Path) -> None:
    cache_pairs(write(tmp_path / "d", np.full((2, 2), 5, dtype=np.uint16)), [0], tmp_path / "c")
    changed = write(tmp_path / "d", np.full((2, 3), 6, dtype=np.uint16))
    assert cache_pairs(changed, [0], tmp_path / "c").image(0)[1].tolist() == [[7, 7, 7]] * 2


def test_too_large_a_value_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path / "d", np.full((2, 2), 65535, dtype=np.uint16))
    with pytest.raises(DatasetError, match=r"0\.png: 0 reaches 655\.35 m; .* up to 655\.34"):
        cache_pairs(folder, [0], tmp_path / "c")


def test_a_bad_pair_leaves_nothing_behind(tmp_path: Path) -> None:
    good, hollow = np.full((2, 2), 5, np.uint16), np.zeros((2, 2), np.uint16)
    with pytest.raises(DatasetError, match="not one valid pixel"):
        cache_pairs(write(tmp_path / "d", good, hollow), [0, 1], tmp_path / "c")
    assert [p for p in (tmp_path / "c").rglob("*") if p.is_file()] == []
