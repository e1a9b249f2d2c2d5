"""The consumer presets on a live node, and consumers that behave as the real ones do."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from rclpy.qos import QoSProfile, ReliabilityPolicy, qos_profile_sensor_data
from ros_graph import Camera, Graph
from sensor_msgs.msg import CameraInfo, Image, PointCloud2

from bridgenet_ros.config import settings, value_of
from bridgenet_ros.ros.node import BridgeNetNode

CONSUMERS = Path(__file__).resolve().parents[2] / "config" / "consumers"
T0 = 1_700_000_000_123_456_789
FRAME_NS = 33_333_333
QUEUE = 10
"""RTAB-Map's topic_queue_size and sync_queue_size."""


def preset_file(name: str) -> dict[str, Any]:
    """Arguments of a node that reads a preset as `--params-file`."""
    return {"cli_args": ["--ros-args", "--params-file", str(CONSUMERS / f"{name}.yaml")]}


def started(graph: Graph, preset: str) -> BridgeNetNode:
    node = graph.node(node_arguments=preset_file(preset))
    assert node.trigger_configure().name == "SUCCESS"
    assert node.trigger_activate().name == "SUCCESS"
    return node


@pytest.mark.parametrize("name", sorted(file.stem for file in CONSUMERS.glob("*.yaml")))
def test_ros_reads_the_preset(graph: Graph, name: str) -> None:
    config = graph.node(node_arguments=preset_file(name)).config
    tree = yaml.safe_load((CONSUMERS / f"{name}.yaml").read_text())["/**"]["ros__parameters"]
    checked = 0
    for setting in settings():
        value: Any = tree
        for part in setting.name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is not None:
            assert value_of(config, setting.name) == value
            checked += 1
    assert checked >= 5


class ExactTime:
    """Pairs equal stamps of three topics, as message_filters' ExactTime policy does."""

    def __init__(self, graph: Graph) -> None:
        qos = QoSProfile(depth=QUEUE, reliability=ReliabilityPolicy.RELIABLE)
        self.waiting: dict[str, deque[int]] = {}
        self.depths = 0
        self.triples: list[int] = []
        for name, kind in (
            ("rgb/image", Image),
            ("sr/depth/image", Image),
            ("sr/depth/camera_info", CameraInfo),
        ):
            self.waiting[name] = deque(maxlen=QUEUE)
            graph.peer.create_subscription(kind, name, lambda m, n=name: self._take(n, m), qos)

    def _take(self, name: str, message: Any) -> None:
        stamp = message.header.stamp.sec * 1_000_000_000 + message.header.stamp.nanosec
        self.waiting[name].append(stamp)
        self.depths += name == "sr/depth/image"
        if all(stamp in queue for queue in self.waiting.values()):
            self.triples.append(stamp)


def test_an_exact_time_consumer_gets_every_frame_with_its_colour(graph: Graph) -> None:
    started(graph, "rtabmap")
    camera, consumer = Camera(graph), ExactTime(graph)
    camera.wait()
    assert graph.spin_until(lambda: graph.nodes[-1].count_subscribers("sr/depth/image") > 0)
    for i in range(30):
        camera.send(T0 + i * FRAME_NS)
        assert graph.spin_until(lambda i=i: consumer.depths == i + 1)
    assert graph.spin_until(lambda: len(consumer.triples) == 30)
    assert consumer.triples == [T0 + i * FRAME_NS for i in range(30)]


def test_a_costmap_gets_a_cloud_without_nan(graph: Graph) -> None:
    started(graph, "nav2")
    camera, clouds = Camera(graph), []
    graph.peer.create_subscription(PointCloud2, "points", clouds.append, qos_profile_sensor_data)
    camera.wait()
    assert graph.spin_until(lambda: graph.nodes[-1].count_subscribers("points") > 0)
    depth = np.full((6, 8), 1500, np.uint16)
    depth[0, 0] = 0
    camera.send(T0, depth)
    assert graph.spin_until(lambda: bool(clouds))
    cloud = clouds[0]
    assert [field.name for field in cloud.fields] == ["x", "y", "z"]
    assert cloud.is_dense
    points = np.frombuffer(cloud.data, np.float32).reshape(-1, cloud.point_step // 4)
    assert 0 < len(points) < (64 // 4) * (48 // 4)
    assert np.isfinite(points[:, :3]).all()
    np.testing.assert_allclose(points[:, 2], 1.5, atol=1e-3)
