"""The ledger: one heading, rows that come back, tables of the newest rows."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from ledger_rows import ROW

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.evaluation.ledger import COLUMNS, append, markdown, newest, read, to_json


def test_ledger_grows_under_one_heading(tmp_path: Path) -> None:
    ledger = tmp_path / "sub" / "results.csv"
    append([ROW], ledger)
    append([replace(ROW, preset="small"), replace(ROW, rss_mb=None)], ledger)

    rows = read(ledger)

    assert [row["preset"] for row in rows] == ["tiny", "small", "tiny"]
    assert tuple(rows[0]) == COLUMNS
    assert (rows[0]["device"], rows[0]["median_ms"]) == ("x86_64, AVX2", "30.25")
    assert (rows[0]["age_ms_p50"], rows[2]["rss_mb"]) == ("", "")


def test_other_columns_are_refused_and_the_file_is_kept(tmp_path: Path) -> None:
    ledger = tmp_path / "results.csv"
    ledger.write_text("date,commit,speed\n1,2,3\n")

    with pytest.raises(ConfigError, match=r"results\.csv has other columns.*speed"):
        append([ROW], ledger)
    with pytest.raises(ConfigError, match=r"absent\.csv: No such file"):
        read(tmp_path / "absent.csv")

    assert ledger.read_text() == "date,commit,speed\n1,2,3\n"


def test_json_has_a_key_for_each_column_and_null_for_what_is_missing() -> None:
    (row,) = json.loads(to_json([ROW]))

    asked = (
        "what preset backend precision width height device threads median_ms p99_ms hz frames_in "
        "frames_out drops age_ms_p50 age_ms_p99 rss_mb rmse_cm"
    )
    assert set(asked.split()) <= set(row)
    assert (row["what"], row["width"], row["median_ms"]) == ("network", 640, 30.25)
    assert row["age_ms_p99"] is None


def test_the_newest_row_of_each_configuration_is_shown(tmp_path: Path) -> None:
    ledger = tmp_path / "results.csv"
    both = replace(ROW, estimate=True, median_ms=50.0)
    node = replace(ROW, what="node", age_ms_p99=90.0, uncounted=0)
    append([ROW, both, node, replace(ROW, median_ms=20.0, commit="new")], ledger)

    rows = read(ledger)

    assert [row["median_ms"] for row in newest(rows, "network")] == ["20.0", "50.0"]
    lines = markdown(rows, "network").splitlines()
    assert len(lines) == 2 + 2
    cells = dict(zip(lines[0].split("|"), lines[2].split("|"), strict=True))
    assert cells[" median ms "] == " 20.0 "
    assert cells[" of the peak "] == " 12 % "
    assert cells[" machine "] == " x86_64, AVX2, 2 cores "
    assert cells[" commit "] == " new "
    assert "| both |" in lines[3]
    assert "| 90.0 |" in markdown(rows, "node")
    assert markdown(rows, "pipeline") == "Not measured yet.\n"
    assert len({line.count("|") for line in lines}) == 1


def test_a_newer_minute_does_not_hide_ten(tmp_path: Path) -> None:
    ledger = tmp_path / "results.csv"
    ten = replace(ROW, what="node", rate_hz=30.0, frames_in=18000)
    append([ten, replace(ten, frames_in=900), replace(ten, frames_in=1800)], ledger)
    assert [row["frames_in"] for row in newest(read(ledger), "node")] == ["18000", "1800"]
