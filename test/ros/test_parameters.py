"""Settings as ROS parameters: ranges, live changes, refusals."""

from __future__ import annotations

import pytest
from rclpy.parameter import Parameter
from ros_graph import Graph

from bridgenet_ros.config import settings
from bridgenet_ros.ros.parameters import descriptor


def test_every_setting_is_declared_with_its_description(graph: Graph) -> None:
    node = graph.node(model__weights="")
    for setting in settings():
        described = node.describe_parameter(setting.name)
        assert setting.doc in described.description
        assert ("live" in described.additional_constraints) == setting.live


def test_range_of_a_float_and_of_an_integer() -> None:
    by_name = {s.name: s for s in settings()}
    (slop,) = descriptor(by_name["sync.slop"]).floating_point_range
    assert (slop.from_value, slop.to_value) == (0.0, 1.0)
    (queue,) = descriptor(by_name["sync.queue_size"]).integer_range
    assert (queue.from_value, queue.to_value, queue.step) == (1, 100, 1)


def set_one(graph: Graph, name: str, value: object) -> tuple[bool, str]:
    (result,) = graph.nodes[0].set_parameters([Parameter(name, value=value)])
    return result.successful, result.reason


def test_live_setting_changes_while_active(graph: Graph) -> None:
    node = graph.start()
    assert set_one(graph, "fill.mode", "all") == (True, "")
    assert node.config.fill.mode == "all"
    assert node._pipeline.settings.fill_holes


def test_other_settings_change_only_before_configure(graph: Graph) -> None:
    node = graph.node()
    assert set_one(graph, "input.depth", 7) == (True, "")
    assert node.trigger_configure().name == "SUCCESS"
    accepted, reason = set_one(graph, "input.depth", 9)
    assert not accepted
    assert "input.depth" in reason
    assert node.config.input.depth == 7


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("fill.mode", "sometimes", "off, all"),
        ("input.max_depth", 0.05, "input.min_depth"),
        ("sync.slop", 9.0, "sync.slop"),
    ],
)
def test_refusal_names_the_value_and_keeps_the_old_one(
    graph: Graph, name: str, value: object, told: str
) -> None:
    node = graph.start()
    before = node.config
    accepted, reason = set_one(graph, name, value)
    assert not accepted
    assert told in reason
    assert node.config == before


def test_settings_are_checked_together(graph: Graph) -> None:
    node = graph.start()
    result = node.set_parameters_atomically(
        [Parameter("input.min_depth", value=12.0), Parameter("input.max_depth", value=20.0)]
    )
    assert result.successful
    assert (node.config.input.min_depth, node.config.input.max_depth) == (12.0, 20.0)
