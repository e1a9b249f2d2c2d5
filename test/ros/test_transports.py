"""Compressed images into the node and out of it."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from itertools import count

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from ros_graph import HEIGHT, WIDTH, Graph, make_header
from sensor_msgs.msg import CompressedImage, Image

from bridgenet_ros.compressed_codec import (
    CompressedPayload,
    decode_compressed_depth,
    encode_compressed_color,
    encode_compressed_depth,
)
from bridgenet_ros.image_codec import decode_depth
from bridgenet_ros.ros import outputs
from bridgenet_ros.ros.messages import compressed_message, header

T0 = 1_700_000_000_123_456_789
MS = 1_000_000
INPUTS = {"rgb_image_transport": "compressed", "depth_image_transport": "compressedDepth"}
COLOR = encode_compressed_color(np.full((HEIGHT, WIDTH, 3), 128, np.uint8), "jpeg")
DEPTH_M = np.full((6, 8), 1.5, np.float32)


class CompressedCamera:
    """A peer's publishers of compressed colour and depth."""

    def __init__(self, graph: Graph, color: str = "rgb/image", depth: str = "depth/image") -> None:
        self.graph = graph
        self.stamps = count(T0, 100 * MS)
        peer = graph.peer
        self.color = peer.create_publisher(CompressedImage, f"{color}/compressed", 5)
        self.depth = peer.create_publisher(CompressedImage, f"{depth}/compressedDepth", 5)

    def send(self, depth: CompressedPayload, color: CompressedPayload = COLOR) -> int:
        """One pair; returns its stamp."""
        stamp_ns = next(self.stamps)
        self.depth.publish(compressed_message(depth, header(stamp_ns, "camera")))
        self.color.publish(compressed_message(color, header(stamp_ns, "camera")))
        return stamp_ns

    def send_until(self, done: Callable[[], bool], depth: CompressedPayload) -> None:
        """A pair every half second: the node may be changing its subscription."""
        for _ in range(40):
            self.send(depth)
            if self.graph.spin_until(done, deadline_s=0.5):
                return
        pytest.fail("no answer from the node")


@pytest.mark.parametrize(("encoding", "codec"), [("16UC1", "png"), ("32FC1", "rvl")])
def test_compressed_in_gives_raw_and_compressed_out(
    graph: Graph, codec: str, encoding: str
) -> None:
    graph.start(**INPUTS, output__encoding=encoding, output__compressed_depth=codec)
    camera = CompressedCamera(graph)
    raw: list[Image] = []
    compressed: list[CompressedImage] = []
    graph.peer.create_subscription(Image, "sr/depth/image", raw.append, 10)
    graph.peer.create_subscription(
        CompressedImage, "sr/depth/image/compressedDepth", compressed.append, 10
    )
    millimetres = (DEPTH_M * 1000).astype(np.uint16)
    depth = encode_compressed_depth(millimetres if encoding == "16UC1" else DEPTH_M, codec)
    camera.send_until(lambda: bool(raw and compressed), depth)
    packed = compressed[-1]
    assert packed.format == f"{encoding}; compressedDepth {codec}"
    assert graph.spin_until(lambda: any(m.header == packed.header for m in raw))
    plain = next(m for m in raw if m.header == packed.header)
    assert (plain.width, plain.height, plain.encoding) == (WIDTH, HEIGHT, encoding)
    expected, decoded = decode_depth(plain), decode_compressed_depth(packed)
    np.testing.assert_allclose(expected, 1500 if encoding == "16UC1" else 1.5, atol=1e-3)
    if encoding == "16UC1":
        np.testing.assert_array_equal(decoded, expected)
    else:
        np.testing.assert_allclose(decoded, expected, atol=1.5**2 / 2 / 10100 * 1.01)


def test_nothing_is_compressed_while_nobody_subscribes(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def encode(depth: np.ndarray, codec: str) -> CompressedPayload:
        made.append(codec)
        return encode_compressed_depth(depth, codec)

    monkeypatch.setattr(outputs, "encode_compressed_depth", encode)
    graph.start(**INPUTS, output__compressed_depth="rvl")
    camera, raw = CompressedCamera(graph), list[Image]()
    graph.peer.create_subscription(Image, "sr/depth/image", raw.append, 10)
    depth = encode_compressed_depth(DEPTH_M, "rvl")
    camera.send_until(lambda: bool(raw), depth)
    assert made == []
    got: list[CompressedImage] = []
    topic = "mde/depth/image/compressedDepth"
    graph.peer.create_subscription(CompressedImage, topic, got.append, 10)
    camera.send_until(lambda: bool(got), depth)  # and the estimate is made for it
    assert set(made) == {"rvl"}


def test_compressed_output_is_off_by_default(graph: Graph) -> None:
    node = graph.start()
    assert graph.spin_until(lambda: graph.peer.count_publishers("/sr/depth/image") == 1)
    names = dict(node.get_publisher_names_and_types_by_node("bridgenet", "/"))
    assert "/sr/depth/image" in names
    assert not [name for name in names if "compressedDepth" in name]


def test_a_remapping_of_the_base_moves_its_transports(graph: Graph) -> None:
    rules = ("rgb/image:=/cam/color", "depth/image:=/cam/depth", "sr/depth/image:=/out")
    node = graph.node(
        node_arguments={"cli_args": ["--ros-args", *(a for r in rules for a in ("-r", r))]},
        output__compressed_depth="png",
        **INPUTS,
    )
    assert node.trigger_configure().name == "SUCCESS"
    assert node.trigger_activate().name == "SUCCESS"
    wanted = {"/cam/color/compressed", "/cam/depth/compressedDepth", "/out/compressedDepth"}

    def compressed_topics() -> set[str]:
        topics = dict(graph.peer.get_topic_names_and_types())
        return {n for n, types in topics.items() if types == ["sensor_msgs/msg/CompressedImage"]}

    assert graph.spin_until(lambda: wanted <= compressed_topics()), compressed_topics()
    assert node.count_subscribers("/cam/color/compressed") == 1
    assert node.count_publishers("/out/compressedDepth") == 1


def test_a_damaged_payload_is_dropped_and_counted(graph: Graph) -> None:
    graph.start(**INPUTS, diagnostics__period=0.1)
    camera, raw, reports = CompressedCamera(graph), list[Image](), list[DiagnosticArray]()
    graph.peer.create_subscription(Image, "sr/depth/image", raw.append, 10)
    graph.peer.create_subscription(DiagnosticArray, "/diagnostics", reports.append, 10)
    whole = encode_compressed_depth(DEPTH_M, "png")
    cut = CompressedPayload(format=whole.format, data=whole.data[:-9])

    def counted() -> bool:
        values = {kv.key for report in reports for kv in report.status[0].values}
        return "drops.truncated" in values

    camera.send_until(counted, cut)
    assert not raw
    camera.send_until(lambda: bool(raw), whole)


def test_a_compressed_message_has_the_payloads_bytes() -> None:
    message = compressed_message(
        CompressedPayload(format="jpeg", data=b"\xff\xd8\0"), header(5, "lens")
    )
    assert message.header == make_header(5, "lens")
    assert (message.format, message.data) == ("jpeg", array("B", b"\xff\xd8\0"))
