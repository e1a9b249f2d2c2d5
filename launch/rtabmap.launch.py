r"""Starts the ``bridgenet`` node and RTAB-Map on its depth.

    ros2 launch bridgenet_ros rtabmap.launch.py camera:=realsense

Every argument of sr.launch.py, and those of RTAB-Map's own launch file that have other names than
ours, such as ``args`` and ``database_path``, work here as well.
"""

from __future__ import annotations

from pathlib import Path

from ament_index_python.packages import PackageNotFoundError, get_package_share_directory
from launch.actions import (
    DeclareLaunchArgument,
    GroupAction,
    IncludeLaunchDescription,
    OpaqueFunction,
)
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration

from bridgenet_ros.camera_file import camera_topics, full_name, read_camera
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.interface import SR_IMAGE
from launch import LaunchContext, LaunchDescription

HERE = Path(__file__).parent
ARGUMENTS = {
    "camera": ("", "As in sr.launch.py"),
    "camera_prefix": ("", "As in sr.launch.py"),
    "rgb_topic": ("", "As in sr.launch.py; RTAB-Map wants it without distortion"),
    "camera_info_topic": ("", "As in sr.launch.py"),
    "namespace": ("bridgenet", "Namespace of the bridgenet node"),
    "use_sim_time": ("false", "Take the time from /clock"),
    "frame_id": ("", "Robot's base frame; empty: the camera's, or base_link"),
    "sync_queue_size": (
        "30",
        "Colour images that wait in RTAB-Map until our depth comes: 1 s at 30 Hz",
    ),
    "rtabmap_qos": ("0", "RTAB-Map's qos: 0 system default, 1 reliable, 2 best effort"),
}


def generate_launch_description() -> LaunchDescription:
    """RTAB-Map first, so that nothing starts where it is not installed."""
    declared = [
        DeclareLaunchArgument(name, default_value=default, description=description)
        for name, (default, description) in ARGUMENTS.items()
    ]
    node = included(HERE / "sr.launch.py", {"preset": "rtabmap"})
    return LaunchDescription([*declared, OpaqueFunction(function=_rtabmap), node])


def _rtabmap(context: LaunchContext) -> list[GroupAction]:
    value = {name: LaunchConfiguration(name).perform(context) for name in ARGUMENTS}
    try:
        share = Path(get_package_share_directory("rtabmap_launch"))
    except PackageNotFoundError as error:
        raise ConfigError(
            "rtabmap_launch is not installed; install ros-$ROS_DISTRO-rtabmap-ros, or source the "
            "workspace that holds it"
        ) from error
    return [included(share / "launch" / "rtabmap.launch.py", rtabmap_arguments(value))]


def rtabmap_arguments(value: dict[str, str]) -> dict[str, str]:
    """What RTAB-Map's launch file gets; also its defaults where our names mean something else."""
    folder = HERE.parent / "config" / "cameras"
    camera = read_camera(value["camera"], folder) if value["camera"] else None
    topics = camera_topics(camera, value, value["camera_prefix"])
    return {
        "rgb_topic": topics["rgb_topic"],
        "camera_info_topic": topics["camera_info_topic"],
        "depth_topic": full_name(value["namespace"], SR_IMAGE),
        "frame_id": value["frame_id"] or (camera.base_frame if camera else "base_link"),
        "approx_sync": "false",
        "sync_queue_size": value["sync_queue_size"],
        "qos": value["rtabmap_qos"],
        "use_sim_time": value["use_sim_time"],
        "namespace": "rtabmap",
        "rgb_image_transport": "compressed",
        "depth_image_transport": "compressedDepth",
        "log_level": "info",
        "rviz": "false",
    }


def included(file: Path, arguments: dict[str, str]) -> GroupAction:
    """A launch file whose arguments are its own: the group keeps them from the others."""
    source = PythonLaunchDescriptionSource(str(file))
    return GroupAction([IncludeLaunchDescription(source, launch_arguments=arguments.items())])
