"""Listens to a camera as the node would, and has what comes checked."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from time import monotonic, time_ns
from typing import Any

from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo, CompressedImage

from bridgenet_ros.config import NodeConfig, with_values
from bridgenet_ros.doctor.examine import Camera, examine
from bridgenet_ros.doctor.finding import Finding, Status
from bridgenet_ros.doctor.pair_checks import check_age
from bridgenet_ros.doctor.stream_record import Arrival, StreamRecord
from bridgenet_ros.frame import DepthArray, RgbdFrame, UInt8Array
from bridgenet_ros.interface import DEPTH_INFO, RGB_INFO
from bridgenet_ros.live import StampedImage
from bridgenet_ros.ros.conversion import Decoder
from bridgenet_ros.ros.input_topic import InputTopic
from bridgenet_ros.ros.inputs import FOLLOW_PERIOD_S, AnyImage, Callbacks, ImageInputs
from bridgenet_ros.ros.messages import stamp_to_ns
from bridgenet_ros.ros.rigs import Rigs
from bridgenet_ros.ros.survey_graph import SurveyGraph
from bridgenet_ros.watchdog import fault_of

TRANSFORM_S = 2.0
"""At most so long until a latched transform has come."""


class SurveyListener:
    """Subscribes as the node does and keeps what comes.

    Args:
        graph: spins the node.
        node: subscribes; it is remapped to the camera's topics.
        config: the settings that the node would have.

    Raises:
        ConfigError: a setting that the inputs cannot have.
    """

    def __init__(self, graph: SurveyGraph, node: Node, config: NodeConfig) -> None:
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
        """Spin for so long; what is to be said of all that came.

        Args:
            seconds: how long.
            scales: upsampling factors of the weights.
        """
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
