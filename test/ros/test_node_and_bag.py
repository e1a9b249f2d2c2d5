"""The same frames through the node and through process-bag give the same bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from rclpy.serialization import serialize_message
from ros_graph import Camera, Graph, color_message, depth_message
from sensor_msgs.msg import Image
from tiny_bags import read_bag, write_bag

from bridgenet_ros.config import NodeConfig, with_values
from bridgenet_ros.offline.messages import IMAGE_TYPE, read_image
from bridgenet_ros.offline.options import ProcessOptions
from bridgenet_ros.offline.process_bag import process_bag
from bridgenet_ros.offline.processor import Processing

T0 = 1_700_000_000_000_000_000
FRAMES = 4
PERIOD = 100_000_000
TOPICS = ("/sr/depth/image", "/mde/depth/image")


def frames() -> list[tuple[Image, Image]]:
    """Noise of a fixed seed, with holes."""
    rng = np.random.default_rng(5)
    made = []
    for index in range(FRAMES):
        depth = rng.integers(500, 4000, (6, 8), dtype=np.uint16)
        depth[index, :3] = 0
        color = color_message(T0 + index * PERIOD)
        color.data = rng.bytes(len(color.data))
        made.append((color, depth_message(T0 + index * PERIOD, depth)))
    return made


def from_node(graph: Graph) -> dict[str, list[bytes]]:
    graph.start(mde__enable=True)
    camera = Camera(graph)
    received: dict[str, list[Image]] = {topic: [] for topic in TOPICS}
    for topic, images in received.items():
        graph.peer.create_subscription(Image, topic, images.append, 10)
    camera.wait()
    for topic in TOPICS:
        assert graph.spin_until(lambda t=topic: graph.nodes[0].count_subscribers(t) > 0)
    for index, (color, depth) in enumerate(frames()):
        camera.depth.publish(depth)
        camera.color.publish(color)
        # One by one: the live node drops what comes while it is busy.
        for images in received.values():
            assert graph.spin_until(lambda i=images, count=index + 1: len(i) == count)
    return {topic: [bytes(i.data) for i in images] for topic, images in received.items()}


def from_bag(folder: Path, weights: Path) -> dict[str, list[bytes]]:
    messages = [
        (topic, IMAGE_TYPE, T0 + index * PERIOD, bytes(serialize_message(message)))
        for index, pair in enumerate(frames())
        for topic, message in zip(("/rgb/image", "/depth/image"), pair, strict=True)
    ]
    source = write_bag(folder / "in.mcap", messages)
    values = {"model.weights": str(weights), "model.backend": "torch"}  # as the node's here
    processing = Processing(with_values(NodeConfig(), values))
    options = ProcessOptions(segment=2, estimate=True)
    process_bag(source, folder / "out.mcap", processing.make, options)
    written = read_bag(folder / "out.mcap")
    return {t: [bytes(read_image(m.raw).data) for m in written[t]] for t in TOPICS}


def test_the_bytes_are_the_same(graph: Graph, weights_file: Path, tmp_path: Path) -> None:
    live, offline = from_node(graph), from_bag(tmp_path, weights_file)
    for topic in TOPICS:
        assert len(live[topic]) == FRAMES
        assert len(set(live[topic])) == FRAMES
        assert live[topic] == offline[topic]
