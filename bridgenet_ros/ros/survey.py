"""Looks at the live graph for some seconds: what a node started now would find."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from shutil import which
from time import monotonic, time_ns
from typing import Any, NamedTuple

import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import CameraInfo, CompressedImage

from bridgenet_ros.config import NodeConfig, value_of, with_values
from bridgenet_ros.doctor.examine import Camera, examine
from bridgenet_ros.doctor.finding import Finding, Status
from bridgenet_ros.doctor.launch_line import start_line
from bridgenet_ros.doctor.machine import check_middleware
from bridgenet_ros.doctor.pair_checks import check_age
from bridgenet_ros.doctor.stream_record import Arrival, StreamRecord
from bridgenet_ros.errors import TopicError
from bridgenet_ros.frame import DepthArray, RgbdFrame, UInt8Array
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
from bridgenet_ros.live import StampedImage
from bridgenet_ros.ros.conversion import Decoder
from bridgenet_ros.ros.input_topic import InputTopic
from bridgenet_ros.ros.inputs import FOLLOW_PERIOD_S, AnyImage, Callbacks, ImageInputs
from bridgenet_ros.ros.messages import stamp_to_ns
from bridgenet_ros.ros.node_time import CLOCK
from bridgenet_ros.ros.rigs import Rigs
from bridgenet_ros.topic_choice import (
    COMPRESSED_TYPE,
    ChosenTopics,
    Topic,
    TopicNames,
    base_topic,
    choose_topics,
    info_topic,
)
from bridgenet_ros.watchdog import fault_of

DISCOVERY_S = 3.0
"""At most so long until a camera that runs has been seen."""
SETTLE_S = 1.0
SPIN_S = 0.05
TRANSFORM_S = 2.0
"""At most so long until a latched transform has come."""


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
    with _graph() as graph, graph.node("bridgenet_scout", []) as scout:
        topics, sim_time = _find(graph, scout, names)
        if isinstance(topics, TopicError):
            return Surveyed(findings=[*findings, _no_topics(str(topics))])
        wanted = with_values(config, _transports(topics))
        with graph.node("bridgenet_doctor", _remappings(topics)) as node:
            listener = _Listener(graph, node, wanted)
            findings += listener.listen(seconds, scales)
    line = start_line(
        topics,
        sim_time=sim_time,
        settings={name: value_of(config, name) for name in given},
        distribution=which("ros2") is not None,
    )
    return Surveyed(findings=findings, launch=line)


class _Graph:
    """A context and an executor of the survey's own."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._executor = SingleThreadedExecutor(context=context)

    @contextmanager
    def node(self, name: str, remappings: list[str]) -> Iterator[Node]:
        """A node while the block runs."""
        arguments = ["--ros-args", *(part for rule in remappings for part in ("-r", rule))]
        node = Node(name, context=self._context, cli_args=arguments, use_global_arguments=False)
        self._executor.add_node(node)
        try:
            yield node
        finally:
            self._executor.remove_node(node)
            node.destroy_node()

    def spin(self, seconds: float, done: Callable[[], bool] = lambda: False) -> None:
        """Spin until ``done`` or the time is over."""
        end_s = monotonic() + seconds
        while not done() and monotonic() < end_s:
            self._executor.spin_once(timeout_sec=SPIN_S)


@contextmanager
def _graph() -> Iterator[_Graph]:
    context = Context()
    rclpy.init(args=[], context=context, signal_handler_options=SignalHandlerOptions.NO)
    try:
        yield _Graph(context)
    finally:
        rclpy.try_shutdown(context=context)


