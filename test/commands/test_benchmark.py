"""`bridgenet benchmark`: what is measured, where the rows go, and the page made of them."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from ledger_rows import ROW

from bridgenet_ros.cli import build_parser, main
from bridgenet_ros.commands import _everything, benchmark
from bridgenet_ros.config import settings
from bridgenet_ros.demo import measure
from bridgenet_ros.demo.measure import Plan
from bridgenet_ros.evaluation.ledger import Row, read
from bridgenet_ros.preset_choice import shipped_presets

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "performance.md"


def parse(*arguments: str) -> Namespace:
    return build_parser().parse_args(["benchmark", *arguments])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """What was to be measured; the measurements are made up."""
    seen: list[Plan] = []

    def fake(plans: Sequence[Plan], say: object) -> Iterator[Row]:
        for plan in plans:
            seen.append(plan)
            yield replace(ROW, what=plan.what, backend=f"{plan.backend}_is_a_long_word" * 4)

    monkeypatch.setattr(measure, "measured", fake)
    return seen


def test_rows_are_printed_appended_and_written(
    asked: list[Plan], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger, out = tmp_path / "results.csv", tmp_path / "rows.json"
    arguments = ["--what", "network", "--backend", "eager", "torch", "--estimate", "both"]

    code = main(["benchmark", *arguments, "--ledger", str(ledger), "--json", str(out)])

    assert code == 0
    assert [(p.backend, p.estimate) for p in asked] == [
        ("eager", False),
        ("eager", True),
        ("torch", False),
        ("torch", True),
    ]
    assert [row["backend"][:5] for row in read(ledger)] == ["eager", "eager", "torch", "torch"]
    assert [row["median_ms"] for row in json.loads(out.read_text())] == [30.25] * 4
    printed = capsys.readouterr().out
    assert printed.count("640x480") == 4
    assert "16.4" in printed
    assert "…" not in printed


def test_wrong_ledger_is_refused_before_the_first_row(
    asked: list[Plan], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = tmp_path / "results.csv"
    ledger.write_text("some,thing\n")

    assert main(["benchmark", "--what", "network", "--ledger", str(ledger)]) == 2

    assert asked == []
    assert "has other columns than a ledger" in capsys.readouterr().err


def test_everything_measures_each_preset_with_each_back_end() -> None:
    found = list(benchmark.plans(parse("--all", "--seconds", "60")))

    networks = [p for p in found if p.what == "network" and not p.is_method]
    packaged = set(shipped_presets())
    assert {p.preset for p in networks} == packaged
    assert {"eager", "torch"} <= {p.backend for p in networks}
    assert {(p.size, p.estimate) for p in networks} == {
        ("640x480", False),
        ("640x480", True),
        ("1280x720", False),
    }
    assert "tensorrt" not in {p.backend for p in networks}
    assert {p.preset for p in found if p.is_method} == {"guided_filter", "joint_bilateral"}
    others = [p for p in found if p.what != "network"]
    assert {p.preset for p in others} == packaged
    assert {(p.backend, p.size) for p in others} == {("auto", "640x480"), ("auto", "1280x720")}
    nodes = {(p.preset, p.size, p.rate, p.seconds) for p in others if p.what == "node"}
    larger = {(preset, "640x480", 30.0, 20.0) for preset in packaged - {"tiny"}}
    smallest = {("tiny", "640x480", 30.0, 60.0), ("tiny", "640x480", 10.0, 20.0)}
    assert nodes in (larger | smallest, set())  # none where ROS is not installed
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("has", [True, False])
def test_bfloat16_is_measured_where_the_cpu_has_it(
    monkeypatch: pytest.MonkeyPatch, has: bool
) -> None:
    monkeypatch.setattr(_everything, "cpu_has_bfloat16", lambda: has)
    found = [p for p in benchmark.plans(parse("--all")) if p.precision == "bfloat16"]
    assert {p.backend for p in found} == ({"openvino"} if has else set())
    assert {p.preset for p in found} == (set(shipped_presets()) if has else set())


def test_without_ros_the_node_is_left_out_and_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(benchmark, "find_spec", lambda _: None)

    assert {p.what for p in benchmark.plans(parse())} == {"network", "pipeline"}
    assert "rclpy is not installed: the node is left out" in capsys.readouterr().err
    assert {p.what for p in benchmark.plans(parse("--what", "node"))} == {"node"}


def test_parsing_loads_nothing_heavy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert parse("--all").all


def test_page_agrees_with_the_ledger(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "benchmarks").mkdir()
    shutil.copy(ROOT / "benchmarks" / "results.csv", tmp_path / "benchmarks")
    copy = tmp_path / "docs" / "performance.md"
    shutil.copy(PAGE, copy)

    assert main(["benchmark", "--update", str(tmp_path)]) == 0

    assert copy.read_text("utf-8") == PAGE.read_text("utf-8"), "run `make docs`"


def test_update_of_another_folder_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["benchmark", "--update", str(tmp_path)]) == 2
    assert "expected the source tree" in capsys.readouterr().err


def test_commands_of_the_page_can_be_parsed() -> None:
    (block,) = re.findall(r"```\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    lines = [line.partition("#")[0].strip() for line in block.splitlines()]
    commands = [shlex.split(line)[1:] for line in lines if line.startswith("bridgenet ")]
    assert len(commands) >= 5
    for command in commands:
        assert build_parser().parse_args(command).run is benchmark.run
    assert [line for line in lines if not line.startswith(("bridgenet ", "make bench"))] == []
    assert "\nbench:" in (ROOT / "Makefile").read_text()


def test_parameters_of_the_page_exist() -> None:
    names = {s.name for s in settings()}
    groups = {name.partition(".")[0] for name in names}
    named = re.findall(r"`(\w+\.\w+)`", PAGE.read_text("utf-8"))
    found = {name for name in named if name.partition(".")[0] in groups}
    assert {"model.threads", "model.preset"} <= found
    assert sorted(found - names) == []
