"""The arrays of a run, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from run_records import PERIOD, START, record

from bridgenet_ros.offline.run_record import RunRecord

NAN = float("nan")


def test_gaps_are_depth_less_colour_with_the_offset() -> None:
    run = record(4)
    assert run.gaps_ms().tolist() == [0, 1, 2, 3]
    assert replace(run, stamp_offset_ns=-2_000_000).gaps_ms().tolist() == [-2, -1, 0, 1]


def test_times_begin_at_the_first_pair() -> None:
    run = record(4, parts=2)
    assert run.pair_times_s().tolist() == pytest.approx([0, 0.1, 0.2, 0.3])
    assert run.result_times_s().tolist() == pytest.approx([0, 0.1, 0.2, 0.3])
    later = replace(run, measured=run.measured[1:])
    assert later.result_times_s().tolist() == pytest.approx([0.2, 0.3])
    assert later.since_start_s(np.array([START + PERIOD])).tolist() == pytest.approx([0.1])


def test_figures_of_all_parts_are_one_row() -> None:
    run = record(4, parts=2)
    assert run.quality("consistency_median_m") == pytest.approx([0, 0.01, 0.02, 0.03], abs=1e-6)
    # A segment's first has none; elsewhere depth grows by 1 cm a frame.
    assert run.quality("flicker_m") == pytest.approx([NAN, 0.01, NAN, 0.01], abs=1e-6, nan_ok=True)
    assert run.timing_ms("engine").tolist() == [9, 10, 11, 12]
    assert run.stages() == ["engine", "process"]
    assert np.isnan(run.timing_ms("guard")).all()
    assert len(run.views()) == 2


def test_a_run_without_pairs_is_empty() -> None:
    run = RunRecord(pairs=np.empty((0, 4), np.int64), stamp_offset_ns=0, measured=[])
    for values in (run.gaps_ms(), run.pair_times_s(), run.result_times_s(), run.quality("x")):
        assert len(values) == 0
    assert (run.stages(), run.views()) == ([], [])
