"""The command that starts the node, or processes a recording, with the topics that were found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from shlex import join

from bridgenet_ros.interface import (
    COMPRESSED,
    COMPRESSED_DEPTH,
    DEPTH_IMAGE,
    DEPTH_INFO,
    RGB_IMAGE,
    RGB_INFO,
)
from bridgenet_ros.setting import Value
from bridgenet_ros.topic_choice import (
    COMPRESSED_TYPE,
    ChosenTopics,
    Topic,
    base_topic,
    info_topic,
)

ARGUMENTS = {"model.weights": "weights", "model.device": "device", "input.qos": "qos"}
"""Parameters that sr.launch.py has an argument for."""


def start_line(
    topics: ChosenTopics[Topic],
    *,
    sim_time: bool,
    settings: Mapping[str, Value],
    distribution: bool,
) -> str:
    """What starts the node; what has its default is left out.

    ``ros2 launch bridgenet_ros sr.launch.py …`` where that can be said in its arguments, else the
    node itself with its parameters.

    Args:
        topics: of the live camera.
        sim_time: whether somebody publishes /clock.
        settings: parameters with another value than the default, by name.
        distribution: whether there is a ``ros2`` to call; wheels of pip bring none.
    """
    chosen = dict(settings)
    for name, image, transport in (
        ("rgb_image_transport", topics.color, COMPRESSED),
        ("depth_image_transport", topics.depth, COMPRESSED_DEPTH),
    ):
        chosen.pop(name, None)  # the topic decides
        if image.msgtype == COMPRESSED_TYPE:
            chosen[name] = transport
    transports = {name: name for name in ("rgb_image_transport", "depth_image_transport")}
    arguments = ARGUMENTS | transports
    if not distribution or not chosen.keys() <= arguments.keys():
        command = ["ros2", "run", "bridgenet_ros"] if distribution else []
        return join([*command, "bridgenet_node", *_ros_arguments(topics, chosen, sim_time)])
    given = [
        f"rgb_topic:={base_topic(topics.color)}",
        f"depth_topic:={base_topic(topics.depth)}",
        *(f"{arguments[name]}:={value}" for name, value in chosen.items()),
    ]
    if sim_time:
        given.append("use_sim_time:=true")
    return join(["ros2", "launch", "bridgenet_ros", "sr.launch.py", *given])


def _ros_arguments(
    topics: ChosenTopics[Topic], settings: Mapping[str, Value], sim_time: bool
) -> list[str]:
    words = ["--ros-args"]
    for name, topic in (
        (RGB_IMAGE, base_topic(topics.color)),
        (RGB_INFO, info_topic(topics.color)),
        (DEPTH_IMAGE, base_topic(topics.depth)),
        (DEPTH_INFO, info_topic(topics.depth)),
    ):
        words += ["-r", f"{name}:={topic}"]
    # As JSON, which is YAML that keeps a whole float a float and the word off a word.
    for name, value in settings.items():
        words += ["-p", f"{name}:={json.dumps(value)}"]
    return [*words, "-p", "use_sim_time:=true"] if sim_time else words


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
