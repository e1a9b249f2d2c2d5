"""Measuring a node: what is timed, what is counted, and a real one over DDS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bridgenet_ros.demo import benchmark
from bridgenet_ros.demo.benchmark import (
    NodeBench,
    NodeOptions,
    camera_of,
    node_row,
    rendered_cases,
    timed,
)
from bridgenet_ros.demo.folder import OutputFolder
from bridgenet_ros.demo.live import LiveOptions, LiveReport, LoadSample
from bridgenet_ros.demo.score import ErrorSum
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.evaluation.process_load import Load
from bridgenet_ros.image_codec import encode_depth
from bridgenet_ros.offline.bag_writer import BagWriter
from bridgenet_ros.offline.messages import IMAGE_TYPE, make_header, make_image

MS = 1_000_000
START = 1_000_000 * MS
SMALL = camera_of("64x48")
OPTIONS = NodeOptions(preset="tiny", parameters={}, seconds=4.0, rate_hz=10.0)


def silent(stage: str, share: float) -> None:
    pass


def report() -> LiveReport:
    """Four seconds at 10 Hz; from 2 s on every second frame is answered, published 1 ms late."""
    sent = {START + k * 100 * MS: k % 6 for k in range(40)}
    answered = [stamp for k, stamp in enumerate(sent) if k < 20 or k % 2 == 0]
    return LiveReport(
        sent=sent,
        received_ns=answered,
        latencies_ms=[500.0 if k < 20 else 31.0 + k % 2 for k in range(len(answered))],
        estimates=0,
        node={
            "preset": "tiny",
            "trained": "true",
            "backend": "openvino",
            "precision": "float32",
            "device": "cpu",
            "frames_in": "40",
            "frames_out": "30",
            "drops": "9",
            "drops.replaced_by_newer": "9",
            "frames_bicubic": "4",
        },
        published_ns={stamp: stamp + MS for stamp in sent},
        engine_ms=dict.fromkeys(answered, 25.0),
        loads=[LoadSample(float(k), Load(400.0, 410.0 + k, 1.0 + 0.5 * k)) for k in range(4)],
    )


def test_camera_of_a_size_sees_no_less_than_the_demos() -> None:
    wide = camera_of("1280x720")
    assert (wide.width, wide.height, wide.focal) == (1280, 720, 525 * 1.5)
    assert (wide.cx, wide.cy) == (639.5, 359.5)
    assert camera_of("256x256").focal == pytest.approx(525 * 0.4)


@pytest.mark.parametrize("size", ["640", "640x", "0x480", "-8x8", "axb", "1x2x3"])
def test_what_is_no_size_is_refused(size: str) -> None:
    with pytest.raises(ConfigError, match=f"size is '{size}'; expected WIDTHxHEIGHT"):
        camera_of(size)


def test_sizes_that_depth_cannot_divide_are_refused() -> None:
    with pytest.raises(ConfigError, match="size is 100x96; expected multiples of 8"):
        camera_of("100x96")


def test_cases_have_depth_truth_and_baseline() -> None:
    cases = rendered_cases(SMALL)
    assert len(cases) == benchmark.CASES
    assert cases[0].frame.rgb.shape == (48, 64, 3)
    assert (cases[0].frame.depth.shape, cases[0].frame.depth.dtype) == ((6, 8), np.float32)
    assert cases[0].truth_m.shape == cases[0].bicubic_m.shape == (48, 64)
    assert not np.array_equal(cases[0].frame.rgb, cases[1].frame.rgb)


def test_times_are_of_the_warm_part_from_publication_to_arrival() -> None:
    found = timed(report())

    assert set(found.ages_ms) == {31.0, 32.0}
    assert set(found.latencies_ms) == {30.0, 31.0}
    assert set(found.overheads_ms) == {5.0, 6.0}
    assert found.hz == pytest.approx(5.0)


def test_nothing_received_is_no_error() -> None:
    empty = LiveReport(sent={}, received_ns=[], latencies_ms=[], estimates=0, node={})
    row = node_row(empty, ErrorSum(), SMALL, OPTIONS)
    assert (row.frames_in, row.frames_out, row.hz) == (0, 0, 0.0)
    figures = (row.median_ms, row.age_ms_p99, row.overhead_ms_p50, row.age_drift_ms, row.rss_mb)
    assert set(figures) == {None}


def test_row_tells_what_the_node_said_and_what_was_lost() -> None:
    row = node_row(report(), ErrorSum(), SMALL, OPTIONS)

    assert (row.what, row.preset, row.backend, row.trained) == ("node", "tiny", "openvino", True)
    assert (row.width, row.height) == (64, 48)
    assert (row.frames_in, row.frames_out, row.drops, row.uncounted) == (40, 30, 10, 1)
    assert row.degraded == 4
    assert (row.median_ms, row.overhead_ms_p50) == (30.5, 5.5)
    assert row.age_ms_p99 == pytest.approx(32.0)
    assert row.age_drift_ms == pytest.approx(0.0, abs=1.0)
    assert (row.rss_mb, row.cpu_percent) == (413.0, 50.0)
    assert row.rss_growth_mb is None  # too short to have one


def test_seconds_and_rate_must_be_positive() -> None:
    still = NodeOptions(preset="tiny", parameters={}, seconds=4.0, rate_hz=0.0)
    with NodeBench(SMALL) as bench, pytest.raises(ConfigError, match="4 s at 0 Hz; expected more"):
        bench.measure(still, silent)


def test_room_is_rendered_once_and_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[Path] = []

    def fake_live(
        live: LiveOptions, folder: OutputFolder, progress: Callable[[str, float], None]
    ) -> LiveReport:
        played.append(live.bag)
        assert (live.timings, live.every, live.rate_hz) == (True, benchmark.SCORED_EVERY, 10.0)
        with BagWriter(folder.recorded_bag) as writer:
            topic = writer.add_topic("/sr/depth/image", IMAGE_TYPE)
            plane = encode_depth(np.full((48, 64), 2.0, np.float32))
            writer.write(topic, START, make_image(plane, make_header(START, "c")))
        return report()

    monkeypatch.setattr(benchmark, "run_live", fake_live)
    stages: list[str] = []

    with NodeBench(SMALL, frames=6) as bench:
        rows = [bench.measure(OPTIONS, lambda stage, _: stages.append(stage)) for _ in range(2)]
        assert played[0] == played[1]
        assert played[0].exists()

    assert not played[0].exists()
    assert stages == ["rendering the room"] * 6
    assert rows[0].rmse_cm is not None
    assert rows[0].rmse_bicubic_cm is not None
    assert 0 < rows[0].rmse_bicubic_cm < rows[0].rmse_cm  # a plane is no room


@pytest.mark.slow
@pytest.mark.parametrize("executor", ["single_threaded", "events"])
def test_node_is_measured_over_dds(executor: str) -> None:
    pytest.importorskip("rclpy" if executor == "single_threaded" else "rclpy.experimental")
    options = NodeOptions(
        preset="tiny",
        parameters={"model.backend": "torch", "model.threads": 1, "executor": executor},
        seconds=5.0,
        rate_hz=10.0,
        threads=1,
    )
    with NodeBench(SMALL, frames=6) as bench:
        row = bench.measure(options, silent)

    assert row.frames_in == 50
    assert 0 < row.frames_out <= 50
    assert row.uncounted == 0
    assert (row.backend, row.preset, row.estimate) == ("torch", "tiny", False)
    assert row.median_ms is not None
    assert row.age_ms_p50 is not None
    assert row.overhead_ms_p50 is not None
    assert 0 < row.overhead_ms_p50 < row.median_ms <= row.age_ms_p50
    assert row.rmse_cm is not None
