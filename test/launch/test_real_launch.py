"""The launch files under the real `launch` and `launch_ros`, where they are installed."""

from __future__ import annotations

from typing import Any

import pytest
from launch_doubles import LAUNCH_FOLDER, load

launch = pytest.importorskip("launch", reason="no ROS launch is installed")
pytest.importorskip("launch_ros", reason="no ROS launch is installed")

FILES = sorted(file.name for file in LAUNCH_FOLDER.glob("*.launch.py"))


def actions_of(entities: list[Any], context: Any) -> list[Any]:
    """What the entities start, without starting it: includes and functions are entered."""
    from launch_ros.actions import Node

    found = []
    for entity in entities:
        if isinstance(entity, Node):
            found.append(entity)
        elif not isinstance(entity, launch.actions.RegisterEventHandler):
            found += actions_of(entity.visit(context) or [], context)
    return found


def text(context: Any, given: Any) -> str:
    """A string or substitutions, performed."""
    from launch.utilities import normalize_to_list_of_substitutions, perform_substitutions

    return perform_substitutions(context, normalize_to_list_of_substitutions(given))


@pytest.mark.parametrize("name", FILES)
def test_arguments_are_shown(name: str) -> None:
    description = load(LAUNCH_FOLDER / name).generate_launch_description()
    arguments = description.get_launch_arguments()
    assert len(arguments) >= 2
    assert all(len(a.description) > 10 for a in arguments)


def test_node_is_made() -> None:
    from launch_ros.utilities import evaluate_parameters

    context = launch.LaunchContext()
    context.launch_configurations.update(camera="realsense", preset="nav2", rviz="true")
    description = load(LAUNCH_FOLDER / "sr.launch.py").generate_launch_description()
    node, rviz = actions_of(description.entities, context)
    assert (node.node_executable, rviz.node_executable) == ("bridgenet_node", "rviz2")
    base, camera, preset, given = evaluate_parameters(context, node._Node__parameters)
    assert (base.name, preset.name) == ("sr.yaml", "nav2.yaml")
    assert camera["register.mode"] == "auto"
    assert given == {"use_sim_time": False}


def test_cameras_keep_apart() -> None:
    context = launch.LaunchContext()
    context.launch_configurations.update(cameras="front,rear")
    description = load(LAUNCH_FOLDER / "multi_camera.launch.py").generate_launch_description()
    nodes = actions_of(description.entities, context)
    assert [text(context, n._Node__node_name) for n in nodes] == [
        "bridgenet_front",
        "bridgenet_rear",
    ]
    front, rear = ({text(context, to) for _, to in n._Node__remappings} for n in nodes)
    assert len(front) == 5
    assert not front & rear
