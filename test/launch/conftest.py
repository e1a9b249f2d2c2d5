"""What the launch files' tests share."""

from __future__ import annotations

from pathlib import Path

import launch_doubles
import pytest


@pytest.fixture
def doubles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The launch packages' stand-ins; rtabmap_launch and nav2_bringup in the folder that is given.

    A parameter file of Nav2's form lies where nav2_bringup has its own.
    """
    shares = {name: tmp_path / name for name in ("rtabmap_launch", "nav2_bringup")}
    (shares["nav2_bringup"] / "params").mkdir(parents=True)
    (shares["nav2_bringup"] / "params" / "nav2_params.yaml").write_text(
        "local_costmap:\n"
        "  local_costmap:\n"
        "    ros__parameters:\n"
        "      resolution: 0.05\n"
        "      voxel_layer:\n"
        '        plugin: "nav2_costmap_2d::VoxelLayer"\n'
        "        observation_sources: scan\n"
        "        scan: {topic: /scan, data_type: LaserScan}\n"
    )
    launch_doubles.install(monkeypatch, shares)
    return tmp_path


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """The launch packages' stand-ins, and no other ROS package."""
    launch_doubles.install(monkeypatch, {})
