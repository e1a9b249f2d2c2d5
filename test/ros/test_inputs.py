"""Subscribing through message_filters, here a recording double of its documented surface."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from types import SimpleNamespace
from typing import Any

import pytest
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from ros_graph import Camera, Graph
from sensor_msgs.msg import CameraInfo, Image

from bridgenet_ros.config import NodeConfig
from bridgenet_ros.input_config import SyncConfig
from bridgenet_ros.ros import inputs
from bridgenet_ros.ros.inputs import Callbacks, ImageInputs


class Subscriber:
    """``message_filters.Subscriber(node, type, topic, …)``: the rest is for the subscription."""

    def __init__(self, node: Any, kind: type, topic: str, **arguments: Any) -> None:
        self.topic = topic
        self.callbacks: list[Callable[[Image], None]] = []
        self.sub = node.create_subscription(kind, topic, self._signal, **arguments)

    def registerCallback(self, callback: Callable[[Image], None]) -> None:  # noqa: N802
        self.callbacks.append(callback)

    def _signal(self, message: Image) -> None:
        for callback in self.callbacks:
            callback(message)


class Synchronizer:
    """``TimeSynchronizer(filters, queue)`` and ``ApproximateTimeSynchronizer(…, slop)``."""

    made: list[Synchronizer] = []  # noqa: RUF012

    def __init__(self, sources: list[Any], queue_size: int, slop: float = 0.0) -> None:
        self.arguments = (len(sources), queue_size, slop)
        self.callback: Callable[[Image, Image], None] | None = None
        Synchronizer.made.append(self)

    def registerCallback(self, callback: Callable[[Image, Image], None]) -> None:  # noqa: N802
        self.callback = callback


@pytest.fixture
def filters(monkeypatch: pytest.MonkeyPatch) -> None:
    Synchronizer.made.clear()
    double = SimpleNamespace(
        Subscriber=Subscriber,
        TimeSynchronizer=Synchronizer,
        ApproximateTimeSynchronizer=Synchronizer,
    )
    monkeypatch.setattr(inputs, "message_filters", double)


def make(graph: Graph, policy: str, seen: list[str]) -> ImageInputs:
    callbacks = Callbacks(
        color=lambda _: seen.append("color"),
        depth=lambda _: seen.append("depth"),
        pair=lambda *_: seen.append("pair"),
        jump=lambda: seen.append("jump"),
        drop=seen.append,
        info=lambda _: seen.append("info"),
    )
    return ImageInputs(graph.peer, NodeConfig(sync=SyncConfig(policy=policy)), callbacks, monotonic)


@pytest.mark.usefixtures("filters")
def test_nearest_takes_single_images_from_the_subscribers(graph: Graph) -> None:
    seen: list[str] = []
    made = make(graph, "nearest", seen)
    camera = Camera(graph)
    assert graph.spin_until(lambda: camera.color.get_subscription_count() > 0)
    assert graph.spin_until(lambda: camera.depth.get_subscription_count() > 0)
    camera.send(5)
    assert graph.spin_until(lambda: sorted(seen) == ["color", "depth", "info"])
    assert (made.color.meter.count, made.depth.meter.count, made.info.meter.count) == (1, 1, 1)
    made.close()


@pytest.mark.usefixtures("filters")
@pytest.mark.parametrize(("policy", "slop"), [("approximate", 0.02), ("exact", 0.0)])
def test_other_policies_use_the_synchronisers(graph: Graph, policy: str, slop: float) -> None:
    seen: list[str] = []
    made = make(graph, policy, seen)
    (synchronizer,) = Synchronizer.made
    assert synchronizer.arguments == (2, 10, slop)
    assert synchronizer.callback is not None
    synchronizer.callback(Image(), Image())
    assert seen == ["pair"]
    made.close()


@pytest.mark.parametrize("camera_first", [True, False])
@pytest.mark.parametrize("color", ["RELIABLE", "BEST_EFFORT"])
@pytest.mark.parametrize("depth", ["RELIABLE", "BEST_EFFORT"])
def test_every_reliability_is_received_whoever_starts_first(
    graph: Graph, color: str, depth: str, *, camera_first: bool
) -> None:
    seen: list[str] = []
    publishers: list[Any] = []

    def advertise() -> None:
        for topic, reliability in (("rgb/image", color), ("depth/image", depth)):
            qos = QoSProfile(depth=5, reliability=ReliabilityPolicy[reliability])
            publishers.append(graph.peer.create_publisher(Image, topic, qos))

    if camera_first:
        advertise()
    made = make(graph, "nearest", seen)
    if not camera_first:
        advertise()

    def both_arrived() -> bool:
        made.follow(wanted=True)
        for publisher in publishers:
            publisher.publish(Image())
        return {"color", "depth"} <= set(seen)

    assert graph.spin_until(both_arrived)
    assert graph.spin_until(lambda: not made.follow(wanted=True))
    assert made.reliability == (color.lower(), depth.lower())
    made.close()


def test_an_image_that_was_latched_before_is_received(graph: Graph) -> None:
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    publisher = graph.peer.create_publisher(CameraInfo, "rgb/camera_info", latched)
    publisher.publish(CameraInfo())
    seen: list[str] = []
    made = make(graph, "nearest", seen)
    assert graph.spin_until(lambda: made.follow(wanted=True) or seen == ["info"])
    assert graph.spin_until(lambda: seen == ["info"])
    made.close()
