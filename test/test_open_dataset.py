"""Every kind of data set through the one way in."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from tiny_bags import COLOR, DEPTH, write_bag
from tiny_datasets import write_mat, write_scene

from bridgenet_ros.errors import DatasetError
from bridgenet_ros.open_dataset import open_dataset


def write_folder(path: Path) -> Path:
    for name in ("rgb", "depth"):
        (path / name).mkdir(parents=True)
        channels = (3,) if name == "rgb" else ()
        assert cv2.imwrite(str(path / name / "a.png"), np.ones((2, 2, *channels), np.uint8))
    card = {"name": "boxes", "quantity": "depth", "stored_unit_m": 0.001, "invalid": 0}
    card |= {"split": "train", "licence": "none"}
    (path / "dataset.yaml").write_text(yaml.safe_dump(card), encoding="utf-8")
    return path


def test_each_kind_is_recognised(tmp_path: Path) -> None:
    mat = write_mat(tmp_path / "nyu_depth_v2_labeled.mat")
    scenes = tmp_path / "middlebury"
    write_scene(scenes / "Aloe", "view1.png", "disp1.png", np.ones((370, 2), np.uint8))
    paths = [
        write_folder(tmp_path / "folder"),
        mat,
        Path(f"{mat}#train"),
        scenes,
        scenes / "Aloe",
        write_bag(tmp_path / "clip"),
        write_bag(tmp_path / "clip.db3"),
        Path(f"{tmp_path}/clip.db3#{COLOR},{DEPTH}"),
    ]
    datasets = [open_dataset(path) for path in paths]
    assert [type(d).__name__ for d in datasets] == [
        "RgbdFolder",
        "NyuMat",
        "NyuMat",
        "MiddleburyScenes",
        "MiddleburyScenes",
        "BagDataset",
        "BagDataset",
        "BagDataset",
    ]
    assert [d.path for d in datasets] == paths
    assert [len(d) for d in datasets] == [1, 3, 3, 1, 1, 3, 3, 3]


def test_folders_without_a_card_are_recognised(tmp_path: Path) -> None:
    plain = write_folder(tmp_path / "plain")
    (plain / "dataset.yaml").unlink()
    facts = Path(f"{plain}#unit=0.5")
    assert open_dataset(facts).load(0).depth[0, 0] == 0.5
    (plain / "rgb.txt").write_text("1.0 rgb/a.png\n")
    (plain / "depth.txt").write_text("1.0 depth/a.png\n")
    assert open_dataset(plain).load(0).depth[0, 0] == np.float32(0.0002)


def test_a_folder_with_a_card_is_a_folder_whatever_else_it_holds(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "folder")
    (folder / "metadata.yaml").touch()
    (folder / "im0.png").touch()
    assert open_dataset(folder).name == "boxes"


def test_a_sharp_in_a_name_is_no_part(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "set #1")
    assert open_dataset(folder).name == "boxes"
    mat = write_mat(tmp_path / "set #1" / "a.mat")
    assert open_dataset(mat).name == "nyu_depth_v2"
    assert open_dataset(Path(f"{mat}#train")).name == "nyu_depth_v2_train"


def test_an_unknown_kind_is_told_what_is_understood(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "clip.avi").touch()
    for path in (tmp_path / "images", tmp_path / "clip.avi"):
        with pytest.raises(DatasetError) as error:
            open_dataset(path)
        text = str(error.value)
        assert text.startswith(f"{path}: no data set; expected a folder with a dataset.yaml")
        for word in ("nyu_depth_v2_labeled.mat", "view1.png and disp1.png", "rosbag2", "#train"):
            assert word in text
        assert "\n" not in text


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="nothing: no such file or folder"):
        open_dataset(tmp_path / "nothing")
    with pytest.raises(DatasetError, match=r"a\.mat: no such file or folder"):
        open_dataset(tmp_path / "a.mat#train")


def test_a_folder_has_no_parts(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "folder")
    with pytest.raises(
        DatasetError, match=r"folder without a dataset.yaml have parts; found #train"
    ):
        open_dataset(Path(f"{folder}#train"))
