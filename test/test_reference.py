"""The generated texts: correct YAML, and no stale copy in the tree."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bridgenet_ros import reference
from bridgenet_ros.config import settings
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.interface import ENDPOINTS

ROOT = Path(__file__).resolve().parents[1]
HINT = "run `make docs`"


def flatten(tree: dict[str, object], prefix: str = "") -> dict[str, object]:
    """Nested mappings as dotted names."""
    flat: dict[str, object] = {}
    for key, value in tree.items():
        flat |= (
            flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
        )
    return flat


def test_yaml_gives_back_every_default_in_its_type() -> None:
    parsed = flatten(yaml.safe_load(reference.params_yaml())["/**"]["ros__parameters"])
    # YAML has lists where the settings have tuples.
    expected = {
        s.name: list(s.default) if isinstance(s.default, tuple) else s.default for s in settings()
    }
    assert parsed == expected
    assert {n: type(v) for n, v in parsed.items()} == {n: type(v) for n, v in expected.items()}


def test_yaml_explains_every_parameter() -> None:
    text = " ".join(reference.params_yaml().replace("#", " ").split())
    assert [s.name for s in settings() if s.doc not in text] == []


def test_tables_have_a_row_for_everything() -> None:
    assert len(reference.parameter_table().splitlines()) == 2 + len(settings())
    assert len(reference.topic_table().splitlines()) == 2 + len(ENDPOINTS)


def test_table_rows_have_as_many_cells_as_the_head() -> None:
    for table in (reference.parameter_table(), reference.topic_table()):
        counts = {line.count("|") for line in table.splitlines()}
        assert len(counts) == 1


def test_sections_are_replaced_and_the_rest_kept() -> None:
    document = "a\n"
    for name in reference.SECTIONS:
        document += f"<!-- generated: {name} -->\nstale\n<!-- end: {name} -->\nb\n"
    updated = reference.update_sections(document)
    assert updated.startswith("a\n<!-- generated: topics -->\n| ")
    assert updated.endswith("<!-- end: parameters -->\nb\n")
    assert "stale" not in updated
    assert reference.update_sections(updated) == updated


def test_missing_section_is_named() -> None:
    with pytest.raises(ConfigError, match="generated: topics"):
        reference.update_sections("nothing here")


def test_config_file_is_up_to_date() -> None:
    assert (ROOT / "config" / "sr.yaml").read_text("utf-8") == reference.params_yaml(), HINT


def test_tables_are_up_to_date() -> None:
    tables = (ROOT / "docs" / "interface.md").read_text("utf-8")
    assert reference.update_sections(tables) == tables, HINT
