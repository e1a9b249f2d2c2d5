"""The lines that a user copies."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from bridgenet_ros.doctor.launch_line import ARGUMENTS, process_line, start_line
from bridgenet_ros.setting import Value
from bridgenet_ros.topic_choice import COMPRESSED_TYPE, IMAGE_TYPE, ChosenTopics

ROOT = Path(__file__).resolve().parents[2]


class Named(NamedTuple):
    topic: str
    msgtype: str


def chosen(*topics: Named) -> ChosenTopics[Named]:
    return ChosenTopics(color=topics[0], depth=topics[1], color_info=None, depth_info=None)


RAW = chosen(Named("/cam/color/image_raw", IMAGE_TYPE), Named("/cam/depth", IMAGE_TYPE))
REMAPPED = (
    "--ros-args -r rgb/image:=/cam/color/image_raw -r rgb/camera_info:=/cam/color/camera_info "
    "-r depth/image:=/cam/depth -r depth/camera_info:=/cam/camera_info"
)


def line_of(
    topics: ChosenTopics[Named],
    settings: dict[str, Value],
    *,
    distribution: bool = True,
    sim_time: bool = False,
) -> str:
    return start_line(topics, sim_time=sim_time, settings=settings, distribution=distribution)


def test_raw_topics() -> None:
    assert line_of(RAW, {}) == (
        "ros2 launch bridgenet_ros sr.launch.py rgb_topic:=/cam/color/image_raw "
        "depth_topic:=/cam/depth"
    )


def test_compressed_topics_and_a_clock() -> None:
    topics = chosen(
        Named("/a/compressed", COMPRESSED_TYPE), Named("/b/compressedDepth", COMPRESSED_TYPE)
    )
    assert line_of(topics, {"rgb_image_transport": "raw"}, sim_time=True) == (
        "ros2 launch bridgenet_ros sr.launch.py rgb_topic:=/a depth_topic:=/b "
        "rgb_image_transport:=compressed depth_image_transport:=compressedDepth use_sim_time:=true"
    )


def test_parameters_that_are_arguments_of_the_launch_file() -> None:
    line = line_of(RAW, {"model.device": "cpu", "input.qos": "reliable"})
    assert line == (
        "ros2 launch bridgenet_ros sr.launch.py rgb_topic:=/cam/color/image_raw "
        "depth_topic:=/cam/depth device:=cpu qos:=reliable"
    )
    declared = (ROOT / "launch" / "sr.launch.py").read_text("utf-8")
    for parameter, argument in ARGUMENTS.items():
        assert f'"{argument}": "{parameter}"' in declared


def test_other_parameters_are_the_node_s() -> None:
    settings: dict[str, Value] = {"input.depth_scale": 1.0, "fill.mode": "off", "mde.enable": True}
    parameters = "-p input.depth_scale:=1.0 -p 'fill.mode:=\"off\"' -p mde.enable:=true"
    line = line_of(RAW, settings, sim_time=True)
    assert (
        line
        == f"ros2 run bridgenet_ros bridgenet_node {REMAPPED} {parameters} -p use_sim_time:=true"
    )


def test_without_a_distribution_there_is_no_ros2_to_call() -> None:
    assert line_of(RAW, {}, distribution=False) == f"bridgenet_node {REMAPPED}"


def test_a_recording() -> None:
    line = process_line(Path("my run/in.mcap"), "/a", "/b", ["sync.slop:=0.05"])
    assert line == (
        "bridgenet process-bag 'my run/in.mcap' -o in_sr.mcap --rgb-topic /a "
        "--depth-topic /b -p sync.slop:=0.05"
    )
    assert " -o old_sr " in process_line(Path("old.bag"), "/a", "/b", [])
