"""Recordings and data sets, by their paths and by patterns."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_bags import write_bag
from tiny_datasets import write_tum

from bridgenet_ros.errors import BagError, DatasetError
from bridgenet_ros.offline.sources import find_sources, open_source


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.mcap", "b.db3", "c"):
        write_bag(tmp_path / name)
    (tmp_path / "d.bag").touch()
    (tmp_path / "notes.txt").touch()
    (tmp_path / "empty").mkdir()
    write_tum(tmp_path / "tum")
    return tmp_path


def found(folder: Path, *patterns: str) -> list[str]:
    sources = find_sources([f"{folder}/{pattern}" for pattern in patterns])
    return [str(source.relative_to(folder)) for source in sources]


def test_all_that_can_be_processed_is_found(folder: Path) -> None:
    assert found(folder, "*") == ["a.mcap", "b.db3", "c", "d.bag", "tum"]
    assert found(folder, "?.mcap") == ["a.mcap"]


def test_what_two_patterns_find_is_one(folder: Path) -> None:
    assert found(folder, "*.mcap", "a*", "tum") == ["a.mcap", "tum"]


def test_facts_go_to_every_match(folder: Path) -> None:
    write_tum(folder / "more")
    assert found(folder, "*m*#fx=1,fy=1,cx=1,cy=1") == [
        f"{name}#fx=1,fy=1,cx=1,cy=1" for name in ("a.mcap", "more", "tum")
    ]
    write_bag(folder / "bag #1.mcap")
    assert found(folder, "bag #*") == ["bag #1.mcap"]


@pytest.mark.parametrize("pattern", ["*.txt", "empty", "nothing*", "notes.txt#unit=1"])
def test_a_pattern_without_any_is_refused(folder: Path, pattern: str) -> None:
    with pytest.raises(BagError, match="matches no recording and no data set; expected rosbag2"):
        found(folder, "a.mcap", pattern)


def test_a_recording_is_not_opened_and_a_folder_is(folder: Path) -> None:
    assert open_source(folder / "a.mcap") == (folder / "a.mcap", None)
    place, dataset = open_source(Path(f"{folder / 'tum'}#fx=8,fy=9,cx=4,cy=2"))
    assert place == folder / "tum"
    assert dataset is not None
    assert (len(dataset), dataset.intrinsics) == (3, (8, 9, 4, 2))


def test_what_cannot_be_a_source_is_named(folder: Path) -> None:
    with pytest.raises(BagError, match=r"a\.mcap: found #/a,/b; name topics with --rgb-topic"):
        open_source(Path(f"{folder / 'a.mcap'}#/a,/b"))
    with pytest.raises(DatasetError, match="nothing: no such file or folder"):
        open_source(folder / "nothing")
    with pytest.raises(DatasetError, match="empty: no data set; expected a folder with a dataset"):
        open_source(folder / "empty")
    (folder / "c" / "metadata.yaml").unlink()
    with pytest.raises(BagError, match=r"c: no metadata\.yaml in it; .* run ros2 bag reindex"):
        open_source(folder / "c")
