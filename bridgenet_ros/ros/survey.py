"""Looks at the live graph for some seconds: what a node started now would find."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from shutil import which
from time import monotonic
from typing import NamedTuple

import rclpy
from rclpy.node import Node

from bridgenet_ros.config import NodeConfig, value_of, with_values
from bridgenet_ros.doctor.finding import Finding, Status
from bridgenet_ros.doctor.launch_line import start_line
from bridgenet_ros.doctor.machine import check_middleware
from bridgenet_ros.errors import TopicError
from bridgenet_ros.interface import (
    COMPRESSED,
    COMPRESSED_DEPTH,
    DEPTH_IMAGE,
    DEPTH_INFO,
    NODE_NAME,
    RAW,
    RGB_IMAGE,
    RGB_INFO,
)
from bridgenet_ros.ros.node_time import CLOCK
from bridgenet_ros.ros.survey_graph import SurveyGraph, open_graph
from bridgenet_ros.ros.survey_listener import SurveyListener
from bridgenet_ros.topic_choice import (
    COMPRESSED_TYPE,
    ChosenTopics,
    Topic,
    TopicNames,
    base_topic,
    choose_topics,
    info_topic,
)

DISCOVERY_S = 3.0
"""At most so long until a camera that runs has been seen."""
SETTLE_S = 1.0


class GraphTopic(NamedTuple):
    """A topic of the graph."""

    topic: str
    msgtype: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyed:
    """What the graph tells.

    Attributes:
        findings: all checks.
        launch: the line that starts the node with these topics; empty where they are not known.
    """

    findings: list[Finding]
    launch: str = ""


def survey(
    names: TopicNames,
    config: NodeConfig,
    scales: tuple[int, ...],
    seconds: float,
    given: Collection[str] = (),
) -> Surveyed:
    """Find the camera, listen to it as the node would, and check what comes.

    Args:
        names: topics that the user has given.
        config: the settings that the node would have.
        scales: upsampling factors of the weights.
        seconds: how long to listen.
        given: names of the settings that are to be part of the launch line.

    Raises:
        ConfigError: a setting that the inputs cannot have.
    """
    findings = check_middleware(rclpy.get_rmw_implementation_identifier(), os.environ)
    # The scout stays: with a context's last node all that was discovered would be forgotten.
    with open_graph() as graph, graph.node("bridgenet_scout", []) as scout:
        topics, sim_time = _find(graph, scout, names)
        if isinstance(topics, TopicError):
            return Surveyed(findings=[*findings, _no_topics(str(topics))])
        wanted = with_values(config, _transports(topics))
        with graph.node("bridgenet_doctor", _remappings(topics)) as node:
            listener = SurveyListener(graph, node, wanted)
            findings += listener.listen(seconds, scales)
    line = start_line(
        topics,
        sim_time=sim_time,
        settings={name: value_of(config, name) for name in given},
        distribution=which("ros2") is not None,
    )
    return Surveyed(findings=findings, launch=line)


def _find(
    graph: SurveyGraph, scout: Node, names: TopicNames
) -> tuple[ChosenTopics[Topic] | TopicError, bool]:
    """The camera's topics, or why they are not clear; and whether somebody publishes a clock."""
    found: list[ChosenTopics[Topic] | TopicError] = []
    clear_s: list[float] = []

    def clear() -> bool:
        try:
            found[:] = [choose_topics(_topics(scout), names)]
        except TopicError as error:
            found[:] = [error]
        chosen = found[0]
        if isinstance(chosen, TopicError):
            return False
        clear_s.append(monotonic())
        # Calibrations are often seen a moment later than the images.
        return chosen.color_info is not None or clear_s[-1] - clear_s[0] > SETTLE_S

    graph.spin(DISCOVERY_S, clear)
    if isinstance(found[0], TopicError):
        listed = ", ".join(f"{t.topic} ({t.msgtype})" for t in _topics(scout)) or "none"
        return TopicError(f"{found[0]}. Image topics: {listed}"), False
    return found[0], scout.count_publishers(CLOCK) > 0


def _topics(node: Node) -> list[Topic]:
    """Those that somebody else than our own node publishes, of the types that cameras have."""
    kinds = {"sensor_msgs/msg/Image", COMPRESSED_TYPE, "sensor_msgs/msg/CameraInfo"}
    found: list[Topic] = []
    for name, types in sorted(node.get_topic_names_and_types()):
        offers = node.get_publishers_info_by_topic(name)
        if offers and any(offer.node_name != NODE_NAME for offer in offers):
            found += [GraphTopic(name, kind) for kind in types if kind in kinds]
    return found


def _no_topics(problem: str) -> Finding:
    advice = (
        "start the camera, look at ROS_DOMAIN_ID and ROS_AUTOMATIC_DISCOVERY_RANGE of both sides, "
        "or name the topics with --rgb-topic and --depth-topic"
    )
    return Finding(part="ROS", status=Status.ERROR, what=problem, advice=advice)


def _transports(topics: ChosenTopics[Topic]) -> dict[str, object]:
    compressed = [t.msgtype == COMPRESSED_TYPE for t in (topics.color, topics.depth)]
    return {
        "rgb_image_transport": COMPRESSED if compressed[0] else RAW,
        "depth_image_transport": COMPRESSED_DEPTH if compressed[1] else RAW,
    }


def _remappings(topics: ChosenTopics[Topic]) -> list[str]:
    infos = topics.color_info, topics.depth_info
    color, depth = (
        info.topic if info is not None else info_topic(image)
        for info, image in zip(infos, (topics.color, topics.depth), strict=True)
    )
    return [
        f"{RGB_IMAGE}:={base_topic(topics.color)}",
        f"{DEPTH_IMAGE}:={base_topic(topics.depth)}",
        f"{RGB_INFO}:={color}",
        f"{DEPTH_INFO}:={depth}",
    ]
