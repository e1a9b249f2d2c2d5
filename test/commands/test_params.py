"""`bridgenet params`: printing and renewing the reference texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridgenet_ros import reference
from bridgenet_ros.cli import main


def test_yaml(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["params", "--yaml"]) == 0
    assert capsys.readouterr().out == reference.params_yaml()


def test_markdown_has_both_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["params", "--markdown"]) == 0
    printed = capsys.readouterr().out
    assert printed == f"{reference.topic_table()}\n{reference.parameter_table()}"


def test_update_writes_both_files(tmp_path: Path) -> None:
    sections = [f"<!-- generated: {n} -->\n<!-- end: {n} -->\n" for n in reference.SECTIONS]
    tables = tmp_path / "docs" / "interface.md"
    tables.parent.mkdir()
    tables.write_text("".join(sections))
    assert main(["params", "--update", str(tmp_path)]) == 0
    assert reference.parameter_table() in tables.read_text()
    assert (tmp_path / "config" / "sr.yaml").read_text() == reference.params_yaml()


def test_update_of_another_folder_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["params", "--update", str(tmp_path)]) == 2
    assert "expected the source tree" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
