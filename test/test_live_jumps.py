"""The live session when stamps go back in time."""

from __future__ import annotations

import threading
import time
from typing import cast

import numpy as np
from frames import result_for

from bridgenet_ros.frame import DepthResult, RgbdFrame
from bridgenet_ros.input_config import SyncConfig
from bridgenet_ros.live import LiveSession, StampedImage, make_synchronizer
from bridgenet_ros.pipeline import Pipeline

MS = 1_000_000
START = 1_700_000_000_000_000_000
PATIENCE_S = 20.0


class Recorder:
    """A pipeline that notes what is asked of it."""

    overlaps = False

    def __init__(self) -> None:
        self.calls: list[str | tuple[int, int]] = []
        self.done = threading.Semaphore(0)

    def submit(self, frame: RgbdFrame, *, estimate: bool, bicubic: str) -> DepthResult:
        self.calls.append((frame.stamp_ns, frame.depth_stamp_ns))
        return result_for(frame, stamp_ns=frame.depth_stamp_ns)

    def collect(self, pending: DepthResult) -> DepthResult:
        return pending

    def reset(self) -> None:
        self.calls.append("reset")


def run(session: LiveSession, done: threading.Semaphore, stamp_ns: int) -> None:
    """One pair whose depth is 100 ms early, from its arrival to its result."""
    now_s = time.monotonic()
    rgb = np.zeros((4, 6, 3), np.uint8)
    session.add_color(StampedImage(rgb, stamp_ns, "color", now_s))
    depth = np.ones((2, 3), np.uint16)
    session.add_depth(StampedImage(depth, stamp_ns - 100 * MS, "color", now_s))
    assert done.acquire(timeout=PATIENCE_S)


def test_a_jump_is_told_once_and_the_pipeline_forgets() -> None:
    pipeline = Recorder()
    done = threading.Semaphore(0)
    told: list[int] = []
    ages: list[int] = []

    def age_ms(stamp_ns: int) -> float:
        ages.append(stamp_ns)
        done.release()
        return 0.0

    session = LiveSession(
        cast("Pipeline", pipeline),
        make_synchronizer(SyncConfig(stamp_offset=0.1)),
        on_result=lambda *_: None,
        wants_estimate=lambda: False,
        age_ms=age_ms,
        on_error=lambda *_: None,
        on_jump=lambda: told.append(len(pipeline.calls)),
    )
    session.start()
    later = START + 2000 * MS
    run(session, done, later)
    run(session, done, START)
    session.stop()
    assert pipeline.calls == [(later, later - 100 * MS), "reset", (START, START - 100 * MS)]
    assert told == [1]
    assert session.snapshot().time_jumps == 1
    assert ages == [later, START]  # of colour, whatever stamp the result carries
