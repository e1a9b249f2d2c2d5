"""The session's counters as a DiagnosticArray."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.node import Node
from std_msgs.msg import Header

from bridgenet_ros.quality import Quality
from bridgenet_ros.statistics import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one report says besides the counters."""

    name: str
    hardware_id: str
    state: str
    fault: str
    """Why this is an error; empty while frames run."""
    problem: str
    """Why this is a warning; empty when all is well."""
    facts: Mapping[str, str]


def status_name(node: Node, what: str) -> str:
    """Of a status; with the namespace, as two cameras' nodes differ in nothing else."""
    return f"{node.get_fully_qualified_name().lstrip('/')}: {what}"


def diagnostic_array(
    stamp: Time, report: Report, snapshot: Snapshot | None, quality: Quality | None
) -> DiagnosticArray:
    """One status with everything as key and value; ERROR for a fault, WARN for a problem.

    Frames that missed their deadline are a problem for ten seconds.
    """
    values = {"state": report.state, **report.facts}
    if snapshot is not None:
        values |= _counters(snapshot)
    if quality is not None:
        values |= {f"quality.{name}": f"{value:.5f}" for name, value in asdict(quality).items()}
    problem = "; ".join(filter(None, (report.problem, _late(snapshot))))
    level = DiagnosticStatus.WARN if problem else DiagnosticStatus.OK
    status = DiagnosticStatus(
        level=DiagnosticStatus.ERROR if report.fault else level,
        name=report.name,
        message=report.fault or problem or report.state,
        hardware_id=report.hardware_id,
        values=[KeyValue(key=key, value=value) for key, value in values.items()],
    )
    return DiagnosticArray(header=Header(stamp=stamp), status=[status])


def _late(snapshot: Snapshot | None) -> str:
    if snapshot is None or not snapshot.recent_bicubic:
        return ""
    return (
        f"bicubic frames in the last 10 s: {snapshot.recent_bicubic}; the network would have "
        "missed schedule.budget_ms"
    )


def _counters(snapshot: Snapshot) -> dict[str, str]:
    values = {
        "rate_hz": f"{snapshot.rate_hz:.2f}",
        "latency_ms_p50": f"{snapshot.latency_ms_p50:.1f}",
        "latency_ms_p99": f"{snapshot.latency_ms_p99:.1f}",
        "age_ms_p50": f"{snapshot.age_ms_p50:.1f}",
        "age_ms_p99": f"{snapshot.age_ms_p99:.1f}",
        "frames_in": str(snapshot.frames_in),
        "frames_out": str(snapshot.frames_out),
        "frames_bicubic": str(snapshot.frames_bicubic),
        "time_jumps": str(snapshot.time_jumps),
        "drops": str(sum(snapshot.drops.values())),
    }
    return values | {f"drops.{reason}": str(n) for reason, n in sorted(snapshot.drops.items())}
