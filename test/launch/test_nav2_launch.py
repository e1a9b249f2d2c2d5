"""nav2.launch.py: the costmaps that Nav2 gets, and the refusal without Nav2."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from launch_doubles import LAUNCH_FOLDER, run

from bridgenet_ros.errors import ConfigError

COSTMAP = LAUNCH_FOLDER.parent / "config" / "nav2_costmap.yaml"


def test_costmap_observes_the_nodes_cloud(doubles: Path) -> None:
    context = run("nav2.launch.py", camera="realsense", autostart="false", log_level="debug")
    ((file, told),) = context.others
    assert file == doubles / "nav2_bringup" / "launch" / "navigation_launch.py"
    assert (told["namespace"], told["autostart"], told["log_level"]) == ("", "true", "info")
    params = yaml.safe_load(Path(told["params_file"]).read_text())
    layer = params["local_costmap"]["local_costmap"]["ros__parameters"]["voxel_layer"]
    sources = yaml.safe_load(COSTMAP.read_text())
    assert layer["observation_sources"] == " ".join(["scan", *sources])
    for name, source in sources.items():
        assert layer[name] == {"topic": "/bridgenet/points", **source}
    (node,) = (n.made_with for n in context.nodes)
    assert node["namespace"] == "bridgenet"
    preset, given = node["parameters"][-2:]
    assert Path(preset).name == "nav2.yaml"
    assert given == {"use_sim_time": False, "autostart": False}


def test_a_file_of_the_users_and_another_namespace(doubles: Path, tmp_path: Path) -> None:
    own = tmp_path / "mine.yaml"
    layer = {"plugin": "nav2_costmap_2d::ObstacleLayer"}
    own.write_text(yaml.safe_dump({"global_costmap": {"obstacle_layer": layer}}))
    context = run(
        "nav2.launch.py",
        nav2_params_file=str(own),
        namespace="head/depth",
        nav2_namespace="robot",
        nav2_autostart="false",
        use_sim_time="true",
    )
    ((_, told),) = context.others
    params = yaml.safe_load(Path(told["params_file"]).read_text())
    layer = params["global_costmap"]["obstacle_layer"]
    for name in layer["observation_sources"].split():
        assert layer[name]["topic"] == "/head/depth/points"
    assert (told["namespace"], told["autostart"], told["use_sim_time"]) == (
        "robot",
        "false",
        "true",
    )
    (node,) = (n.made_with for n in context.nodes)
    assert node["parameters"][-1] == {"use_sim_time": True}


def test_a_file_that_is_not_there(doubles: Path) -> None:
    with pytest.raises(ConfigError, match=r"nav2_params_file is 'none.yaml'; expected a file"):
        run("nav2.launch.py", nav2_params_file="none.yaml")


@pytest.mark.usefixtures("bare")
def test_without_nav2_nothing_starts_and_one_line_says_so() -> None:
    with pytest.raises(ConfigError, match=r"^nav2_bringup is not installed; install .*$"):
        run("nav2.launch.py", camera="realsense")
