"""Which files make a pair."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridgenet_ros.data.pairs import list_pairs
from bridgenet_ros.errors import DatasetError


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_equal_stems_pair_whatever_their_suffix(tmp_path: Path) -> None:
    touch(tmp_path, "rgb/b.jpg", "rgb/a.png", "depth/a.jp2", "depth/b.png", "depth/.hidden")
    pairs = list_pairs(tmp_path, None)
    assert [(p.name, p.rgb.name, p.depth.name) for p in pairs] == [
        ("a", "a.png", "a.jp2"),
        ("b", "b.jpg", "b.png"),
    ]


@pytest.mark.parametrize("alone", ["rgb/x.png", "depth/x.png"])
def test_a_file_without_partner_is_named(tmp_path: Path, alone: str) -> None:
    touch(tmp_path, "rgb/a.png", "depth/a.png", alone)
    with pytest.raises(DatasetError, match=f"{alone}: no partner"):
        list_pairs(tmp_path, None)


def test_a_stem_twice_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "rgb/a.png", "rgb/a.jpg", "depth/a.png")
    with pytest.raises(DatasetError, match=r"a\.png: the stem of a\.jpg again"):
        list_pairs(tmp_path, None)


def test_a_missing_or_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="rgb: no such folder"):
        list_pairs(tmp_path, None)
    (tmp_path / "rgb").mkdir()
    (tmp_path / "depth").mkdir()
    with pytest.raises(DatasetError, match="holds no pair"):
        list_pairs(tmp_path, None)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1.0 rgb/a.png depth/a.png", "list.txt:1: expected .* found 3 words"),
        ("1.0 rgb/a.png 1.0 depth/b.png", "b.png: no such file"),
        ("one rgb/a.png 1.0 depth/a.png", "'one' is not a time"),
        ("nan rgb/a.png 1.0 depth/a.png", "'nan' is not a time"),
    ],
)
def test_bad_association_lines_are_named(tmp_path: Path, line: str, message: str) -> None:
    touch(tmp_path, "rgb/a.png", "depth/a.png")
    (tmp_path / "list.txt").write_text(line, encoding="utf-8")
    with pytest.raises(DatasetError, match=message):
        list_pairs(tmp_path, "list.txt")


def test_a_missing_associations_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"list\.txt: no such file"):
        list_pairs(tmp_path, "list.txt")
