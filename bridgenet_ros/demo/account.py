"""What the reports of a live run add up to: lost frames, trends of latency and memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridgenet_ros.demo.live import LiveReport, LoadSample

WARM_UP_S = 5
"""Seconds of frames after which the node should need no more memory."""


def halves(latencies_ms: Sequence[float]) -> tuple[float, float]:
    """Median latency of the first and the second half of a run; NaN without results."""
    middle = len(latencies_ms) // 2
    first, second = latencies_ms[:middle], latencies_ms[middle:]
    return (
        float(np.median(first)) if first else float("nan"),
        float(np.median(second)) if second else float("nan"),
    )


def growth(loads: Sequence[LoadSample]) -> float:
    """Megabytes of the node at the end less those after `WARM_UP_S`; NaN for shorter runs."""
    later = [sample.load.memory_mb for sample in loads if sample.at_s >= WARM_UP_S]
    return later[-1] - later[0] if len(later) > 1 else float("nan")


def drops(report: LiveReport) -> dict[str, int]:
    """Frames lost by reason: what the node counted, and what it never saw or we never got."""
    prefix = "drops."
    found = {
        key.removeprefix(prefix): int(value)
        for key, value in report.node.items()
        if key.startswith(prefix)
    }
    if "frames_in" in report.node:
        found["lost_before_node"] = len(report.sent) - int(report.node["frames_in"])
        found["lost_after_node"] = int(report.node["frames_out"]) - len(report.received_ns)
    return {reason: number for reason, number in found.items() if number > 0}
