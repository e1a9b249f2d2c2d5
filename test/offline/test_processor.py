"""The node's pipeline for recordings: what it is known by, and that one thread is enough."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from bridgenet_ros.config import NodeConfig, with_values
from bridgenet_ros.engine_build import choose_device
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.offline import processor
from bridgenet_ros.offline.processor import Processing
from bridgenet_ros.resources import find_share_file


def of(**values: object) -> Processing:
    named = {name.replace("__", "."): value for name, value in values.items()}
    return Processing(with_values(NodeConfig(), {"model.device": "cpu", **named}))


def test_it_is_known_by_weights_and_parameters() -> None:
    processing = of()
    identity = processing.identity
    assert identity["weights"] == {
        "preset": "tiny",
        "sha256": processing.card.sha256,
        "trained": processing.card.trained,
    }
    assert identity["device"] == "cpu"
    assert identity["parameters"]["model.threads"] == 1  # type: ignore[index]
    assert identity["libraries"]["torch"]  # type: ignore[index]
    assert identity == of().identity
    assert identity != of(input__max_depth=5.0).identity


def test_the_threads_are_asked_for_or_one() -> None:
    assert of(model__threads=3).identity["parameters"]["model.threads"] == 3  # type: ignore[index]


def test_there_is_a_worker_for_each_core() -> None:
    cores = len(os.sched_getaffinity(0))
    assert of().default_workers() == cores
    assert of(model__threads=cores).default_workers() == 1
    assert of(model__threads=cores * 2).default_workers() == 1


def test_it_travels_to_a_worker() -> None:
    made = pickle.loads(pickle.dumps(of().make))()
    assert made.card.preset == "tiny"
    made.close()


@pytest.mark.parametrize("surely", [True, False])
def test_the_device_is_the_one_that_torch_chooses(
    monkeypatch: pytest.MonkeyPatch, surely: bool
) -> None:
    chosen = str(choose_device("auto"))
    if surely and chosen != "cpu":
        pytest.skip("there is a GPU here")
    monkeypatch.setattr(processor, "surely_no_gpu", lambda: surely)
    assert of(model__device="auto").identity["device"] == chosen


def test_weights_are_checked_before_any_work(tmp_path: Path) -> None:
    weights = find_share_file("models/tiny.safetensors")
    assert of(model__weights=str(weights)).card.preset == "tiny"
    with pytest.raises(ConfigError, match="cuda:99"):
        of(model__device="cuda:99")
