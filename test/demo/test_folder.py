from __future__ import annotations

from pathlib import Path

import pytest

from bridgenet_ros.demo.folder import prepare
from bridgenet_ros.errors import ConfigError


def test_new_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    folder, kept = prepare(tmp_path / "a" / "out")

    assert kept is None
    assert folder.logs.is_dir()


def test_empty_folder_is_used(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()

    assert prepare(tmp_path / "out")[1] is None


def test_earlier_runs_are_kept_under_the_next_free_name(tmp_path: Path) -> None:
    root = tmp_path / "out"
    for text in ("first", "second"):
        folder, _ = prepare(root)
        folder.summary.write_text(text)

    _, kept = prepare(root)

    assert kept == tmp_path / "out.2"
    assert (tmp_path / "out.1" / "summary.json").read_text() == "first"
    assert (tmp_path / "out.2" / "summary.json").read_text() == "second"
    assert [p.name for p in root.iterdir()] == ["logs"]


def test_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")

    with pytest.raises(ConfigError, match=r"holds thesis\.tex.*expected a new or an empty folder"):
        prepare(tmp_path)

    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_file_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")

    with pytest.raises(ConfigError, match="expected a new or an empty folder"):
        prepare(tmp_path / "out")


def test_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(ConfigError, match=r"cannot write to .*file/out: Not a directory"):
        prepare(tmp_path / "file" / "out")
