"""The level and the words of a report."""

from __future__ import annotations

import pytest

pytest.importorskip("diagnostic_msgs", reason="diagnostic_msgs is not installed")

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticStatus

from bridgenet_ros.ros.diagnostics import Report, diagnostic_array


@pytest.mark.parametrize(
    ("fault", "problem", "level", "message"),
    [
        ("", "", DiagnosticStatus.OK, "active"),
        ("", "now tiny runs on cpu", DiagnosticStatus.WARN, "now tiny runs on cpu"),
        ("cuda:0 is gone", "", DiagnosticStatus.ERROR, "cuda:0 is gone"),
        ("cpu is out of memory", "now tiny runs", DiagnosticStatus.ERROR, "cpu is out of memory"),
    ],
)
def test_a_fault_is_an_error_and_what_remains_of_it_a_warning(
    fault: str, problem: str, level: bytes, message: str
) -> None:
    report = Report(
        name="sr: depth",
        hardware_id="cpu",
        state="active",
        fault=fault,
        problem=problem,
        facts={"backend": "torch"},
    )
    (status,) = diagnostic_array(Time(), report, None, None).status
    assert (status.level, status.message) == (level, message)
    assert {v.key: v.value for v in status.values} == {"state": "active", "backend": "torch"}
