"""The report as a whole."""

from __future__ import annotations

from bridgenet_ros.doctor.finding import Finding, Status, as_plain, would_work

FINE = Finding(part="machine", status=Status.WARNING, what="slow", advice="wait")
BROKEN = Finding(part="depth", status=Status.ERROR, what="no depth")


def test_only_an_error_stands_in_the_way() -> None:
    assert would_work([])
    assert would_work([FINE])
    assert not would_work([FINE, BROKEN])


def test_plain_values() -> None:
    assert as_plain([FINE, BROKEN], "ros2 launch") == {
        "would_work": False,
        "launch": "ros2 launch",
        "findings": [
            {"part": "machine", "status": "warning", "what": "slow", "advice": "wait"},
            {"part": "depth", "status": "error", "what": "no depth", "advice": ""},
        ],
    }
