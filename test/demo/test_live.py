from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from bridgenet_ros.demo import live
from bridgenet_ros.demo.folder import prepare
from bridgenet_ros.demo.live import LiveOptions, child_environment, run_live
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.offline.bag_topics import TopicNames
from bridgenet_ros.resources import dds_profile_variable


def options(weights: Path | None = None, topics: TopicNames | None = None) -> LiveOptions:
    return LiveOptions(
        bag=Path("camera.mcap"),
        topics=topics or TopicNames(),
        rate_hz=30,
        seconds=10.0,
        length_s=10.0,
        preset="small",
        weights=weights,
    )


def test_without_ros_the_reason_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "find_spec", lambda _: None)
    folder, _ = prepare(tmp_path / "out")

    with pytest.raises(ConfigError, match=r"rclpy is not installed; pip install"):
        run_live(options(), folder, lambda *_: None)


def test_children_have_a_domain_and_the_profile_of_their_own(tmp_path: Path) -> None:
    found = child_environment(tmp_path)

    assert 1 <= int(found["ROS_DOMAIN_ID"]) <= 100
    assert found["ROS_AUTOMATIC_DISCOVERY_RANGE"] == "LOCALHOST"
    assert "SHM" in Path(found[dds_profile_variable(os.environ)]).read_text()
    assert {name: found[name] for name in ("PATH", "HOME")} == {
        name: os.environ[name] for name in ("PATH", "HOME")
    }


def test_weights_are_given_by_a_file_of_parameters(tmp_path: Path) -> None:
    odd = tmp_path / "my: weights #2.safetensors"

    arguments = live._node_arguments(options(weights=odd), tmp_path)

    assert arguments == ["--ros-args", "--params-file", str(tmp_path / "node.yaml")]
    parameters = yaml.safe_load((tmp_path / "node.yaml").read_text())["/**"]["ros__parameters"]
    assert parameters == {
        "model.preset": "small",
        "model.weights": str(odd),
        "edge.enable": False,
    }


def test_topics_are_passed_on_only_when_named(tmp_path: Path) -> None:
    folder, _ = prepare(tmp_path / "out")

    plain = live._player_arguments(options(), folder)
    named = live._player_arguments(options(topics=TopicNames(color="/a", depth="/b")), folder)

    assert "--rgb-topic" not in plain
    assert named == [*plain, "--rgb-topic", "/a", "--depth-topic", "/b"]
