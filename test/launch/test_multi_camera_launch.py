"""multi_camera.launch.py: a node for each camera, and no name twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from launch_doubles import run

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.interface import ENDPOINTS

pytestmark = pytest.mark.usefixtures("bare")


def test_no_name_is_used_twice() -> None:
    context = run(
        "multi_camera.launch.py", cameras="front=/camera/front, rear", preset="nav2", device="cpu"
    )
    made = [node.made_with for node in context.nodes]
    assert [(m["namespace"], m["name"]) for m in made] == [
        ("bridgenet/front", "bridgenet_front"),
        ("bridgenet/rear", "bridgenet_rear"),
    ]
    ours = [e.name for e in ENDPOINTS if e.direction != "in" and not e.name.startswith("/")]
    names = [f"/{m['namespace']}/{name}" for m in made for name in ours]
    assert len(ours) > 10
    assert len(set(names)) == len(names)
    inputs = [topic for m in made for _, topic in m["remappings"]]
    assert len(set(inputs)) == len(inputs)
    assert "/camera/front/color/image_raw" in inputs
    assert "/rear/color/image_raw" in inputs


def test_the_rest_counts_for_all() -> None:
    context = run("multi_camera.launch.py", camera="zed", cameras="a,b,c", preset="octomap")
    assert len(context.nodes) == 3
    for node in context.nodes:
        assert dict(node.made_with["remappings"])["rgb/image"].endswith("/rgb/color/rect/image")
        assert Path(node.made_with["parameters"][2]).name == "octomap.yaml"


@pytest.mark.parametrize("cameras", ["", "front,front", "9lives", "front=/a,rear-left"])
def test_cameras_that_cannot_be_named(cameras: str) -> None:
    with pytest.raises(ConfigError, match="cameras"):
        run("multi_camera.launch.py", cameras=cameras)
