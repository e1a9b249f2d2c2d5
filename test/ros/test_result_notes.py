from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("rclpy")
from frames import make_result

from bridgenet_ros.frame import EstimateFit
from bridgenet_ros.ros.result_notes import ResultNotes

FIT = EstimateFit(scale=1.5, shift_m=-0.25, pixels=48, agreeing=0.75, fitted=True)
RESULT = make_result(registration="already in the colour view", fit=FIT)


class Log:
    """Keeps what is logged."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def info(self, text: str) -> None:
        self.lines.append(text)

    def warning(self, text: str, *, throttle_duration_sec: float) -> None:
        assert throttle_duration_sec > 0
        self.lines.append(text)


def notes(log: Log) -> ResultNotes:
    return ResultNotes(log)  # type: ignore[arg-type]


def test_registration_is_logged_when_it_changes() -> None:
    log = Log()
    taken = notes(log)
    taken.take(RESULT)
    taken.take(RESULT)
    assert log.lines == ["depth: already in the colour view"]


def test_bicubic_and_unfitted_frames_are_warned_of() -> None:
    log = Log()
    alone = replace(FIT, fitted=False, problem="3 of the sensor's pixels can be compared")
    notes(log).take(replace(RESULT, registration="", bicubic="too late", fit=alone))
    assert log.lines == [
        "published as bicubic: too late",
        "the estimate is not fitted: 3 of the sensor's pixels can be compared",
    ]


def test_facts_are_of_the_newest_result() -> None:
    taken = notes(Log())
    assert taken.facts() == {"registration": ""}
    taken.take(RESULT)
    facts = taken.facts()
    assert facts["registration"] == "already in the colour view"
    assert (facts["estimate.scale"], facts["estimate.shift_m"]) == ("1.50000", "-0.25000")
    assert (facts["estimate.fitted"], facts["estimate.pixels"]) == ("true", "48")
    taken.take(replace(RESULT, fit=None))
    assert taken.facts() == {"registration": "already in the colour view"}
