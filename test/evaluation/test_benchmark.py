"""The ledger's rows: counted, timed, measured against the truth."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.evaluation.benchmark import WARM_UP_FRAMES, Case, Row, append, time_pipeline
from bridgenet_ros.frame import DepthResult, RgbdFrame
from bridgenet_ros.network.weights import WeightsCard
from bridgenet_ros.pipeline import Pipeline

CARD = WeightsCard(
    preset="tiny",
    trained=False,
    scales=(8,),
    value_range_m=10.0,
    training_data=(),
    licence="Apache-2.0",
)


class TwoMetres:
    """Stands for a pipeline: always 2 m, with one hole."""

    card = CARD
    backend = "torch"
    precision = "float32"
    device_name = "cpu"

    def __init__(self) -> None:
        self.calls = 0

    def process(self, frame: RgbdFrame, *, estimate: bool) -> DepthResult:
        self.calls += 1
        sr_m = np.full(frame.rgb.shape[:2], 2.0, np.float32)
        sr_m[0, 0] = np.nan
        timings: Mapping[str, float] = {}
        return DepthResult(
            sr_m=sr_m,
            mde_m=None,
            sensor_m=sr_m,
            unguarded_m=sr_m,
            stamp_ns=1,
            frame_id="",
            timings_ms=timings,
        )


def measured(tiny_frame: RgbdFrame, repeats: int) -> tuple[TwoMetres, Row]:
    fake = TwoMetres()
    truth = np.full((24, 32), 2.03, np.float32)
    row = time_pipeline(
        cast("Pipeline", fake),
        [Case(tiny_frame, truth, truth - 0.05)] * 2,
        repeats=repeats,
        estimate=False,
        threads=1,
        command="bridgenet benchmark",
    )
    return fake, row


def test_row_counts_frames_and_measures_error_where_valid(tiny_frame: RgbdFrame) -> None:
    fake, row = measured(tiny_frame, 3)
    assert fake.calls == WARM_UP_FRAMES + 6
    assert (row.frames_in, row.frames_out, row.drops) == (6, 6, 0)
    assert row.rmse_cm == pytest.approx(3.0, abs=1e-3)
    assert row.rmse_bicubic_cm == pytest.approx(5.0, abs=1e-3)
    assert row.p99_ms >= row.median_ms >= 0
    assert (row.width, row.height) == (32, 24)
    assert (row.backend, row.precision) == ("torch", "float32")


def test_nothing_to_measure_is_refused(tiny_frame: RgbdFrame) -> None:
    with pytest.raises(ConfigError, match="0 repeats"):
        measured(tiny_frame, 0)


def test_ledger_grows_under_one_heading(tiny_frame: RgbdFrame, tmp_path: Path) -> None:
    _, row = measured(tiny_frame, 1)
    ledger = tmp_path / "sub" / "results.csv"
    append([row], ledger)
    append([row], ledger)
    with ledger.open(newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert [line["command"] for line in lines] == ["bridgenet benchmark"] * 2
    assert lines[0]["preset"] == "tiny"
