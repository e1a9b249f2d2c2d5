from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO

from rich.console import Console

from bridgenet_ros.demo.summary import Summary, finite

SUMMARY = Summary(
    frames_in=300,
    frames_out=187,
    drops={"replaced_by_newer": 112, "lost_before_node": 1},
    latency_ms_p50=48.25,
    latency_ms_p99=91.0,
    rmse_bicubic_cm=16.6,
    rmse_sr_cm=9.1,
    preset="tiny",
    trained=True,
    rate_out_hz=18.7,
    estimates_out=187,
    frames_scored=187,
    pixels_scored=55_000_000,
    colour_size=(640, 480),
    depth_size=(80, 60),
    input="camera.mcap",
    latency_ms_p50_halves=(40.0, 41.0),
    memory_growth_mb=1.5,
    exceptions=0,
)


def shown(summary: Summary) -> str:
    text = StringIO()
    Console(file=text, width=120).print(summary.as_table())
    return text.getvalue()


def test_json_begins_with_the_promised_keys() -> None:
    found = json.loads(SUMMARY.as_json())

    assert list(found)[:9] == [
        "frames_in",
        "frames_out",
        "drops",
        "latency_ms_p50",
        "latency_ms_p99",
        "rmse_bicubic_cm",
        "rmse_sr_cm",
        "preset",
        "trained",
    ]
    assert found["drops"] == {"replaced_by_newer": 112, "lost_before_node": 1}


def test_table_has_every_figure_with_its_unit() -> None:
    text = shown(SUMMARY)

    for expected in ("300", "187", "18.7 Hz", "48.2 ms", "91.0 ms", "16.6 cm", "9.1 cm", "tiny"):
        assert expected in text
    assert "dropped: replaced_by_newer" in text
    assert "187 frames, 55.0 million pixels" in text
    assert "not trained" not in text


def test_without_truth_or_results_there_are_no_invented_figures() -> None:
    bare = replace(
        SUMMARY,
        trained=False,
        rmse_bicubic_cm=None,
        rmse_sr_cm=None,
        latency_ms_p50=None,
        latency_ms_p99=None,
    )

    text = shown(bare)

    assert "RMSE" not in text
    assert "not trained" in text
    assert json.loads(bare.as_json())["rmse_sr_cm"] is None


def test_finite() -> None:
    assert finite(1.5) == 1.5
    assert finite(float("nan")) is None
    assert finite(float("inf")) is None
