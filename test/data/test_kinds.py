"""Kinds of data sets by suffix and file names."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridgenet_ros.data.kinds import Kind, kind_of, open_images, split_part
from bridgenet_ros.errors import DatasetError


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        (["metadata.yaml"], Kind.RECORDING),
        (["metadata.yaml", "dataset.yaml"], Kind.CARD),
        (["dataset.yaml", "rgb/a.png", "depth/a.png"], Kind.CARD),
        (["rgb/a.png", "depth/a.png"], Kind.PLAIN),
        (["rgb.txt", "depth.txt"], Kind.PLAIN),
        (["view1.png", "disp1.png"], Kind.SCENES),
        (["rgb/a.png"], None),
    ],
)
def test_a_folder_is_known_by_its_files(tmp_path: Path, files: list[str], kind: Kind) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert kind_of(tmp_path) is kind


def test_a_file_is_known_by_its_suffix() -> None:
    assert [kind_of(Path(name)) for name in ("a.mat", "a.zip", "a")] == [Kind.MAT, None, None]
    recordings = {kind_of(Path(name)) for name in ("a.mcap", "a.db3", "a.bag")}
    assert recordings == {Kind.RECORDING}


def test_a_part_follows_the_last_mark(tmp_path: Path) -> None:
    assert split_part(Path("a.mcap#/rgb,/depth")) == (Path("a.mcap"), "/rgb,/depth")
    assert split_part(Path("a#b#c")) == (Path("a#b"), "c")
    assert split_part(Path("a.mcap")) == (Path("a.mcap"), "")
    (tmp_path / "a#b").touch()
    assert split_part(tmp_path / "a#b") == (tmp_path / "a#b", "")


def test_a_recording_is_none_of_images(tmp_path: Path) -> None:
    (tmp_path / "a.mcap").touch()
    with pytest.raises(DatasetError, match=r"a\.mcap: no data set; expected"):
        open_images(tmp_path / "a.mcap")
