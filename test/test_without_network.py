"""A start needs no network: packaged weights are found, and missing ones are one line."""

from __future__ import annotations

import socket
from typing import NoReturn

import pytest

from bridgenet_ros.config import NodeConfig, with_values
from bridgenet_ros.errors import WeightsError
from bridgenet_ros.frame import RgbdFrame
from bridgenet_ros.pipeline import build_pipeline

SMALLEST = {"model.warmup": 0, "model.device": "cpu", "model.backend": "torch"}


@pytest.fixture(autouse=True)
def _cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every attempt to look up or reach another machine fails the test."""

    def refuse(*args: object) -> NoReturn:
        pytest.fail(f"reached for the network: {args}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_the_cut_is_one() -> None:
    with pytest.raises(pytest.fail.Exception, match="reached for the network"):
        socket.create_connection(("192.0.2.1", 80), timeout=0.1)


def test_packaged_weights_serve_a_frame(tiny_frame: RgbdFrame) -> None:
    pipeline = build_pipeline(with_values(NodeConfig(), SMALLEST))
    try:
        assert pipeline.card.licence
        assert pipeline.process(tiny_frame).sr_m.shape == tiny_frame.rgb.shape[:2]
    finally:
        pipeline.close()


def test_missing_weights_are_one_line_that_says_what_to_give() -> None:
    missing = with_values(NodeConfig(), SMALLEST | {"model.weights": "nowhere/own.safetensors"})
    with pytest.raises(WeightsError, match=r"own\.safetensors does not exist; a weight file") as e:
        build_pipeline(missing)
    assert "\n" not in str(e.value)
