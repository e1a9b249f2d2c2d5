"""rtabmap.launch.py: what RTAB-Map and the node are told, and the refusal without RTAB-Map."""

from __future__ import annotations

from pathlib import Path

import pytest
from launch_doubles import run

from bridgenet_ros.errors import ConfigError


def test_rtabmap_reads_what_the_node_writes(doubles: Path) -> None:
    context = run("rtabmap.launch.py", camera="realsense", device="cpu", qos="best_effort")
    ((file, told),) = context.others
    assert file == doubles / "rtabmap_launch" / "launch" / "rtabmap.launch.py"
    assert (
        told
        | {
            "rgb_topic": "/camera/camera/color/image_raw",
            "camera_info_topic": "/camera/camera/color/camera_info",
            "depth_topic": "/bridgenet/sr/depth/image",
            "frame_id": "camera_link",
            "approx_sync": "false",
            "sync_queue_size": "30",
            "qos": "0",
            "namespace": "rtabmap",
        }
        == told
    )
    (node,) = (n.made_with for n in context.nodes)
    assert node["namespace"] == "bridgenet"
    assert dict(node["remappings"])["depth/image"] == "/camera/camera/depth/image_rect_raw"
    preset, given = node["parameters"][-2:]
    assert Path(preset).name == "rtabmap.yaml"
    assert given == {"use_sim_time": False, "model.device": "cpu", "input.qos": "best_effort"}


def test_arguments_reach_both(doubles: Path) -> None:
    context = run(
        "rtabmap.launch.py",
        rgb_topic="/left/image",
        depth_topic="/tof/image",
        namespace="/robot/depth/",
        use_sim_time="true",
        frame_id="base_footprint",
        rtabmap_qos="2",
        database_path="map.db",
    )
    ((_, told),) = context.others
    assert told["rgb_topic"] == "/left/image"
    assert told["camera_info_topic"] == "/left/camera_info"
    assert told["depth_topic"] == "/robot/depth/sr/depth/image"
    assert (told["frame_id"], told["qos"]) == ("base_footprint", "2")
    assert (told["use_sim_time"], told["database_path"]) == ("true", "map.db")
    (node,) = (n.made_with for n in context.nodes)
    assert dict(node["remappings"])["depth/image"] == "/tof/image"
    assert node["parameters"][-1] == {"use_sim_time": True}


def test_without_a_camera_the_frame_is_the_robots(doubles: Path) -> None:
    ((_, told),) = run("rtabmap.launch.py").others
    assert told["frame_id"] == "base_link"


@pytest.mark.usefixtures("bare")
def test_without_rtabmap_nothing_starts_and_one_line_says_so() -> None:
    with pytest.raises(ConfigError, match=r"^rtabmap_launch is not installed; install .*$"):
        run("rtabmap.launch.py", camera="realsense")
