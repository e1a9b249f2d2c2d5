r"""Starts the ``bridgenet`` node.

    ros2 launch bridgenet_ros sr.launch.py camera:=realsense preset:=rtabmap
    ros2 launch bridgenet_ros sr.launch.py rgb_topic:=/camera/color/image_raw \
        depth_topic:=/camera/depth/image_raw

Nothing is installed or downloaded here; every argument becomes a remapping, a parameter or an
environment variable of the node.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue

from bridgenet_ros.camera_file import TOPICS, Camera, camera_topics, full_name, read_camera
from bridgenet_ros.interface import POINTS, PREVIEW_IMAGE, RGB_IMAGE, SR_IMAGE
from bridgenet_ros.resources import DDS_PROFILE_VARIABLES, dds_profile_variable
from launch import LaunchContext, LaunchDescription

CONFIG = Path(__file__).parent.parent / "config"
TRUE_FALSE = ["true", "false"]
RVIZ_NAMESPACE = "bridgenet"
"""Namespace of the topics in config/sr.rviz."""
RVIZ_TOPICS = (PREVIEW_IMAGE, POINTS, SR_IMAGE)


class Argument(NamedTuple):
    """A launch argument."""

    name: str
    default: str
    description: str
    choices: list[str] | None = None


ARGUMENTS = (
    Argument(
        "camera",
        "",
        "Driver whose default topics to read: realsense, orbbec, azure_kinect, oak, zed, or the "
        "path of a file like those in config/cameras; empty: the topics below",
    ),
    Argument(
        "camera_prefix",
        "",
        "What stands before the camera's topics, such as /camera/camera; empty: as camera says",
    ),
    Argument(
        "preset",
        "",
        "Who takes the results: sets what that consumer needs, as in config/consumers; "
        "params_file and other arguments win over it",
        ["", "rtabmap", "nav2", "nvblox", "octomap", "laserscan"],
    ),
    Argument("rgb_topic", "", "Colour image topic; empty: the camera's, or rgb/image"),
    Argument("camera_info_topic", "", "Colour camera_info topic; empty: the sibling of rgb_topic"),
    Argument(
        "depth_topic",
        "",
        "Depth image topic, registered to colour or not; empty: the camera's, or depth/image",
    ),
    Argument("depth_info_topic", "", "Depth camera_info topic; empty: the sibling of depth_topic"),
    Argument(
        "extrinsics_topic",
        "",
        "RealSense extrinsics topic, for depth that is not registered and has no /tf_static; "
        "empty: the camera's, or extrinsics/depth_to_color",
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
        "",
        "Parameter file; wins over camera and preset, arguments of the command line win over it",
    ),
    Argument("weights", "", "Weight file (.safetensors with its card); empty: as params_file says"),
    Argument("device", "", "auto, cpu, cuda or cuda:N; empty: as params_file says"),
    Argument(
        "precision",
        "",
        "What the network computes in; int8 is the fastest on a CPU; empty: as params_file says",
        ["", "auto", "float32", "float16", "bfloat16", "int8"],
    ),
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
    Argument("rviz", "false", "Start RViz with config/sr.rviz", TRUE_FALSE),
    Argument(
        "rviz_frame",
        "",
        "Fixed frame of RViz; empty: the camera's base frame, or what config/sr.rviz says",
    ),
)


def generate_launch_description() -> LaunchDescription:
    """The arguments, then the nodes."""
    declared = [
        DeclareLaunchArgument(
            a.name, default_value=a.default, description=a.description, choices=a.choices
        )
        for a in ARGUMENTS
    ]
    return LaunchDescription([*declared, OpaqueFunction(function=_nodes)])


def _nodes(context: LaunchContext) -> list[Node]:
    value = {a.name: LaunchConfiguration(a.name).perform(context) for a in ARGUMENTS}
    camera = read_camera(value["camera"], CONFIG / "cameras") if value["camera"] else None
    topics = camera_topics(camera, value, value["camera_prefix"])
    node = Node(
        package="bridgenet_ros",
        executable="bridgenet_node",
        name=value["node_name"],
        namespace=value["namespace"],
        output="screen",
        emulate_tty=True,
        respawn=value["respawn"] == "true",
        remappings=[(TOPICS[argument], topic) for argument, topic in topics.items()],
        parameters=parameters(value, camera),
        arguments=["--ros-args", "--log-level", value["log_level"]],
        additional_env=environment(value["shared_memory"] == "true"),
    )
    return [node, rviz(value, camera, topics)] if value["rviz"] == "true" else [node]


def parameters(value: dict[str, str], camera: Camera | None) -> list[str | dict[str, Any]]:
    """Parameter files and values; each wins over those before it."""
    layers: list[str | dict[str, Any]] = [str(CONFIG / "sr.yaml")]
    if camera:
        # Typed: launch reads bare strings as YAML, in which off is false.
        layers.append(
            {
                name: ParameterValue(setting, value_type=str)
                if isinstance(setting, str)
                else setting
                for name, setting in camera.parameters.items()
            }
        )
    if value["preset"]:
        layers.append(str(CONFIG / "consumers" / f"{value['preset']}.yaml"))
    if value["params_file"]:
        layers.append(value["params_file"])
    return [*layers, given_parameters(value)]


def given_parameters(value: dict[str, str]) -> dict[str, bool | str]:
    """Only what was given: the rest is the parameter files' to say."""
    given: dict[str, bool | str] = {"use_sim_time": value["use_sim_time"] == "true"}
    if value["autostart"] == "false":
        given["autostart"] = False
    names = {
        "rgb_image_transport": "rgb_image_transport",
        "depth_image_transport": "depth_image_transport",
        "weights": "model.weights",
        "device": "model.device",
        "precision": "model.precision",
        "qos": "input.qos",
    }
    return given | {names[a]: value[a] for a in names if value[a]}


def rviz(value: dict[str, str], camera: Camera | None, topics: dict[str, str]) -> Node:
    """RViz, with the topics of its configuration led to ours."""
    frame = value["rviz_frame"] or (camera.base_frame if camera else "")
    ours = [
        (full_name(RVIZ_NAMESPACE, name), full_name(value["namespace"], name))
        for name in RVIZ_TOPICS
    ]
    return Node(
        package="rviz2",
        executable="rviz2",
        name="rviz",
        namespace=value["namespace"],
        arguments=["-d", str(CONFIG / "sr.rviz"), *(["-f", frame] if frame else [])],
        remappings=[*ours, (full_name(RVIZ_NAMESPACE, RGB_IMAGE), topics["rgb_topic"])],
        parameters=[{"use_sim_time": value["use_sim_time"] == "true"}],
    )


def environment(shared_memory: bool) -> dict[str, str]:
    """Variables that the node gets on top of the environment."""
    if not shared_memory or any(name in os.environ for name in DDS_PROFILE_VARIABLES):
        return {}
    return {dds_profile_variable(os.environ): str(CONFIG / "fastdds_shm.xml")}
