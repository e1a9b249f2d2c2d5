"""The labelled NYU file: axes, parts, and what is refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_datasets import write_mat

from bridgenet_ros.data.dataset import Quantity
from bridgenet_ros.data.nyu_mat import open_nyu_mat
from bridgenet_ros.errors import DatasetError


def test_axes_are_turned_back(tmp_path: Path) -> None:
    images = np.zeros((1, 3, 4, 2), np.uint8)  # (N, 3, W, H)
    images[0, :, 3, 1] = (10, 20, 30)
    depths = np.arange(1, 9, dtype=np.float32).reshape(1, 4, 2)  # (N, W, H)
    sample = open_nyu_mat(write_mat(tmp_path / "a.mat", images=images, depths=depths)).load(0)
    assert (sample.name, sample.rgb.shape) == ("0000", (2, 4, 3))
    assert sample.rgb[1, 3].tolist() == [10, 20, 30]
    assert sample.depth.tolist() == [[1, 3, 5, 7], [2, 4, 6, 8]]
    assert sample.depth.dtype == np.float32
    assert sample.valid.all()
    assert sample.rgb.flags.c_contiguous
    assert sample.depth.flags.c_contiguous


def test_the_card(tmp_path: Path) -> None:
    dataset = open_nyu_mat(write_mat(tmp_path / "a.mat"))
    assert (dataset.quantity, dataset.card.unit, dataset.card.value_range) == (
        Quantity.DEPTH,
        "m",
        10.0,
    )
    assert (dataset.crop_border_px, dataset.card.stored_unit) == (6, 0.001)
    assert dataset.intrinsics is not None
    assert dataset.intrinsics.fx == 518.858
    assert "Silberman" in dataset.licence
    assert dataset.files(2) == (tmp_path / "a.mat",)


def test_parts_are_split_at_index_1000(tmp_path: Path) -> None:
    path = write_mat(tmp_path / "a.mat", count=1003)
    whole, train, test = (open_nyu_mat(path, part) for part in ("", "train", "test"))
    assert (len(whole), len(train), len(test)) == (1003, 1000, 3)
    assert (train.names[0], train.names[-1]) == ("0000", "0999")
    assert test.names == ("1000", "1001", "1002")
    assert [d.split for d in (whole, train, test)] == ["train", "train", "eval"]
    assert [d.name for d in (whole, train, test)] == [
        "nyu_depth_v2",
        "nyu_depth_v2_train",
        "nyu_depth_v2_test",
    ]
    sample = test.load(2)  # 1002 % 9 + 1 = 4 metres, 1002 % 256 = 234
    assert (sample.name, sample.depth[0, 0]) == ("1002", 4.0)
    assert sample.rgb[0, 0].tolist() == [234, 0, 0]
    assert test.path == Path(f"{path}#test")


def test_zero_metres_is_a_hole(tmp_path: Path) -> None:
    depths = np.ones((1, 4, 3), np.float32)
    depths[0, 2, 1] = 0
    path = write_mat(tmp_path / "a.mat", count=1, depths=depths)
    sample = open_nyu_mat(path).load(0)
    assert np.argwhere(~sample.valid).tolist() == [[1, 2]]
    assert sample.depth[1, 2] == 0


@pytest.mark.parametrize(
    ("fill", "words"),
    [
        (np.nan, "0001: depth holds NaN or infinity"),
        (np.inf, "0001: depth holds NaN or infinity"),
        (0, "0001: not one valid pixel"),
    ],
)
def test_depth_that_cannot_be_used_is_named(tmp_path: Path, fill: float, words: str) -> None:
    depths = np.ones((3, 4, 3), np.float32)
    depths[1] = fill
    dataset = open_nyu_mat(write_mat(tmp_path / "a.mat", depths=depths))
    with pytest.raises(DatasetError, match=rf"a\.mat: {words}"):
        dataset.load(1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"depths": None}, "holds no array depths; found images"),
        ({"images": None, "depths": None}, "holds no array images; found nothing"),
        ({"images": np.zeros((3, 4, 3, 3), np.uint8)}, r"images is uint8 \(3, 4, 3, 3\)"),
        ({"images": np.zeros((2, 3, 4, 3), np.uint8)}, r"expected uint8 \(N, 3, W, H\)"),
        ({"images": np.zeros((3, 3, 4, 3), np.float32)}, "images is float32"),
        ({"depths": np.ones((3, 4, 3), np.uint16)}, "depths is uint16"),
        ({"depths": np.ones((3, 12), np.float32)}, r"depths is float32 \(3, 12\)"),
        ({"depths": np.float32(1)}, r"depths is float32 \(\)"),
    ],
)
def test_wrong_arrays_are_named(tmp_path: Path, changes: dict[str, object], words: str) -> None:
    path = write_mat(tmp_path / "a.mat", **changes)
    with pytest.raises(DatasetError, match=rf"a\.mat: .*{words}"):
        open_nyu_mat(path)


def test_an_unknown_or_empty_part_is_refused(tmp_path: Path) -> None:
    path = write_mat(tmp_path / "a.mat")
    with pytest.raises(DatasetError, match="part is 'val'; expected #train, #test or nothing"):
        open_nyu_mat(path, "val")
    with pytest.raises(DatasetError, match="holds 3 pairs; part 'test' of it is empty"):
        open_nyu_mat(path, "test")


def test_other_and_damaged_files_are_refused(tmp_path: Path) -> None:
    path = write_mat(tmp_path / "a.mat", count=20)
    raw = path.read_bytes()
    path.write_bytes(b"MATLAB 5.0 MAT-file" + bytes(200))
    with pytest.raises(DatasetError, match=r"a\.mat: not an HDF5 file; expected a \.mat"):
        open_nyu_mat(path)
    path.write_bytes(raw[: len(raw) // 2])
    with pytest.raises(DatasetError, match=r"a\.mat: cut or damaged"):
        open_nyu_mat(path)
    with pytest.raises(DatasetError, match=r"b\.mat: no such file"):
        open_nyu_mat(tmp_path / "b.mat")
