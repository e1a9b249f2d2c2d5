"""Figures of throughput, and the script that writes them."""

from __future__ import annotations

import csv
import runpy
from pathlib import Path

import pytest
import torch

from bridgenet_ros.evaluation.throughput import Case, count_flop, measure, measured_peak
from bridgenet_ros.evaluation.timeline import COMPUTE
from bridgenet_ros.network.topology import PRESETS

CPU = torch.device("cpu")
SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "gpu.py"
pytestmark = pytest.mark.usefixtures("torch_threads")


def test_operations_are_counted_without_running() -> None:
    tiny = PRESETS["tiny"]
    alone = count_flop(tiny, (480, 640), estimate=False)
    both = count_flop(tiny, (480, 640), estimate=True)
    assert 3e9 < alone < both < 9e9
    assert count_flop(tiny, (470, 630), estimate=False) == alone  # padded to the same size
    full = count_flop(PRESETS["full"], (256, 256), estimate=True)
    assert full == pytest.approx(412.5e9, rel=0.02)  # counted by hand from the paper's layers


def test_a_case_gives_figures_and_a_timeline() -> None:
    case = Case(preset="tiny", size=(32, 48), graphs=False, frames=4)
    peak: dict[str, float] = {}
    row, spans = measure(case, CPU, peak)
    assert (row.preset, row.precision, row.width, row.height) == ("tiny", "float32", 48, 32)
    assert row.compute_ms <= row.alone_ms
    assert row.hidden_share == 0  # on the CPU the lanes are one thread
    assert len([s for s in spans if s.lane == COMPUTE]) == 4
    assert set(peak) == {"float32"}
    assert row.peak_share == pytest.approx(
        row.pipelined_hz * row.gflop * 1e9 / peak["float32"], rel=0.02
    )


def test_a_peak_is_positive() -> None:
    assert measured_peak(CPU, torch.float32, repeats=2) > 1e8


def test_the_script_writes_a_row_and_a_timeline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main = runpy.run_path(str(SCRIPT))["main"]
    options = ["--preset", "tiny", "--size", "48x32", "--frames", "3", "--device", "cpu"]
    assert main([*options, "--output", str(tmp_path)]) == 0
    with (tmp_path / "throughput.csv").open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["preset"], row["graphs"], row["width"]) == ("tiny", "False", "48")
    with (tmp_path / "timeline_tiny_48x32_eager.csv").open(newline="") as stream:
        assert len(list(csv.DictReader(stream))) == 9
    assert "measured peak in float32" in capsys.readouterr().out


@pytest.mark.gpu
def test_a_gpu_copies_while_it_computes() -> None:
    case = Case(preset="base", size=(480, 640), depth_scale=1, frames=60)
    row, _ = measure(case, torch.device("cuda"), {})
    assert row.hidden_share > 0.3
    assert row.pipelined_hz > 1e3 / row.alone_ms
