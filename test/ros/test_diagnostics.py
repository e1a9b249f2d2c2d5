"""The level and the words of a report."""

from __future__ import annotations

import pytest

pytest.importorskip("diagnostic_msgs", reason="diagnostic_msgs is not installed")

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from ros_graph import Graph

from bridgenet_ros.ros.diagnostics import Report, diagnostic_array
from bridgenet_ros.statistics import Statistics

LATE = "bicubic frames in the last 10 s: 1; the network would have missed schedule.budget_ms"


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


@pytest.mark.parametrize(
    ("problem", "now_s", "level", "message"),
    [
        ("", 5.0, DiagnosticStatus.WARN, LATE),
        ("now tiny runs", 5.0, DiagnosticStatus.WARN, f"now tiny runs; {LATE}"),
        ("", 11.0, DiagnosticStatus.OK, "active"),
    ],
)
def test_frames_without_the_network_are_counted_and_a_problem_while_they_are_new(
    problem: str, now_s: float, level: bytes, message: str
) -> None:
    report = Report(
        name="sr: depth", hardware_id="cpu", state="active", fault="", problem=problem, facts={}
    )
    statistics = Statistics()
    statistics.frame_out(latency_ms=1.0, age_ms=2.0, now_s=0.0, bicubic=True)
    (status,) = diagnostic_array(Time(), report, statistics.snapshot(now_s), None).status
    assert (status.level, status.message) == (level, message)
    assert {v.key: v.value for v in status.values}["frames_bicubic"] == "1"


def test_the_nodes_of_two_cameras_have_statuses_of_their_own(graph: Graph) -> None:
    names: set[str] = set()

    def note(report: DiagnosticArray) -> None:
        names.update(status.name for status in report.status)

    graph.peer.create_subscription(DiagnosticArray, "/diagnostics", note, 10)
    for namespace in ("front", "robot/rear"):
        node = graph.node({"namespace": namespace}, diagnostics__period=0.1)
        assert node.trigger_configure().name == "SUCCESS"
        assert node.trigger_activate().name == "SUCCESS"
    assert graph.spin_until(lambda: len(names) == 4)
    assert names == {
        *("front/bridgenet: depth", "front/bridgenet: inputs"),
        *("robot/rear/bridgenet: depth", "robot/rear/bridgenet: inputs"),
    }
