"""Nav2's parameters with our cloud in the costmaps."""

from __future__ import annotations

from typing import Any

import pytest

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.nav2_params import with_costmap_sources

MARKS = {"data_type": "PointCloud2", "marking": True}
CLEARS = {"data_type": "PointCloud2", "clearing": True}
SOURCES = {"marks": MARKS, "clears": CLEARS}
TOPIC = "/bridgenet/points"
OURS = {name: {"topic": TOPIC, **source} for name, source in SOURCES.items()}


def costmaps(**layers: Any) -> dict[str, Any]:
    return {"local_costmap": {"local_costmap": {"ros__parameters": {"width": 3, **layers}}}}


def layers_of(params: dict[str, Any]) -> dict[str, Any]:
    layers: dict[str, Any] = params["local_costmap"]["local_costmap"]["ros__parameters"]
    return layers


def test_sources_of_a_layer_stay() -> None:
    scan = {"topic": "/scan", "data_type": "LaserScan"}
    layer = {
        "plugin": "nav2_costmap_2d::VoxelLayer",
        "observation_sources": "scan",
        "scan": scan,
    }
    params = costmaps(voxel_layer=layer)
    result = layers_of(with_costmap_sources(params, SOURCES, TOPIC))
    assert result["width"] == 3
    assert result["voxel_layer"]["observation_sources"] == "scan marks clears"
    assert result["voxel_layer"]["scan"] == scan
    assert OURS.items() <= result["voxel_layer"].items()
    assert layer["observation_sources"] == "scan", "the argument is left as it is"


def test_every_obstacle_layer_and_no_other() -> None:
    inflation = {"plugin": "nav2_costmap_2d::InflationLayer"}
    params = costmaps(
        a={"plugin": "nav2_costmap_2d::ObstacleLayer"},
        b={"plugin": "nav2_costmap_2d/VoxelLayer"},
        c=inflation,
        d={"plugin": "spatio_temporal_voxel_layer/SpatioTemporalVoxelLayer"},
    )
    result = layers_of(with_costmap_sources(params, SOURCES, TOPIC))
    assert OURS.items() <= result["a"].items()
    assert OURS.items() <= result["b"].items()
    assert result["a"]["observation_sources"] == "marks clears"
    assert result["c"] == inflation
    assert not OURS.keys() & result["d"].keys()


def test_a_second_time_changes_nothing() -> None:
    params = costmaps(voxel_layer={"plugin": "nav2_costmap_2d::VoxelLayer"})
    once = with_costmap_sources(params, SOURCES, TOPIC)
    assert with_costmap_sources(once, SOURCES, TOPIC) == once


def test_without_an_obstacle_layer() -> None:
    with pytest.raises(ConfigError, match="have no layer of type nav2_costmap_2d::ObstacleLayer"):
        with_costmap_sources(costmaps(), SOURCES, TOPIC)
