"""One worker's share: its pairs found again, processed in order, counted."""

from __future__ import annotations

from pathlib import Path

import pytest
from jobs import prepare
from processors import Constant
from tiny_bags import (
    COLOR,
    DEPTH,
    MS,
    PERIOD,
    START,
    color_payload,
    depth_payload,
    image,
    recording,
    write_bag,
)

from bridgenet_ros.errors import BagError, EngineError
from bridgenet_ros.frame import DepthResult, RgbdFrame
from bridgenet_ros.offline.parts import PartStore
from bridgenet_ros.offline.segment import SegmentWorker, Stopped
from bridgenet_ros.offline.selection import Selection
from bridgenet_ros.offline.workers import ThreadSignals


def test_segments_are_parts_of_the_whole(tmp_path: Path) -> None:
    job, plan = prepare(tmp_path, recording(8, depth_delay_ns=12 * MS))
    processor, signals = Constant(), ThreadSignals()
    worker = SegmentWorker(processor, signals)
    # Any order, as several workers take them.
    parts = [worker.run(job, segment) for segment in reversed(list(plan.segments()))]
    worker.close()
    assert processor.closed
    assert [part.results for part in parts] == [2, 3, 3]
    assert signals.done == 8
    stamps = [frame.stamp_ns for frame in processor.frames]
    assert stamps == [START + i * PERIOD for i in (6, 7, 3, 4, 5, 0, 1, 2)]
    assert {m.topic for part in parts for m in part.messages} == {
        "/sr/depth/image",
        "/sr/depth/camera_info",
    }


def test_images_of_one_recording_time_are_told_apart(tmp_path: Path) -> None:
    messages = []
    for index in range(5):
        stamp = START + index * PERIOD
        messages += [
            image(COLOR, stamp, color_payload(index), time_ns=START),
            image(DEPTH, stamp, depth_payload(index), time_ns=START),
        ]
    job, plan = prepare(tmp_path, messages)
    processor = Constant()
    worker = SegmentWorker(processor, ThreadSignals())
    for segment in plan.segments():
        worker.run(job, segment)
    worker.close()
    assert [frame.depth[0, 0] for frame in processor.frames] == [1000, 1001, 1002, 1003, 1004]


def test_left_out_pairs_are_not_read(tmp_path: Path) -> None:
    job, plan = prepare(tmp_path, recording(9), Selection(every=4))
    processor = Constant()
    worker = SegmentWorker(processor, ThreadSignals())
    (segment,) = plan.segments()
    assert worker.run(job, segment).results == 3
    worker.close()
    assert [frame.rgb[0, 0, 0] for frame in processor.frames] == [0, 4, 8]


def test_a_recording_that_changed_is_noticed(tmp_path: Path) -> None:
    job, plan = prepare(tmp_path, recording(3))
    job.source.unlink()
    write_bag(job.source, recording(2))
    worker = SegmentWorker(Constant(), ThreadSignals())
    with pytest.raises(BagError, match="the recording has changed"):
        worker.run(job, next(plan.segments()))
    worker.close()
    assert PartStore(job.parts).load(0) is None


def test_a_stopped_worker_leaves_no_part(tmp_path: Path) -> None:
    job, plan = prepare(tmp_path, recording(3))
    signals = ThreadSignals()

    class StopsAtTwo(Constant):
        def process(self, frame: RgbdFrame, *, estimate: bool = False) -> DepthResult:
            if self.frames:
                signals.stop()
            return super().process(frame, estimate=estimate)

    worker = SegmentWorker(StopsAtTwo(), signals)
    with pytest.raises(Stopped):
        worker.run(job, next(plan.segments()))
    worker.close()
    assert PartStore(job.parts).count() == 0


def test_a_failing_network_names_the_frame(tmp_path: Path) -> None:
    class Failing(Constant):
        def process(self, frame: RgbdFrame, *, estimate: bool = False) -> DepthResult:
            raise EngineError("out of memory")

    job, plan = prepare(tmp_path, recording(3))
    worker = SegmentWorker(Failing(), ThreadSignals())
    with pytest.raises(EngineError, match=rf"stamp {START} ns: out of memory"):
        worker.run(job, next(plan.segments()))
    worker.close()
