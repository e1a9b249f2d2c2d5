"""Runs with a report: the same bytes, all of the run in it, whatever went before."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from processors import Constant, fail_to_make
from tiny_bags import COLOR, DEPTH, MS, recording, write_bag

from bridgenet_ros.errors import BagError
from bridgenet_ros.frame import DepthResult, RgbdFrame
from bridgenet_ros.offline.manifest import read_manifest
from bridgenet_ros.offline.options import ProcessOptions, ProcessSummary, RunOptions
from bridgenet_ros.offline.process_bag import process_bag
from bridgenet_ros.offline.report import is_report, report_path
from bridgenet_ros.offline.segment import MakeProcessor

PAIRS = 7
CUT = ProcessOptions(segment=2)


class Stopping(Constant):
    """Is interrupted at its fifth frame."""

    def process(self, frame: RgbdFrame, *, estimate: bool = False) -> DepthResult:
        if len(self.frames) == 4:
            raise KeyboardInterrupt
        return super().process(frame, estimate=estimate)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_bag(tmp_path / "in.mcap", recording(PAIRS, depth_delay_ns=12 * MS))


def run(
    source: Path,
    folder: str,
    make: MakeProcessor = Constant,
    *,
    options: ProcessOptions = CUT,
    name: str = "out.mcap",
    **how: int,
) -> tuple[ProcessSummary, Path]:
    target = source.parent / folder / name  # its name is part of a recording
    target.parent.mkdir(exist_ok=True)
    return process_bag(source, target, make, options, RunOptions(**how)), target  # type: ignore[arg-type]


def page_of(target: Path) -> str:
    return report_path(target).read_text("utf-8").replace("\u00a0", " ")


def test_a_report_changes_no_byte_whatever_the_workers(source: Path) -> None:
    _, plain = run(source, "plain")
    assert not report_path(plain).exists()
    for workers in (1, 2):
        _, target = run(source, f"{workers}", report=True, workers=workers)
        assert target.read_bytes() == plain.read_bytes()
        assert is_report(report_path(target), read_manifest(target).key)
        page = page_of(target)
        assert f"{PAIRS} results from {PAIRS} pairs" in page
        assert page.count('class="view card"') == 6
        assert "Median 12 ms" in page


def test_a_run_that_goes_on_reports_all_of_it(source: Path) -> None:
    _, whole = run(source, "whole", report=True)
    with pytest.raises(KeyboardInterrupt):
        run(source, "cut", Stopping, report=True)
    assert not report_path(source.parent / "cut" / "out.mcap").exists()
    summary, target = run(source, "cut", resume=True, report=True)
    assert summary.reused == 2
    assert target.read_bytes() == whole.read_bytes()
    charts = [
        re.findall(r"<svg.*?</svg>", re.sub(r".*Quality over time|Processing.*", "", page))
        for page in (page_of(whole), page_of(target))
    ]
    assert len(charts[0]) >= 3
    assert charts[0] == charts[1]


def test_what_was_not_measured_is_processed_again(source: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(source, "cut", Stopping)
    summary, target = run(source, "cut", resume=True, report=True)
    assert (summary.reused, summary.results) == (0, PAIRS)
    assert page_of(target).count('class="view card"') == 6


def test_parts_with_figures_serve_a_run_without_a_report(source: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(source, "cut", Stopping, report=True)
    summary, target = run(source, "cut", resume=True)
    assert summary.reused == 2
    assert not report_path(target).exists()


def test_a_finished_output_gets_the_report_that_it_lacks(source: Path) -> None:
    _, target = run(source, "out")
    before = target.read_bytes()
    summary, _ = run(source, "out", resume=True, report=True)
    assert not summary.was_there
    assert target.read_bytes() == before
    assert is_report(report_path(target))
    again, _ = run(source, "out", fail_to_make, resume=True, report=True)
    assert again.was_there


def test_no_report_of_another_output_is_left(source: Path) -> None:
    _, target = run(source, "out", report=True)
    other = ProcessOptions(segment=2, encoding="16UC1")
    run(source, "out", options=other, overwrite=True)
    assert not report_path(target).exists()


def test_a_file_of_its_name_is_not_lost(source: Path) -> None:
    taken = report_path(source.parent / "out" / "out.mcap")
    taken.parent.mkdir()
    taken.write_text("mine")
    with pytest.raises(BagError, match="is no report"):
        run(source, "out", report=True)
    assert taken.read_text() == "mine"
    assert list(taken.parent.iterdir()) == [taken]


@pytest.mark.parametrize("name", ["out.mcap", "out"])
def test_one_pair_has_a_report(tmp_path: Path, name: str) -> None:
    source = write_bag(tmp_path / "in.mcap", recording(1))
    _, target = run(source, "one", name=name, report=True)
    assert "1 result from 1 pair of in.mcap." in page_of(target)
    assert report_path(target).parent == tmp_path / "one"


def test_losses_are_in_the_report(tmp_path: Path) -> None:
    messages = [m for n, m in enumerate(recording(4)) if (m[0], n // 4) != (DEPTH, 1)]
    source = write_bag(tmp_path / "in.mcap", messages)
    _, target = run(source, "out", report=True)
    page = page_of(target)
    assert "colour without depth of nearly the same stamp" in page
    assert COLOR in page


def test_names_of_topics_are_escaped(tmp_path: Path) -> None:
    evil = '/a<b onclick="x">&amp;\''
    messages = [(evil if m[0] == "/chatter" else m[0], *m[1:]) for m in recording(2)]
    source = write_bag(tmp_path / "in.mcap", messages)
    _, target = run(source, "out", report=True)
    page = page_of(target)
    assert "<b onclick" not in page
    assert '/a&lt;b onclick="x"&gt;&amp;amp;\'' in page
