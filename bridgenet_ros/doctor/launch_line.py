"""The command that starts the node, or processes a recording, with the topics that were found."""

from __future__ import annotations

from pathlib import Path
from shlex import join

from bridgenet_ros.interface import COMPRESSED, COMPRESSED_DEPTH
from bridgenet_ros.topic_choice import COMPRESSED_TYPE, ChosenTopics, Topic, base_topic


def launch_line(topics: ChosenTopics[Topic], *, sim_time: bool) -> str:
    """``ros2 launch bridgenet_ros sr.launch.py …``; arguments that have their default are left out.

    Args:
        topics: of the live camera.
        sim_time: whether somebody publishes /clock.
    """
    arguments = [
        f"rgb_topic:={base_topic(topics.color)}",
        f"depth_topic:={base_topic(topics.depth)}",
    ]
    if topics.color.msgtype == COMPRESSED_TYPE:
        arguments.append(f"rgb_image_transport:={COMPRESSED}")
    if topics.depth.msgtype == COMPRESSED_TYPE:
        arguments.append(f"depth_image_transport:={COMPRESSED_DEPTH}")
    if sim_time:
        arguments.append("use_sim_time:=true")
    return join(["ros2", "launch", "bridgenet_ros", "sr.launch.py", *arguments])


def process_line(bag: Path, color: str, depth: str, parameters: list[str]) -> str:
    """``bridgenet process-bag …`` for a recording.

    Args:
        bag: the recording.
        color: its colour topic.
        depth: its depth topic.
        parameters: ``NAME:=VALUE``, as they were given.
    """
    output = Path(f"{bag.stem}_sr{bag.suffix}")  # here: the recording's folder may be read-only
    if bag.suffix == ".bag":  # ROS 1 is read and not written
        output = output.with_suffix("")
    given = [part for text in parameters for part in ("-p", text)]
    topics = ["--rgb-topic", color, "--depth-topic", depth]
    return join(["bridgenet", "process-bag", str(bag), "-o", str(output), *topics, *given])
