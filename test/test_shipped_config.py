"""The files of config/ that others read: consumer presets, the costmap source, RViz."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bridgenet_ros.config import NodeConfig, with_values
from bridgenet_ros.interface import ENDPOINTS
from bridgenet_ros.interface import NODE_NAME as NODE

CONFIG = Path(__file__).resolve().parents[1] / "config"
CONSUMERS = {file.stem: file for file in sorted((CONFIG / "consumers").glob("*.yaml"))}
CLOUD_READERS = {"nav2", "octomap"}


def flatten(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested mappings as dotted names."""
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        name = prefix + key
        flat |= flatten(value, f"{name}.") if isinstance(value, dict) else {name: value}
    return flat


def preset(name: str) -> NodeConfig:
    """The node's configuration under a preset, checked as the node checks its parameters."""
    content = yaml.safe_load(CONSUMERS[name].read_text("utf-8"))
    assert list(content) == ["/**"]
    assert list(content["/**"]) == ["ros__parameters"]
    return with_values(NodeConfig(), flatten(content["/**"]["ros__parameters"]))


@pytest.mark.parametrize("name", CONSUMERS)
def test_preset_keeps_stray_and_invented_depth_out(name: str) -> None:
    config = preset(name)
    assert config.edge.enable
    assert config.edge.preset == ("slam" if name == "rtabmap" else "nav")
    assert config.fill.mode == "off"
    assert config.output.qos.reliability == "reliable"


@pytest.mark.parametrize(
    ("name", "encoding"), [("rtabmap", "16UC1"), ("nvblox", "32FC1"), ("laserscan", "16UC1")]
)
def test_encoding_of_those_that_read_depth_images(name: str, encoding: str) -> None:
    assert preset(name).output.encoding == encoding


@pytest.mark.parametrize("name", sorted(CLOUD_READERS))
def test_clouds_are_small_and_free_of_nan(name: str) -> None:
    points = preset(name).points
    assert points.enable
    assert not points.ordered
    assert not points.color
    assert 0 < points.rate <= 10
    vga_points = (640 // points.stride) * (480 // points.stride)
    assert vga_points * points.rate <= 200_000


def test_costmap_sources_have_the_keys_of_observation_sources() -> None:
    sources = yaml.safe_load((CONFIG / "nav2_costmap.yaml").read_text("utf-8"))
    marks, clears = sources["bridgenet"], sources["bridgenet_clearing"]
    for source in (marks, clears):
        assert source["data_type"] == "PointCloud2"
        assert source["min_obstacle_height"] < source["max_obstacle_height"]
        assert "topic" not in source, "nav2.launch.py gives it"
    assert (marks["marking"], marks["clearing"]) == (True, False)
    assert (clears["marking"], clears["clearing"]) == (False, True)
    assert marks["obstacle_min_range"] < marks["obstacle_max_range"] < clears["raytrace_max_range"]
    assert clears["min_obstacle_height"] < 0 < marks["min_obstacle_height"]


def displays() -> dict[str, dict[str, Any]]:
    manager = yaml.safe_load((CONFIG / "sr.rviz").read_text("utf-8"))["Visualization Manager"]
    assert manager["Global Options"]["Fixed Frame"] == "camera_link"
    return {display["Name"]: display for display in manager["Displays"]}


def test_rviz_shows_our_topics_as_their_types() -> None:
    types = {e.name: e.type for e in ENDPOINTS}
    kinds = {
        "rviz_default_plugins/Image": "sensor_msgs/msg/Image",
        "rviz_default_plugins/PointCloud2": "sensor_msgs/msg/PointCloud2",
    }
    shown = {}
    for display in displays().values():
        if "Topic" in display:
            name = display["Topic"]["Value"].removeprefix(f"/{NODE}/")
            shown[name] = kinds[display["Class"]]
    assert set(shown) == {"rgb/image", "preview", "points", "sr/depth/image"}
    assert shown == {name: types[name] for name in shown}


def test_rviz_hears_any_camera_and_reads_depth_in_metres() -> None:
    assert displays()["Colour"]["Topic"]["Reliability Policy"] == "Best Effort"
    depth = displays()["Depth in metres"]
    assert (depth["Normalize Range"], depth["Min Value"], depth["Max Value"]) == (False, 0, 6)
