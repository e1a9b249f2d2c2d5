"""A row of the ledger, as a benchmark measures it."""

from __future__ import annotations

from bridgenet_ros.evaluation.ledger import Row

ROW = Row(
    date="2026-01-02",
    commit="abc1234",
    what="network",
    preset="tiny",
    trained=True,
    backend="openvino",
    precision="float32",
    width=640,
    height=480,
    estimate=False,
    device="x86_64, AVX2",
    cores=2,
    threads=0,
    median_ms=30.25,
    p99_ms=41.0,
    hz=32.0,
    frames_in=100,
    frames_out=100,
    drops=0,
    rss_mb=480.4,
    peak_share=0.123,
    rmse_cm=15.28,
    rmse_bicubic_cm=16.4,
    versions="bridgenet_ros 0.1.0, torch 2.13.0",
    command="bridgenet benchmark --what network",
)
