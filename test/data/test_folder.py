"""A folder of pairs: what is read, and what is refused by name."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from bridgenet_ros.data.dataset import Quantity
from bridgenet_ros.data.folder import open_folder
from bridgenet_ros.errors import DatasetError

CARD = {
    "name": "tiny",
    "quantity": "depth",
    "stored_unit_m": 0.001,
    "invalid": 0,
    "split": "train",
    "licence": "none",
}


def write_folder(
    path: Path, depth: np.ndarray, rgb: np.ndarray | None = None, **card: object
) -> Path:
    """One pair named ``a``."""
    for name in ("rgb", "depth"):
        (path / name).mkdir(parents=True, exist_ok=True)
    if rgb is None:
        rgb = np.zeros((*depth.shape[:2], 3), dtype=np.uint8)
    cv2.imwrite(str(path / "rgb" / "a.png"), rgb[..., ::-1])
    cv2.imwrite(str(path / "depth" / "a.png"), depth)
    (path / "dataset.yaml").write_text(yaml.safe_dump({**CARD, **card}), encoding="utf-8")
    return path


def test_depth_in_metres_and_colour_in_rgb_order(tmp_path: Path) -> None:
    rgb = np.zeros((2, 3, 3), dtype=np.uint8)
    rgb[0, 1] = (10, 20, 30)
    depth = np.array([[0, 1500, 2000], [1, 2, 65535]], dtype=np.uint16)
    sample = open_folder(write_folder(tmp_path, depth, rgb)).load(0)
    assert sample.name == "a"
    assert sample.rgb[0, 1].tolist() == [10, 20, 30]
    assert sample.depth.dtype == np.float32
    np.testing.assert_allclose(sample.depth, [[0, 1.5, 2], [0.001, 0.002, 65.535]], rtol=1e-6)
    assert sample.valid.tolist() == [[False, True, True], [True, True, True]]
    assert sample.stamp_ns is None


def test_card_is_exposed(tmp_path: Path) -> None:
    camera = {"fx": 5.0, "fy": 6.0, "cx": 1.0, "cy": 2.0}
    depth = np.ones((2, 2), dtype=np.uint16)
    path = write_folder(
        tmp_path, depth, intrinsics=camera, crop_border_px=6, validation=["a"], distortion=[0.1, 0]
    )
    folder = open_folder(path)
    assert (folder.name, len(folder), folder.names) == ("tiny", 1, ("a",))
    assert folder.quantity is Quantity.DEPTH
    assert folder.intrinsics == (5.0, 6.0, 1.0, 2.0)
    assert folder.distortion == (0.1, 0.0)
    assert (folder.crop_border_px, folder.split, folder.licence) == (6, "train", "none")
    assert folder.validation == ("a",)


def test_a_validation_name_without_a_pair_is_refused(tmp_path: Path) -> None:
    path = write_folder(tmp_path, np.ones((2, 2), dtype=np.uint16), validation=["a", "b"])
    with pytest.raises(DatasetError, match="validation names 'b', but no pair is called so"):
        open_folder(path)


def test_grey_level_zero_is_a_value_where_nothing_is_invalid(tmp_path: Path) -> None:
    raw = {k: v for k, v in CARD.items() if k != "stored_unit_m"}
    path = write_folder(tmp_path, np.array([[0, 7]], dtype=np.uint8))
    raw |= {"quantity": "disparity", "stored_unit_grey": 1.0, "invalid": None}
    (path / "dataset.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
    sample = open_folder(path).load(0)
    assert sample.depth.tolist() == [[0.0, 7.0]]
    assert sample.valid.all()


def test_zero_metres_is_a_hole_whatever_the_card_says(tmp_path: Path) -> None:
    path = write_folder(tmp_path, np.array([[0, 7]], dtype=np.uint16), invalid=None)
    assert open_folder(path).load(0).valid.tolist() == [[False, True]]


def test_associations_give_stamps_and_order(tmp_path: Path) -> None:
    path = write_folder(tmp_path, np.ones((2, 2), dtype=np.uint16), pairs="list.txt")
    lines = "# t_rgb rgb t_depth depth\n1305031104.175424 rgb/a.png 1305031104.163440 depth/a.png\n"
    (path / "list.txt").write_text(lines, encoding="utf-8")
    sample = open_folder(path).load(0)
    assert sample.stamp_ns == 1_305_031_104_175_424_000
    assert sample.depth_stamp_ns == 1_305_031_104_163_440_000


def test_stored_noisy_input_is_found_by_name_and_scale(tmp_path: Path) -> None:
    depth = np.full((8, 8), 1000, dtype=np.uint16)
    path = write_folder(tmp_path, depth, noisy_low_resolution="noisy/NAME_xS.png")
    (path / "noisy").mkdir()
    cv2.imwrite(str(path / "noisy" / "a_x4.png"), np.full((2, 2), 900, dtype=np.uint16))
    folder = open_folder(path)
    low = folder.noisy_low_resolution(0, 4)
    assert low is not None
    np.testing.assert_allclose(low, 0.9, rtol=1e-6)
    with pytest.raises(DatasetError, match=r"a_x8\.png: no such file"):
        folder.noisy_low_resolution(0, 8)


def test_clean_depth_lies_in_its_own_folder(tmp_path: Path) -> None:
    path = write_folder(tmp_path, np.full((2, 2), 1000, dtype=np.uint16), clean_depth="clean")
    (path / "clean").mkdir()
    cv2.imwrite(str(path / "clean" / "a.png"), np.full((2, 2), 500, dtype=np.uint16))
    clean = open_folder(path).clean_depth(0)
    assert clean is not None
    np.testing.assert_allclose(clean, 0.5)


def test_without_those_keys_there_is_neither(tmp_path: Path) -> None:
    folder = open_folder(write_folder(tmp_path, np.ones((2, 2), dtype=np.uint16)))
    assert folder.clean_depth(0) is None
    assert folder.noisy_low_resolution(0, 8) is None


def test_sizes_that_differ_are_refused(tmp_path: Path) -> None:
    rgb = np.zeros((4, 4, 3), dtype=np.uint8)
    path = write_folder(tmp_path, np.ones((2, 3), dtype=np.uint16), rgb)
    with pytest.raises(DatasetError, match=r"a\.png: depth is 3x2, .* 4x4"):
        open_folder(path).load(0)


def test_all_invalid_depth_is_refused(tmp_path: Path) -> None:
    path = write_folder(tmp_path, np.zeros((2, 2), dtype=np.uint16))
    with pytest.raises(DatasetError, match="not one valid pixel"):
        open_folder(path).load(0)


def test_nan_depth_is_refused(tmp_path: Path) -> None:
    path = write_folder(tmp_path, np.ones((2, 2), dtype=np.uint16))
    (path / "depth" / "a.png").unlink()
    cv2.imwrite(str(path / "depth" / "a.tiff"), np.array([[1, np.nan]] * 2, dtype=np.float32))
    with pytest.raises(DatasetError, match=r"a\.tiff: depth holds NaN"):
        open_folder(path).load(0)


def test_float_depth_is_in_the_unit_itself(tmp_path: Path) -> None:
    path = write_folder(tmp_path, np.ones((2, 2), dtype=np.uint16))
    (path / "depth" / "a.png").unlink()
    np.save(path / "depth" / "a.npy", np.array([[1.5, 0], [0.25, 2]], dtype=np.float32))
    folder = open_folder(path)
    assert folder.load(0).depth.tolist() == [[1.5, 0], [0.25, 2]]
    assert folder.card.stored_unit == 0.001


def test_an_input_to_process_may_have_two_sizes_and_no_valid_pixel(tmp_path: Path) -> None:
    path = write_folder(tmp_path, np.zeros((2, 2), np.uint16), np.zeros((4, 4, 3), np.uint8))
    folder = open_folder(path)
    sample = folder.load_stored(0)
    assert (sample.rgb.shape, sample.depth.shape) == ((4, 4, 3), (2, 2))
    assert not sample.valid.any()
    with pytest.raises(DatasetError, match="depth is 2x2, its colour image is 4x4"):
        folder.load(0)


def test_depth_in_a_view_of_its_own_is_refused(tmp_path: Path) -> None:
    path = write_folder(tmp_path, np.ones((2, 2), dtype=np.uint16), registered=False)
    with pytest.raises(DatasetError, match="its depth is not registered"):
        open_folder(path)


def test_an_array_of_another_shape_is_refused(tmp_path: Path) -> None:
    path = write_folder(tmp_path, np.ones((2, 2), dtype=np.uint16))
    (path / "depth" / "a.png").unlink()
    np.save(path / "depth" / "a.npy", np.ones(4))
    with pytest.raises(DatasetError, match=r"found an array of shape \(4,\)"):
        open_folder(path).load(0)


def test_colour_depth_is_refused(tmp_path: Path) -> None:
    path = write_folder(tmp_path, np.ones((2, 2, 3), dtype=np.uint8))
    with pytest.raises(DatasetError, match="depth needs one channel, found 3"):
        open_folder(path).load(0)


def test_a_grey_guide_is_refused(tmp_path: Path) -> None:
    path = write_folder(tmp_path, np.ones((2, 2), dtype=np.uint16))
    cv2.imwrite(str(path / "rgb" / "a.png"), np.zeros((2, 2), dtype=np.uint8))
    with pytest.raises(DatasetError, match="expected an 8-bit colour image"):
        open_folder(path).load(0)


def test_a_broken_image_is_refused(tmp_path: Path) -> None:
    path = write_folder(tmp_path, np.ones((2, 2), dtype=np.uint16))
    (path / "depth" / "a.png").write_bytes(b"no image")
    with pytest.raises(DatasetError, match=r"depth/a\.png: not an image"):
        open_folder(path).load(0)


@pytest.mark.parametrize(
    ("name", "count", "size"),
    [
        ("nyu_v2_eval", 54, (480, 640)),
        ("middlebury2005_eval", 3, (1088, 1376)),
        ("tum_fr1_xyz_clip", 30, (480, 640)),
        ("icl_livingroom1_clean", 11, (480, 640)),
    ],
)
def test_real_folders_open(data_folder: Path, name: str, count: int, size: tuple[int, int]) -> None:
    folder = open_folder(data_folder / name)
    assert (folder.name, len(folder)) == (name, count)
    sample = folder.load(0)
    assert sample.depth.shape == size
    assert sample.valid.mean() > 0.7
