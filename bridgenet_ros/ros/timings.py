"""What the stages of a frame took, as a status of each frame says it."""

from __future__ import annotations

from bridgenet_ros.frame import DepthResult

FRAME = "frame"
"""End of the status's name."""


def timing_values(result: DepthResult) -> dict[str, str]:
    """`DepthResult.timings_ms` by stage."""
    return {stage: f"{ms:.3f}" for stage, ms in result.timings_ms.items()}
