"""The lines that a user copies."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from bridgenet_ros.doctor.launch_line import launch_line, process_line
from bridgenet_ros.topic_choice import COMPRESSED_TYPE, IMAGE_TYPE, ChosenTopics


class Named(NamedTuple):
    topic: str
    msgtype: str


def chosen(*topics: Named) -> ChosenTopics[Named]:
    return ChosenTopics(color=topics[0], depth=topics[1], color_info=None, depth_info=None)


def test_raw_topics() -> None:
    topics = chosen(Named("/cam/color/image_raw", IMAGE_TYPE), Named("/cam/depth", IMAGE_TYPE))
    assert launch_line(topics, sim_time=False) == (
        "ros2 launch bridgenet_ros sr.launch.py rgb_topic:=/cam/color/image_raw "
        "depth_topic:=/cam/depth"
    )


def test_compressed_topics_and_a_clock() -> None:
    topics = chosen(
        Named("/a/compressed", COMPRESSED_TYPE), Named("/b/compressedDepth", COMPRESSED_TYPE)
    )
    assert launch_line(topics, sim_time=True) == (
        "ros2 launch bridgenet_ros sr.launch.py rgb_topic:=/a depth_topic:=/b "
        "rgb_image_transport:=compressed depth_image_transport:=compressedDepth use_sim_time:=true"
    )


def test_a_recording() -> None:
    line = process_line(Path("my run/in.mcap"), "/a", "/b", ["sync.slop:=0.05"])
    assert line == (
        "bridgenet process-bag 'my run/in.mcap' -o in_sr.mcap --rgb-topic /a "
        "--depth-topic /b -p sync.slop:=0.05"
    )
    assert " -o old_sr " in process_line(Path("old.bag"), "/a", "/b", [])
