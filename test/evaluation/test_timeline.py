"""Spans of lanes, and how much of the copying they hide."""

from __future__ import annotations

import pytest
import torch

from bridgenet_ros.engine.streams import CpuLanes, CudaLanes
from bridgenet_ros.evaluation.timeline import (
    COMPUTE,
    COPY_IN,
    COPY_OUT,
    CudaClock,
    HostClock,
    Span,
    TimedLanes,
    hidden_share,
)


def test_hand_computed_share() -> None:
    spans = [
        Span(0, COPY_IN, 0, 2),  # nothing else runs
        Span(0, COMPUTE, 2, 10),
        Span(1, COPY_IN, 4, 6),  # wholly beside frame 0
        Span(0, COPY_OUT, 10, 12),  # half of it beside frame 1, none beside its own
        Span(1, COMPUTE, 11, 19),
    ]
    assert hidden_share(spans) == pytest.approx((2 + 1) / 6)


def test_one_frame_after_the_other_hides_nothing() -> None:
    spans = [
        Span(f, lane, 10 * f + i, 10 * f + i + 1)
        for f in range(3)
        for i, lane in enumerate((COPY_IN, COMPUTE, COPY_OUT))
    ]
    assert hidden_share(spans) == 0
    assert hidden_share([]) == 0


def issue(lanes: TimedLanes, frames: int) -> None:
    for _ in range(frames):
        for lane in (lanes.copy_in(), lanes.compute(), lanes.copy_out()):
            with lane:
                pass
        lanes.mark()


def test_lanes_are_noted_frame_by_frame() -> None:
    lanes = TimedLanes(CpuLanes(), HostClock())
    issue(lanes, 2)
    spans = lanes.take()
    assert [(s.frame, s.lane) for s in spans] == [
        (frame, lane) for frame in (0, 1) for lane in (COPY_IN, COMPUTE, COPY_OUT)
    ]
    times = [t for s in spans for t in (s.start_ms, s.end_ms)]
    assert times[0] == 0
    assert times == sorted(times)
    assert lanes.take() == []


@pytest.mark.gpu
def test_events_order_the_lanes_of_a_gpu() -> None:
    lanes = TimedLanes(CudaLanes(torch.device("cuda")), CudaClock())
    issue(lanes, 2)
    spans = lanes.take()
    assert len(spans) == 6
    assert all(s.end_ms >= s.start_ms for s in spans)
    assert spans[1].start_ms >= spans[0].end_ms - 1e-2
