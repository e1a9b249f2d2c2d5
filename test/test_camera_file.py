"""Camera files: those that ship, the topics they give, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridgenet_ros.camera_file import (
    TOPICS,
    camera_list,
    camera_topics,
    full_name,
    read_camera,
    sibling,
)
from bridgenet_ros.config import NodeConfig, with_values
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.image_codec import COLOR_ENCODINGS, DEPTH_DTYPES

FOLDER = Path(__file__).resolve().parents[1] / "config" / "cameras"
SHIPPED = sorted(file.stem for file in FOLDER.glob("*.yaml"))
WHOLE = """\
driver: mine 1.0
prefix: /head/
base_frame: head_link
topics: {rgb_topic: color/image, depth_topic: tof/depth}
encodings: {color: [rgb8], depth: [16UC1]}
parameters: {sync.slop: 0.03}
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "own.yaml"
    file.write_text(WHOLE)
    return file


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_file_suits_the_node(name: str) -> None:
    camera = read_camera(name, FOLDER)
    assert camera.driver.split()[0].isidentifier()
    assert camera.base_frame
    assert set(camera.topics) >= {"rgb_topic", "camera_info_topic", "depth_topic"}
    assert set(camera.encodings["color"]) <= set(COLOR_ENCODINGS)
    assert set(camera.encodings["depth"]) <= set(DEPTH_DTYPES)
    config = with_values(NodeConfig(), camera.parameters)
    assert (config.register.mode, config.input.qos) == ("auto", "auto")


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_file_names_its_source(name: str) -> None:
    text = (FOLDER / f"{name}.yaml").read_text("utf-8")
    version = read_camera(name, FOLDER).driver.split()[1]
    source = text.partition("# Source: ")[2]
    assert version in source.splitlines()[0]


def test_topics_of_a_shipped_file() -> None:
    assert camera_topics(read_camera("azure_kinect", FOLDER), {}) == {
        "rgb_topic": "/rgb/image_raw",
        "camera_info_topic": "/rgb/camera_info",
        "depth_topic": "/depth/image_raw",
        "depth_info_topic": "/depth/camera_info",
        "extrinsics_topic": "extrinsics/depth_to_color",
    }


def test_a_file_of_ones_own_without_camera_infos(own: Path) -> None:
    assert camera_topics(read_camera(str(own), FOLDER), {}) == {
        "rgb_topic": "/head/color/image",
        "camera_info_topic": "/head/color/camera_info",
        "depth_topic": "/head/tof/depth",
        "depth_info_topic": "/head/tof/camera_info",
        "extrinsics_topic": "extrinsics/depth_to_color",
    }


def test_prefix_takes_the_place_of_the_cameras(own: Path) -> None:
    topics = camera_topics(read_camera(str(own), FOLDER), {}, "left/arm")
    assert topics["rgb_topic"] == "/left/arm/color/image"
    assert topics["depth_info_topic"] == "/left/arm/tof/camera_info"


def test_without_a_camera_the_nodes_own_names() -> None:
    assert camera_topics(None, {}) == TOPICS


def test_what_is_given_wins_and_brings_its_sibling(own: Path) -> None:
    given = {"rgb_topic": "/a/image", "depth_info_topic": "/b/info", "depth_topic": ""}
    topics = camera_topics(read_camera(str(own), FOLDER), given)
    assert topics["rgb_topic"] == "/a/image"
    assert topics["camera_info_topic"] == "/a/camera_info"
    assert topics["depth_topic"] == "/head/tof/depth"
    assert topics["depth_info_topic"] == "/b/info"


@pytest.mark.parametrize(
    ("topic", "info"),
    [
        ("rgb/image", "rgb/camera_info"),
        ("/cam/color/image_raw", "/cam/color/camera_info"),
        ("image", "camera_info"),
        ("/image", "/camera_info"),
    ],
)
def test_sibling(topic: str, info: str) -> None:
    assert sibling(topic) == info


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("driver: mine 1.0\n", "", "is no camera file; expected the keys driver, prefix"),
        ("driver:", "made_by: me\ndriver:", "is no camera file"),
        (WHOLE, "just text", "is no camera file"),
        (WHOLE, "a: [", "is no YAML"),
        ("depth_topic:", "deep_topic:", "has the topics rgb_topic, deep_topic; expected"),
        ("depth_topic:", "rgbd_topic: x, depth_topic:", "has the topics"),
    ],
)
def test_a_file_that_is_none(own: Path, old: str, new: str, message: str) -> None:
    own.write_text(WHOLE.replace(old, new))
    with pytest.raises(ConfigError, match=message):
        read_camera(str(own), FOLDER)


@pytest.mark.parametrize("name", ["realsens", "nowhere/own.yaml"])
def test_a_camera_that_is_not_there(name: str) -> None:
    with pytest.raises(ConfigError, match=r"expected one of azure_kinect, .*, or the path"):
        read_camera(name, FOLDER)


@pytest.mark.parametrize(
    ("namespace", "full"),
    [("", "/points"), ("/", "/points"), ("a", "/a/points"), ("/a/b/", "/a/b/points")],
)
def test_full_name(namespace: str, full: str) -> None:
    assert full_name(namespace, "points") == full


def test_camera_list() -> None:
    assert camera_list("front=/camera/front, rear,") == {"front": "/camera/front", "rear": "/rear"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (" , ", "cameras is empty; expected NAME=PREFIX"),
        ("a,b=/x,a=/y", "cameras has 'a' twice"),
        ("rear-left", "cameras has 'rear-left'; expected a name"),
        ("=/front", "cameras has ''; expected a name"),
    ],
)
def test_camera_list_that_cannot_be_used(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        camera_list(text)
