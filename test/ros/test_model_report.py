"""What is said of the network that runs, and of the memory that it takes."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import Mock

import pytest
import torch
from ros_graph import Graph

from bridgenet_ros.evaluation.process_load import Load
from bridgenet_ros.network.weights import read_card
from bridgenet_ros.ros import model_report
from bridgenet_ros.ros.model_report import log_model, memory_facts

MODELS = Path(__file__).resolve().parents[2] / "models"
CPU, GPU = torch.device("cpu"), torch.device("cuda:1")


@pytest.fixture
def resident(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_report, "load_of", lambda _: Load(512.4, 600.0, 1.0))


@pytest.mark.usefixtures("resident")
def test_memory_of_the_process_and_of_its_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    assert memory_facts(CPU) == {"memory_mb": "512"}
    asked: list[torch.device] = []
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda d: asked.append(d) or 338_000_000)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda d: (7_000_000_000, 8_000_000_000))
    assert memory_facts(GPU) == {
        "memory_mb": "512",
        "gpu_memory_mb": "338",
        "gpu_memory_free_mb": "7000",
    }
    assert asked == [GPU]


@pytest.mark.usefixtures("resident")
def test_a_gpu_that_has_failed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: torch.device) -> int:
        raise RuntimeError("CUDA error: unspecified launch failure")

    monkeypatch.setattr(torch.cuda, "memory_reserved", fail)
    assert memory_facts(GPU) == {"memory_mb": "512"}


def test_what_cannot_be_known_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    nan = float("nan")
    monkeypatch.setattr(model_report, "load_of", lambda _: Load(nan, nan, nan))
    assert memory_facts(CPU) == {}


@pytest.mark.parametrize(
    ("stem", "words"),
    [
        (
            "tiny",
            "on nyu_v2_train, middlebury_train, middlebury2014_train; licence of the weights: ",
        ),
        ("tiny_procedural", "trained on rooms, still_lifes; licence of the weights: Apache-2.0. "),
    ],
)
def test_the_log_says_whose_data_the_weights_learnt_from(stem: str, words: str) -> None:
    card = read_card(MODELS / f"{stem}.safetensors")
    pipeline = Mock(card=card, device_name="cpu", backend="torch", choice=None, degraded="")
    logger = Mock()
    log_model(pipeline, logger)
    assert any(words in call.args[0] for call in logger.info.call_args_list)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux' /proc")
def test_the_node_knows_its_memory(graph: Graph) -> None:
    node = graph.start()
    assert 50 < int(node._facts()["memory_mb"]) < os.sysconf("SC_PHYS_PAGES") * 4096 / 1e6
