"""docs/requirements.md: a row for each requirement, and no test in it that is not there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "requirements.md"
ROW = re.compile(r"^\| (R\d+) \| (.+?) \| (.*?) \| (.*?) ?\|$", re.MULTILINE)


def rows() -> list[tuple[str, str, str, str]]:
    return ROW.findall(PAGE.read_text("utf-8"))


def named() -> list[str]:
    return sorted({name for row in rows() for name in re.findall(r"`([^`]+)`", row[2])})


def test_every_requirement_has_one_row() -> None:
    assert [row[0] for row in rows()] == [f"R{number}" for number in range(1, 21)]


def test_every_row_names_a_test() -> None:
    assert [number for number, _, tests, _ in rows() if "::test_" not in tests] == []


@pytest.mark.parametrize("name", named())
def test_named_test_exists(name: str) -> None:
    file, _, function = name.partition("::")
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    found = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert function in found
