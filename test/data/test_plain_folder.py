"""Folders without a card: TUM's layout, and plain rgb/ and depth/."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from bridgenet_ros.data.plain_folder import is_plain, open_plain
from bridgenet_ros.errors import DatasetError

RGB_TXT = "# color images\n# timestamp filename\n1.000000 rgb/a.png\n2.000000 rgb/b.png\n"
DEPTH_TXT = "# depth maps\n1.015000 depth/x.png\n1.030000 depth/y.png\n2.010000 depth/z.png\n"


def write_images(folder: Path, colours: str, depths: str, steps: int = 5000) -> Path:
    """Pairs of 4 x 2 colour and 2 x 1 depth; image i of depth has ``steps`` + i."""
    for name in ("rgb", "depth"):
        (folder / name).mkdir(parents=True)
    for stem in colours:
        assert cv2.imwrite(str(folder / "rgb" / f"{stem}.png"), np.zeros((2, 4, 3), np.uint8))
    for index, stem in enumerate(depths):
        depth = np.array([[steps + index, 0]], np.uint16)
        assert cv2.imwrite(str(folder / "depth" / f"{stem}.png"), depth)
    return folder


def test_the_lists_of_tum_are_paired_by_time_in_its_unit(tmp_path: Path) -> None:
    write_images(tmp_path, "ab", "xyz")
    (tmp_path / "rgb.txt").write_text(RGB_TXT)
    (tmp_path / "depth.txt").write_text(DEPTH_TXT)
    dataset = open_plain(tmp_path)
    assert dataset.names == ("x", "z")
    second = dataset.load_stored(1)
    assert (second.stamp_ns, second.depth_stamp_ns) == (2_000_000_000, 2_010_000_000)
    assert second.rgb.shape == (2, 4, 3)
    np.testing.assert_allclose(second.depth, [[5002 / 5000, 0]], rtol=1e-6)
    assert dataset.intrinsics is None


def test_associations_win_over_lists(tmp_path: Path) -> None:
    write_images(tmp_path, "ab", "xyz")
    for name, text in (
        ("rgb.txt", RGB_TXT),
        ("depth.txt", DEPTH_TXT),
        ("associations.txt", "1 rgb/b.png 1 depth/y.png\n"),
    ):
        (tmp_path / name).write_text(text)
    dataset = open_plain(tmp_path, "unit=0.001,fx=5,fy=6,cx=1.5,cy=2.5")
    assert dataset.names == ("y",)
    assert dataset.load_stored(0).depth[0, 0] == pytest.approx(5.001)
    assert dataset.intrinsics == (5.0, 6.0, 1.5, 2.5)
    assert dataset.path == Path(f"{tmp_path}#unit=0.001,fx=5,fy=6,cx=1.5,cy=2.5")


def test_a_plain_folder_needs_the_unit_of_integer_depth(tmp_path: Path) -> None:
    write_images(tmp_path, "ab", "ab")
    with pytest.raises(
        DatasetError, match=r"depth is uint16 of unknown unit; say it as in '.*#unit"
    ):
        open_plain(tmp_path)
    dataset = open_plain(tmp_path, "unit=0.01")
    assert dataset.names == ("a", "b")
    assert dataset.load_stored(0).depth[0, 0] == 50


def test_float_depth_is_in_metres(tmp_path: Path) -> None:
    write_images(tmp_path, "a", "")
    np.save(tmp_path / "depth" / "a.npy", np.array([[1.25, 0]], np.float32))
    dataset = open_plain(tmp_path)
    assert dataset.load_stored(0).depth.tolist() == [[1.25, 0]]
    assert dataset.card.stored_unit == 0.001


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ("unit", "'unit' is no fact of a folder; expected unit=0.001"),
        ("unit=mm", "'unit=mm' is no fact"),
        ("unit=-1", "'unit=-1' is no fact"),
        ("unit=nan", "'unit=nan' is no fact"),
        ("scale=1", "'scale=1' is no fact"),
        ("unit=1,", "'' is no fact"),
        ("unit=1,fx=5", "the camera is fx; expected all of fx, fy, cx and cy"),
    ],
)
def test_bad_facts_are_named(tmp_path: Path, facts: str, words: str) -> None:
    write_images(tmp_path, "a", "a")
    with pytest.raises(DatasetError, match=words):
        open_plain(tmp_path, facts)


@pytest.mark.parametrize(
    ("lists", "words"),
    [
        ((RGB_TXT, "1.5 depth/x.png\n"), "no image of rgb.txt has a partner in depth.txt within"),
        ((RGB_TXT, "1.0 depth/gone.png\n"), r"depth\.txt:1: .*gone\.png: no such file"),
        ((RGB_TXT, "1.0\n"), r"depth\.txt:1: expected 'time file', found 1 words"),
        (("soon rgb/a.png\n", DEPTH_TXT), r"rgb\.txt:1: 'soon' is not a time in seconds"),
    ],
)
def test_bad_lists_are_named(tmp_path: Path, lists: tuple[str, str], words: str) -> None:
    write_images(tmp_path, "ab", "xyz")
    for name, text in zip(("rgb.txt", "depth.txt"), lists, strict=True):
        (tmp_path / name).write_text(text)
    with pytest.raises(DatasetError, match=words):
        open_plain(tmp_path)


def test_lists_that_are_no_text_are_named(tmp_path: Path) -> None:
    write_images(tmp_path, "a", "x")
    (tmp_path / "associations.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DatasetError, match=r"associations\.txt: .*decode"):
        open_plain(tmp_path)


def test_a_folder_without_both_is_not_one(tmp_path: Path) -> None:
    assert not is_plain(tmp_path)
    (tmp_path / "rgb").mkdir()
    (tmp_path / "rgb.txt").touch()
    assert not is_plain(tmp_path)
    (tmp_path / "depth.txt").touch()
    assert is_plain(tmp_path)
