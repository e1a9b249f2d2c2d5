"""Middlebury scenes of every year: units by hand, and what is refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_datasets import write_scene

from bridgenet_ros.data.dataset import Quantity
from bridgenet_ros.data.middlebury import holds_scenes, open_middlebury
from bridgenet_ros.errors import DatasetError

V2001 = ("im2.ppm", "disp2.pgm")
V2003 = ("im2.png", "disp2.png")
V2006 = ("view1.png", "disp1.png")
V2014 = ("im0.png", "disp0.pfm")


def column(height: int, *levels: int) -> np.ndarray:
    """An image of ``height`` rows and two columns, 12 levels but for the first pixels."""
    values = np.full((height, 2), 12, np.uint8)
    values.flat[: len(levels)] = levels
    return values


@pytest.mark.parametrize(
    ("files", "height", "levels"),
    [
        (V2001, 381, 8),
        (V2001, 383, 8),
        (V2001, 375, 4),  # the PPM edition of Cones
        (V2003, 375, 4),
        (V2003, 750, 2),
        (V2003, 1500, 1),
        (V2006, 370, 3),
        (V2006, 555, 2),
        (V2006, 1110, 1),
    ],
)
def test_grey_levels_become_pixels(
    tmp_path: Path, files: tuple[str, str], height: int, levels: int
) -> None:
    write_scene(tmp_path / "Aloe", *files, column(height, 0, 255))
    sample = open_middlebury(tmp_path).load(0)
    assert sample.name == "Aloe"
    assert sample.valid[0].tolist() == [False, True]
    np.testing.assert_allclose(sample.depth[0], [0, 255 / levels], rtol=1e-6)
    np.testing.assert_allclose(sample.depth[1:], 12 / levels, rtol=1e-6)
    assert sample.depth.dtype == np.float32


def test_floats_are_pixels_and_infinity_is_unknown(tmp_path: Path) -> None:
    values = np.array([[1.5, np.inf, 100.25], [2, 0, 3]], np.float32)
    view = np.zeros((2, 3, 3), np.uint8)
    view[0, 2] = (10, 20, 30)
    folder = write_scene(tmp_path / "Piano-perfect", *V2014, values, view)
    (folder / "calib.txt").write_text("cam0=[1 0 1; 0 1 1; 0 0 1]\n")
    sample = open_middlebury(tmp_path).load(0)
    assert sample.depth.tolist() == [[1.5, 0, 100.25], [2, 0, 3]]
    assert sample.valid.tolist() == [[True, False, True], [True, False, True]]
    assert sample.rgb[0, 2].tolist() == [10, 20, 30]


def test_the_card_and_the_order(tmp_path: Path) -> None:
    write_scene(tmp_path / "set" / "Wood1", *V2006, column(370))
    write_scene(tmp_path / "set" / "Aloe", *V2006, column(370))
    (tmp_path / "set" / "Aloe" / "dmin.txt").write_text("270\n")
    (tmp_path / "set" / "__MACOSX").mkdir()
    dataset = open_middlebury(tmp_path / "set")
    assert (dataset.name, dataset.names, len(dataset)) == ("set", ("Aloe", "Wood1"), 2)
    assert (dataset.quantity, dataset.card.unit) == (Quantity.DISPARITY, "px")
    assert (dataset.card.stored_unit, dataset.card.value_range) == (1 / 128, 256.0)
    assert dataset.files(1) == tuple(tmp_path / "set" / "Wood1" / name for name in V2006)
    assert dataset.noisy_low_resolution(0, 8) is None


def test_a_scene_is_a_set_of_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_scene(tmp_path / "teddy", *V2003, column(375))
    (folder / "im0.png").write_bytes(b"another view")
    assert open_middlebury(folder).names == ("teddy",)
    monkeypatch.chdir(folder)
    assert open_middlebury(Path()).names == ("teddy",)


def test_scenes_are_known_by_their_files(tmp_path: Path) -> None:
    assert not holds_scenes(tmp_path)
    (tmp_path / "rgb").mkdir()
    assert not holds_scenes(tmp_path)
    (tmp_path / "rgb" / "view1.png").touch()
    assert holds_scenes(tmp_path)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("view1.png", "found view1.png; expected a Middlebury scene .2001: im2.ppm and disp2.pgm"),
        ("disp0.pfm", "found disp0.pfm; expected"),
        ("readme.txt", "found no scene; expected"),
    ],
)
def test_half_a_scene_is_refused(tmp_path: Path, name: str, words: str) -> None:
    write_scene(tmp_path / "Aloe", *V2006, column(370))
    (tmp_path / "Bowling").mkdir()
    (tmp_path / "Bowling" / name).touch()
    with pytest.raises(DatasetError, match=rf"Bowling: {words}"):
        open_middlebury(tmp_path)


def test_a_height_without_a_unit_is_refused(tmp_path: Path) -> None:
    write_scene(tmp_path / "Aloe", *V2006, column(400))
    with pytest.raises(DatasetError, match=r"disp1\.png: is 400 rows high.* 370, 555, 1110"):
        open_middlebury(tmp_path).load(0)


def test_sizes_that_differ_are_refused(tmp_path: Path) -> None:
    view = np.zeros((370, 3, 3), np.uint8)
    write_scene(tmp_path / "Aloe", *V2006, column(370), view)
    with pytest.raises(DatasetError, match=r"disp1\.png: depth is 2x370, its colour image is 3x3"):
        open_middlebury(tmp_path).load(0)


def test_sixteen_bits_are_refused(tmp_path: Path) -> None:
    write_scene(tmp_path / "Aloe", *V2006, column(370).astype(np.uint16))
    with pytest.raises(DatasetError, match="disparity is uint16; expected 8 bits"):
        open_middlebury(tmp_path).load(0)


@pytest.mark.parametrize(
    ("value", "words"), [(np.nan, "holds NaN or infinity"), (np.inf, "not one valid pixel")]
)
def test_unusable_floats_are_refused(tmp_path: Path, value: float, words: str) -> None:
    write_scene(tmp_path / "Piano", *V2014, np.full((2, 3), value, np.float32))
    with pytest.raises(DatasetError, match=rf"disp0\.pfm: .*{words}"):
        open_middlebury(tmp_path).load(0)
