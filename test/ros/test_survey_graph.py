"""Nodes of a context of their own, and that it ends."""

from __future__ import annotations

import pytest

pytest.importorskip("rclpy")
from rclpy.node import Node

from bridgenet_ros.ros.survey_graph import open_graph


def test_nodes_come_remapped_and_go() -> None:
    kept: list[Node] = []
    with open_graph() as graph, graph.node("watcher", []) as watcher:
        with graph.node("listener", ["rgb/image:=/cam/image"]) as node:
            assert node.resolve_topic_name("rgb/image") == "/cam/image"
            graph.spin(20.0, lambda: "listener" in watcher.get_node_names())
            assert "listener" in watcher.get_node_names()
        graph.spin(20.0, lambda: "listener" not in watcher.get_node_names())
        assert "listener" not in watcher.get_node_names()
        kept.append(watcher)
    assert not kept[0].context.ok()


def test_spinning_asks_once_and_ends_with_its_time() -> None:
    asked: list[bool] = []
    with open_graph() as graph:
        graph.spin(0.0, lambda: bool(asked.append(True)))
        assert asked == [True]
        graph.spin(0.1)
        graph.spin(1e9, lambda: True)


def test_the_context_ends_with_an_error_too() -> None:
    kept: list[Node] = []

    def fail() -> None:
        with open_graph() as graph, graph.node("watcher", []) as watcher:
            kept.append(watcher)
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert not kept[0].context.ok()
