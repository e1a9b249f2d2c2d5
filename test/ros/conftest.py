"""A ROS graph of its own for every test: own context, own node, hard deadlines."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("rclpy", reason="rclpy is not installed")

import rclpy
import torch
from rclpy.context import Context
from ros_graph import Graph
from untrained import untrained_card

from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import PRESETS
from bridgenet_ros.network.weights import save_weights


@pytest.fixture(scope="session")
def weights_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Untrained tiny weights, so that the tests do not depend on the shipped ones."""
    torch.manual_seed(1)
    path = tmp_path_factory.mktemp("weights") / "untrained.safetensors"
    card = untrained_card(8)
    save_weights(path, BridgeNet(PRESETS["tiny"]), card)
    return path


@pytest.fixture
def graph(weights_file: Path) -> Iterator[Graph]:
    """A graph in a context of its own."""
    # A lifecycle node is a cycle: until it is collected, the next graph still sees it.
    gc.collect()
    context = Context()
    rclpy.init(context=context)
    made = Graph(context, weights_file)
    yield made
    made.close()
    rclpy.try_shutdown(context=context)
