r"""Starts a ``bridgenet`` node for each of several cameras of one kind.

    ros2 launch bridgenet_ros multi_camera.launch.py camera:=realsense \
        cameras:=front=/camera/front,rear=/camera/rear

Each has its own namespace ``/bridgenet/NAME``, node name ``bridgenet_NAME`` and network.
Every other argument of sr.launch.py works here as well and counts for all.
"""

from __future__ import annotations

from pathlib import Path

from launch.actions import (
    DeclareLaunchArgument,
    GroupAction,
    IncludeLaunchDescription,
    OpaqueFunction,
)
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration

from bridgenet_ros.camera_file import camera_list
from launch import LaunchContext, LaunchDescription

HERE = Path(__file__).parent
ARGUMENTS = {
    "cameras": (
        "",
        "NAME=PREFIX,NAME=PREFIX: what stands before each camera's topics; no =PREFIX: /NAME",
    ),
    "camera": ("realsense", "As in sr.launch.py"),
}


def generate_launch_description() -> LaunchDescription:
    """The arguments, then a node for each camera."""
    declared = [
        DeclareLaunchArgument(name, default_value=default, description=description)
        for name, (default, description) in ARGUMENTS.items()
    ]
    return LaunchDescription([*declared, OpaqueFunction(function=_nodes)])


def _nodes(context: LaunchContext) -> list[GroupAction]:
    cameras = camera_list(LaunchConfiguration("cameras").perform(context))
    return [_node(name, prefix) for name, prefix in cameras.items()]


def _node(name: str, prefix: str) -> GroupAction:
    source = PythonLaunchDescriptionSource(str(HERE / "sr.launch.py"))
    arguments = {
        "namespace": f"bridgenet/{name}",
        "node_name": f"bridgenet_{name}",  # also how /diagnostics calls it
        "camera_prefix": prefix,
    }
    # The group keeps one camera's arguments from the next one.
    return GroupAction([IncludeLaunchDescription(source, launch_arguments=arguments.items())])