def _find(
    graph: _Graph, scout: Node, names: TopicNames
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


class _Listener:
    """Subscribes as the node does and keeps what comes."""

    def __init__(self, graph: _Graph, node: Node, config: NodeConfig) -> None:
        self._graph = graph
        self._node = node
        self._config = config
        self._decoder = Decoder()
        self._infos: dict[str, CameraInfo] = {}
        self._rigs = Rigs(node, config.register, lambda: self._infos.get(RGB_INFO))
        self._inputs = ImageInputs(
            node,
            with_values(config, {"sync.policy": "nearest"}),
            Callbacks(
                color=self._on_color,
                depth=self._on_depth,
                pair=lambda *_: None,
                jump=lambda: None,
                drop=lambda _: None,
                info=partial(self._on_info, RGB_INFO),
            ),
            monotonic,
        )
        node.create_subscription(
            CameraInfo, DEPTH_INFO, partial(self._on_info, DEPTH_INFO), qos_profile_sensor_data
        )
        topics = [self._topic_of(topic) for topic in (self._inputs.color, self._inputs.depth)]
        self._color: StreamRecord[UInt8Array] = StreamRecord("colour", topics[0])
        self._depth: StreamRecord[DepthArray] = StreamRecord("depth", topics[1])

    def listen(self, seconds: float, scales: tuple[int, ...]) -> list[Finding]:
        """Everything that came of it."""
        follow = self._node.create_timer(FOLLOW_PERIOD_S, self._follow)
        try:
            self._graph.spin(seconds)
            now_s = monotonic()
            found = [
                finding
                for role, topic in (("colour", self._inputs.color), ("depth", self._inputs.depth))
                for finding in _input_findings(role, topic, now_s)
            ]
            found += examine(self._camera(), self._config, scales)
            return found + check_age(self._color.arrivals)
        finally:
            self._node.destroy_timer(follow)
            self._inputs.close()
            self._rigs.close()

    def _camera(self) -> Camera:
        resolve = self._node.resolve_topic_name
        return Camera(
            color=self._color,
            depth=self._depth,
            color_info=self._infos.get(RGB_INFO),
            depth_info=self._infos.get(DEPTH_INFO),
            color_info_topic=resolve(RGB_INFO),
            depth_info_topic=resolve(DEPTH_INFO),
            find_rig=self._find_rig,
        )

    def _find_rig(self, frame: RgbdFrame) -> RgbdFrame:
        color = StampedImage(frame.rgb, frame.stamp_ns, frame.frame_id, 0.0)
        depth = StampedImage(frame.depth, frame.depth_stamp_ns, frame.depth_frame_id, 0.0)
        if self._rigs.finder.needs_rig(color.frame_id, depth.frame_id):
            wait = partial(self._rigs.known, color, depth)
            self._graph.spin(TRANSFORM_S, wait)
        return replace(frame, rig=self._rigs.find(color, depth))

    def _topic_of(self, topic: InputTopic) -> str:
        return self._node.resolve_topic_name(topic.topic)

    def _follow(self) -> None:
        self._inputs.follow(wanted=True)

    def _on_color(self, message: AnyImage) -> None:
        self._color.add(*_header(message), lambda: self._decoder.color(message))

    def _on_depth(self, message: AnyImage) -> None:
        self._depth.add(*_header(message), lambda: self._decoder.depth(message))

    def _on_info(self, name: str, message: CameraInfo) -> None:
        self._infos[name] = message


def _header(message: AnyImage) -> tuple[Arrival, str, str]:
    head: Any = message.header
    compressed = isinstance(message, CompressedImage)
    encoding = message.format if compressed else message.encoding
    return Arrival(time_ns(), stamp_to_ns(head.stamp)), head.frame_id, encoding


def _input_findings(role: str, topic: InputTopic, now_s: float) -> list[Finding]:
    """Type and QoS of one input; and why nothing came, where nothing did."""
    facts = topic.facts(now_s)
    if not facts.messages:
        _, text = fault_of(facts)
        what, _, advice = text.partition("; ")
        return [Finding(part=role, status=Status.ERROR, what=what, advice=advice)]
    count = len(facts.offered_types)
    what = f"{facts.topic}: {facts.type}, {count} publisher{'s' * (count != 1)}, read as "
    status = Status.OK if count <= 1 else Status.NOTE
    return [Finding(part=role, status=status, what=f"{what}{topic.reliability}")]
