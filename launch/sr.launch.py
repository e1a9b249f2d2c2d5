r"""Starts the ``bridgenet`` node.

    ros2 launch bridgenet_ros sr.launch.py rgb_topic:=/camera/color/image_raw \
        depth_topic:=/camera/depth/image_raw

Nothing is installed or downloaded here; every argument becomes a remapping, a parameter or an
environment variable of the node.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

from launch import LaunchContext, LaunchDescription

SHARE = Path(__file__).parent.parent
PROFILE_VARIABLES = ("FASTDDS_DEFAULT_PROFILES_FILE", "FASTRTPS_DEFAULT_PROFILES_FILE")
"""Read by Fast DDS of Kilted and of Jazzy."""
TRUE_FALSE = ["true", "false"]


class Argument(NamedTuple):
    """A launch argument."""

    name: str
    default: str
    description: str
    choices: list[str] | None = None


ARGUMENTS = (
    Argument("rgb_topic", "rgb/image", "Colour image topic"),
    Argument("camera_info_topic", "", "Colour camera_info topic; empty: the sibling of rgb_topic"),
    Argument("depth_topic", "depth/image", "Depth image topic, registered to colour or not"),
    Argument("depth_info_topic", "", "Depth camera_info topic; empty: the sibling of depth_topic"),
    Argument(
        "extrinsics_topic",
        "extrinsics/depth_to_color",
        "RealSense extrinsics topic, for depth that is not registered and has no /tf_static",
    ),
    Argument(
        "rgb_image_transport",
        "",
        "Transport of colour; empty: as params_file says",
        ["", "raw", "compressed"],
    ),
    Argument(
        "depth_image_transport",
        "",
        "Transport of depth; empty: as params_file says",
        ["", "raw", "compressedDepth"],
    ),
    Argument("namespace", "", "Namespace of the node and its topics"),
    Argument("node_name", "bridgenet", "Name of the node"),
    Argument(
        "params_file",
        str(SHARE / "config" / "sr.yaml"),
        "Parameter file; arguments given on the command line win over it",
    ),
    Argument("weights", "", "Weight file (.safetensors with its card); empty: as params_file says"),
    Argument("device", "", "auto, cpu, cuda or cuda:N; empty: as params_file says"),
    Argument(
        "qos",
        "",
        "Reliability of the image subscriptions; empty: as params_file says",
        ["", "auto", "reliable", "best_effort"],
    ),
    Argument("use_sim_time", "false", "Take the time from /clock", TRUE_FALSE),
    Argument("autostart", "true", "Configure and activate without a lifecycle manager", TRUE_FALSE),
    Argument("respawn", "false", "Start the node again when it dies", TRUE_FALSE),
    Argument("log_level", "info", "Logging level", ["debug", "info", "warn", "error", "fatal"]),
    Argument(
        "shared_memory",
        "true",
        "Give Fast DDS shared-memory segments that hold whole images; a profile that is set in "
        "the environment already is kept",
        TRUE_FALSE,
    ),
)


def generate_launch_description() -> LaunchDescription:
    """The arguments, then the node."""
    declared = [
        DeclareLaunchArgument(
            a.name, default_value=a.default, description=a.description, choices=a.choices
        )
        for a in ARGUMENTS
    ]
    return LaunchDescription([*declared, OpaqueFunction(function=_node)])


def _node(context: LaunchContext) -> list[Node]:
    value = {a.name: LaunchConfiguration(a.name).perform(context) for a in ARGUMENTS}
    return [
        Node(
            package="bridgenet_ros",
            executable="bridgenet_node",
            name=value["node_name"],
            namespace=value["namespace"],
            output="screen",
            emulate_tty=True,
            respawn=value["respawn"] == "true",
            remappings=remappings(value),
            parameters=[value["params_file"], parameters(value)],
            arguments=["--ros-args", "--log-level", value["log_level"]],
            additional_env=environment(value["shared_memory"] == "true"),
        )
    ]


def remappings(value: dict[str, str]) -> list[tuple[str, str]]:
    """From the node's names to the camera's topics."""
    return [
        ("rgb/image", value["rgb_topic"]),
        ("rgb/camera_info", value["camera_info_topic"] or sibling(value["rgb_topic"])),
        ("depth/image", value["depth_topic"]),
        ("depth/camera_info", value["depth_info_topic"] or sibling(value["depth_topic"])),
        ("extrinsics/depth_to_color", value["extrinsics_topic"]),
    ]


def sibling(image_topic: str) -> str:
    """The camera_info in the namespace of an image topic, as image_transport has it."""
    parent, slash, _ = image_topic.rpartition("/")
    return f"{parent}{slash}camera_info"


def parameters(value: dict[str, str]) -> dict[str, bool | str]:
    """Only what was given: the rest is the parameter file's to say."""
    given: dict[str, bool | str] = {"use_sim_time": value["use_sim_time"] == "true"}
    if value["autostart"] == "false":
        given["autostart"] = False
    names = {
        "rgb_image_transport": "rgb_image_transport",
        "depth_image_transport": "depth_image_transport",
        "weights": "model.weights",
        "device": "model.device",
        "qos": "input.qos",
    }
    return given | {names[a]: value[a] for a in names if value[a]}


def environment(shared_memory: bool) -> dict[str, str]:
    """Variables that the node gets on top of the environment."""
    if not shared_memory:
        return {}
    profile = str(SHARE / "config" / "fastdds_shm.xml")
    return {name: profile for name in PROFILE_VARIABLES if name not in os.environ}
