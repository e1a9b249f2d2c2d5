from __future__ import annotations

import argparse
import os
import signal
from pathlib import Path

import pytest

from bridgenet_ros.commands import demo
from bridgenet_ros.demo import run as demo_run
from bridgenet_ros.demo.folder import OutputFolder
from bridgenet_ros.demo.run import DemoOptions, DemoResult, Progress
from bridgenet_ros.demo.summary import Summary

SUMMARY = Summary(
    frames_in=3,
    frames_out=2,
    drops={"replaced_by_newer": 1},
    latency_ms_p50=40.0,
    latency_ms_p99=50.0,
    rmse_bicubic_cm=16.0,
    rmse_sr_cm=9.0,
    preset="tiny",
    trained=True,
    rate_out_hz=20.0,
    estimates_out=2,
    frames_scored=2,
    pixels_scored=100,
    colour_size=(640, 480),
    depth_size=(80, 60),
    input="camera.mcap",
    latency_ms_p50_halves=(40.0, 41.0),
    memory_growth_mb=1.5,
    exceptions=0,
)


def parse(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    demo.add_arguments(parser)
    return parser.parse_args(arguments)


def test_figures_and_places_are_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    asked: list[DemoOptions] = []

    def fake(options: DemoOptions, progress: Progress) -> DemoResult:
        asked.append(options)
        progress("rendering the room", 0.5)
        progress("drawing", 0.0)
        folder = OutputFolder(options.output)
        return DemoResult(summary=SUMMARY, folder=folder, kept=tmp_path / "out.1")

    monkeypatch.setattr(demo_run, "run_demo", fake)

    code = demo.run(parse("--output", str(tmp_path / "out"), "--seconds", "3", "--preset", "small"))

    printed = capsys.readouterr().out.replace("\n", "")
    assert code == 0
    assert (asked[0].seconds, asked[0].preset, asked[0].bag) == (3.0, "small", None)
    for expected in ("replaced_by_newer", "16.0 cm", "before_after.png", "summary.json", "out.1"):
        assert expected in printed


def test_terminating_is_like_interrupting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)

    def killed(options: DemoOptions, progress: Progress) -> DemoResult:
        os.kill(os.getpid(), signal.SIGTERM)
        raise AssertionError("not interrupted")

    monkeypatch.setattr(demo_run, "run_demo", killed)

    with pytest.raises(KeyboardInterrupt):
        demo.run(parse("--output", str(tmp_path / "out")))

    assert signal.getsignal(signal.SIGTERM) == before


def test_defaults() -> None:
    given = parse()

    assert (given.output, given.preset) == (Path("demo_output"), "tiny")
    assert (given.bag, given.seconds, given.weights) == (None, None, None)
