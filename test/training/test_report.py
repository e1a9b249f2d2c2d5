"""The progress line."""

from __future__ import annotations

from bridgenet_ros.training.report import RunningReport
from bridgenet_ros.training.train import StepReport


def report(step: int, scale: int, ratio: float, mde: float | None = None) -> StepReport:
    return StepReport(step, 0.5, 1.0, scale, ratio * 0.01, 0.01, mde, None, 1e-3, {})


def test_the_line_holds_ratios_by_scale() -> None:
    running = RunningReport()
    running.add(report(0, 16, 0.9))
    running.add(report(1, 8, 0.75, 0.25))
    assert running.line() == "step 2  x8 0.750  x16 0.900  D_DE 0.250"


def test_means_follow_slowly() -> None:
    running = RunningReport()
    running.add(report(0, 8, 1.0))
    running.add(report(1, 8, 0.5))
    assert running.line() == "step 2  x8 0.990"


def test_due_once() -> None:
    running = RunningReport()
    assert running.due()
    assert not running.due()
    assert not running.due_for_log()
