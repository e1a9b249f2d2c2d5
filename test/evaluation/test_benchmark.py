"""The ledger's rows: counted, timed, measured against the truth."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
import torch
from frames import make_frame, make_result
from untrained import untrained_card

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.evaluation.baselines import Colour, Depth
from bridgenet_ros.evaluation.benchmark import (
    WARM_UP_FRAMES,
    Case,
    Effort,
    build_eager,
    rounded,
    time_method,
    time_network,
    time_pipeline,
)
from bridgenet_ros.evaluation.ledger import Row
from bridgenet_ros.frame import DepthResult, FloatArray, RgbdFrame
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import PRESETS
from bridgenet_ros.pipeline import Pipeline

CARD = untrained_card(8)


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
        return make_result(sr_m)


def cases(frame: RgbdFrame) -> list[Case]:
    truth = np.full((24, 32), 2.03, np.float32)
    return [Case(frame, truth, truth - 0.05)] * 2


def measured(tiny_frame: RgbdFrame, repeats: int) -> tuple[TwoMetres, Row]:
    fake = TwoMetres()
    effort = Effort(repeats=repeats, threads=1)
    return fake, time_pipeline(cast("Pipeline", fake), cases(tiny_frame), effort)


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


def test_no_round_starts_after_the_limit(tiny_frame: RgbdFrame) -> None:
    calls: list[Depth] = []

    def method(rgb: Colour, low: Depth) -> Depth:
        calls.append(low)
        return np.full(rgb.shape[:2], 2.0, np.float32)

    row = time_method("two", method, cases(metric(tiny_frame)), Effort(repeats=9, limit_s=0.0))

    assert len(calls) == WARM_UP_FRAMES + 2
    assert (row.what, row.preset, row.trained, row.peak_share) == ("network", "two", None, None)
    assert row.rmse_cm == pytest.approx(3.0, abs=1e-3)


def metric(frame: RgbdFrame) -> RgbdFrame:
    """With depth in metres, as the rendered frames have it."""
    depth: FloatArray = frame.depth.astype(np.float32) / 1000
    return make_frame(frame.rgb, depth)


@pytest.mark.usefixtures("torch_threads")
def test_eager_network_is_the_network_itself(tiny_frame: RgbdFrame) -> None:
    network = BridgeNet(PRESETS["tiny"]).eval()
    built = build_eager(network, CARD, torch.device("cpu"), threads=1)

    row = time_network(built, cases(metric(tiny_frame)), Effort(repeats=1, estimate=True))
    built.engine.close()

    assert torch.get_num_threads() == 1
    assert [module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    assert (row.what, row.backend, row.precision, row.estimate) == (
        "network",
        "eager",
        "float32",
        True,
    )
    assert row.peak_share is not None
    assert row.peak_share > 0


def test_rounding_leaves_out_what_is_not_a_number() -> None:
    assert rounded(1.26) == 1.3
    assert rounded(1.256, 2) == 1.26
    assert rounded(float("nan")) is None
