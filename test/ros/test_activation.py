"""What an active node opens, and that nothing of it stays."""

from __future__ import annotations

import threading

import pytest
from ros_graph import Camera, Graph

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.ros import activation as module
from bridgenet_ros.ros.activation import Activation
from bridgenet_ros.ros.node import BridgeNetNode

T0 = 1_700_000_000_000_000_000
INPUTS = ("rgb/image", "depth/image", "rgb/camera_info", "depth/camera_info")


def open_now(node: BridgeNetNode) -> tuple[int, int, int]:
    """Subscriptions to images and calibrations, timers, and workers."""
    return (
        sum(node.count_subscribers(topic) for topic in INPUTS),
        len(list(node.timers)),
        sum(thread.name == "bridgenet-worker" for thread in threading.enumerate()),
    )


@pytest.fixture
def node(graph: Graph) -> BridgeNetNode:
    """Configured."""
    made = graph.node()
    assert made.trigger_configure().name == "SUCCESS"
    return made


@pytest.fixture
def active(node: BridgeNetNode) -> Activation:
    assert node.trigger_activate().name == "SUCCESS"
    assert node._active is not None
    return node._active


def test_closing_leaves_nothing_open(graph: Graph, node: BridgeNetNode) -> None:
    before = open_now(node)
    for _ in range(2):
        assert node.trigger_activate().name == "SUCCESS"
        # The watch, and the one that follows the publishers.
        assert open_now(node) == (before[0] + 3, before[1] + 2, before[2] + 1)
        assert node.trigger_deactivate().name == "SUCCESS"
        assert open_now(node) == before


@pytest.mark.parametrize("part", ["Rigs", "LiveSession", "ImageInputs", "Watch"])
def test_what_was_opened_before_a_failure_is_closed(
    node: BridgeNetNode, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    before = open_now(node)

    def fail(*_: object, **__: object) -> None:
        raise ConfigError("not today")

    with monkeypatch.context() as patched:
        patched.setattr(module, part, fail)
        assert node.trigger_activate().name == "FAILURE"
    assert open_now(node) == before
    assert node._active is None
    assert node.trigger_activate().name == "SUCCESS"


def test_the_state_tells_pause_and_idleness(graph: Graph, active: Activation) -> None:
    assert active.state == "active"
    active.session.enabled = False
    assert active.state == "paused"
    active.session.enabled = True
    active.inputs.close()
    assert active.state == "idle"
    assert graph.spin_until(lambda: active.state == "active")  # not lazy: opened again


def test_the_calibration_and_the_pace_of_colour_are_noted(graph: Graph, active: Activation) -> None:
    assert active.color_hz == 0
    camera = Camera(graph)
    camera.wait()
    sent = [0]

    def known() -> bool:
        camera.send(T0 + sent[0] * 33_333_333)
        sent[0] += 1
        return active.color_hz > 0

    assert graph.spin_until(known)
    info = graph.nodes[0]._results.color_info
    assert info is not None
    assert info.k[0] == 50.0
    assert active.facts()["rgb_qos"] in ("reliable", "best_effort")
