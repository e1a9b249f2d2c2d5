r"""Starts the ``bridgenet`` node and Nav2 with its cloud in the costmaps.

    ros2 launch bridgenet_ros nav2.launch.py camera:=realsense nav2_params_file:=my_nav2.yaml

Nav2's navigation servers alone: the map and the transform from map to odom come from a SLAM or a
localisation that runs beside. Every argument of sr.launch.py works here as well.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import yaml
from ament_index_python.packages import PackageNotFoundError, get_package_share_directory
from launch.actions import (
    DeclareLaunchArgument,
    GroupAction,
    IncludeLaunchDescription,
    OpaqueFunction,
)
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration

from bridgenet_ros.camera_file import full_name
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.interface import POINTS
from bridgenet_ros.nav2_params import with_costmap_sources
from launch import LaunchContext, LaunchDescription

HERE = Path(__file__).parent
ARGUMENTS = {
    "namespace": ("bridgenet", "Namespace of the bridgenet node"),
    "use_sim_time": ("false", "Take the time from /clock"),
    "nav2_params_file": ("", "Parameters of Nav2; empty: those of nav2_bringup"),
    "nav2_namespace": ("", "Namespace of Nav2"),
    "nav2_autostart": ("true", "Let Nav2's lifecycle manager activate its servers"),
}


def generate_launch_description() -> LaunchDescription:
    """Nav2 first, so that nothing starts where it is not installed."""
    declared = [
        DeclareLaunchArgument(name, default_value=default, description=description)
        for name, (default, description) in ARGUMENTS.items()
    ]
    node = included(HERE / "sr.launch.py", {"preset": "nav2"})
    return LaunchDescription([*declared, OpaqueFunction(function=_nav2), node])


def _nav2(context: LaunchContext) -> list[GroupAction]:
    value = {name: LaunchConfiguration(name).perform(context) for name in ARGUMENTS}
    try:
        share = Path(get_package_share_directory("nav2_bringup"))
    except PackageNotFoundError as error:
        raise ConfigError(
            "nav2_bringup is not installed; install ros-$ROS_DISTRO-nav2-bringup, or source the "
            "workspace that holds it"
        ) from error
    own = Path(value["nav2_params_file"] or share / "params" / "nav2_params.yaml")
    arguments = {
        "params_file": str(params_with_cloud(own, value["namespace"])),
        "namespace": value["nav2_namespace"],
        "use_sim_time": value["use_sim_time"],
        "autostart": value["nav2_autostart"],
        "log_level": "info",
    }
    return [included(share / "launch" / "navigation_launch.py", arguments)]


def params_with_cloud(own: Path, namespace: str) -> Path:
    """A copy of Nav2's parameter file with our cloud in its costmaps, in a temporary folder."""
    if not own.is_file():
        raise ConfigError(f"nav2_params_file is {str(own)!r}; expected a file")
    sources = yaml.safe_load((HERE.parent / "config" / "nav2_costmap.yaml").read_text("utf-8"))
    nav2 = yaml.safe_load(own.read_text("utf-8"))
    params = with_costmap_sources(nav2, sources, full_name(namespace, POINTS))
    path = Path(tempfile.mkdtemp(prefix="bridgenet_nav2_")) / own.name
    path.write_text(yaml.safe_dump(params, sort_keys=False), "utf-8")
    return path


def included(file: Path, arguments: dict[str, str]) -> GroupAction:
    """A launch file whose arguments are its own: the group keeps them from the others."""
    source = PythonLaunchDescriptionSource(str(file))
    return GroupAction([IncludeLaunchDescription(source, launch_arguments=arguments.items())])
