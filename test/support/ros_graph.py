"""The node under test, a peer that talks to it, and messages to send; every wait has an end."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from bridgenet_ros.ros.node import BridgeNetNode

DEADLINE_S = 20.0
OPTICAL = "camera_color_optical_frame"
WIDTH, HEIGHT = 64, 48


class Graph:
    """The node under test and a peer that talks to it, in one context and one executor."""

    def __init__(self, context: Context, weights: Path) -> None:
        self.context = context
        self.weights = weights
        self.peer = Node("peer", context=context)
        self.executor = SingleThreadedExecutor(context=context)
        self.executor.add_node(self.peer)
        self.nodes: list[BridgeNetNode] = []

    def start(self, **overrides: object) -> BridgeNetNode:
        """An active node with these parameters (dots written as double underscores)."""
        node = self.node(**overrides)
        assert node.trigger_configure().name == "SUCCESS"
        assert node.trigger_activate().name == "SUCCESS"
        return node

    def node(
        self, node_arguments: dict[str, Any] | None = None, **overrides: object
    ) -> BridgeNetNode:
        """An unconfigured node."""
        values = {
            "model__weights": str(self.weights),
            "model__backend": "torch",  # others compile, which takes long on a busy machine
            "model__warmup": 0,
            "model__threads": 1,
            "input__lazy": False,  # most tests look at what comes of images, not at who listens
        }
        parameters = [
            Parameter(name.replace("__", "."), value=value)
            for name, value in {**values, **overrides}.items()
        ]
        node = BridgeNetNode(
            context=self.context, parameter_overrides=parameters, **(node_arguments or {})
        )
        self.nodes.append(node)
        self.executor.add_node(node)
        return node

    def spin_until(self, done: Callable[[], bool], deadline_s: float = DEADLINE_S) -> bool:
        """Spin in this thread until ``done`` or the deadline; whether it got done."""
        end = time.monotonic() + deadline_s
        while not done():
            if time.monotonic() > end:
                return False
            self.executor.spin_once(timeout_sec=0.02)
            # Callbacks that follow one another leave the node's worker no turn at the
            # interpreter: a frame, which asks for it at every operation, took 20 s.
            time.sleep(0.001)
        return True

    def close(self) -> None:
        """Tear everything down in the order that rclpy likes."""
        self.executor.shutdown()
        for node in [*self.nodes, self.peer]:
            node.destroy_node()


class Camera:
    """A peer's publishers of colour, depth and colour info."""

    def __init__(self, graph: Graph, reliability: str = "RELIABLE") -> None:
        self.graph = graph
        qos = QoSProfile(depth=5, reliability=ReliabilityPolicy[reliability])
        self.color = graph.peer.create_publisher(Image, "rgb/image", qos)
        self.depth = graph.peer.create_publisher(Image, "depth/image", qos)
        self.info = graph.peer.create_publisher(CameraInfo, "rgb/camera_info", qos)

    def wait(self) -> None:
        """Until the node has discovered all three."""
        publishers = (self.color, self.depth, self.info)
        assert self.graph.spin_until(
            lambda: all(p.get_subscription_count() > 0 for p in publishers)
        )

    def send(self, stamp_ns: int, depth: np.ndarray | None = None) -> None:
        """One pair with its info."""
        head = make_header(stamp_ns)
        self.info.publish(CameraInfo(header=head, width=WIDTH, height=HEIGHT, k=[50.0] * 9))
        self.depth.publish(depth_message(stamp_ns, depth))
        self.color.publish(color_message(stamp_ns))


def make_header(stamp_ns: int, frame_id: str = OPTICAL) -> Header:
    """A header with this stamp."""
    sec, nanosec = divmod(stamp_ns, 1_000_000_000)
    return Header(stamp=Time(sec=sec, nanosec=nanosec), frame_id=frame_id)


def color_message(stamp_ns: int, frame_id: str = OPTICAL, encoding: str = "rgb8") -> Image:
    """A grey 64x48 colour image."""
    message = Image(
        header=make_header(stamp_ns, frame_id),
        height=HEIGHT,
        width=WIDTH,
        encoding=encoding,
        step=WIDTH * 3,
    )
    message.data = array("B", bytes([128]) * (WIDTH * HEIGHT * 3))
    return message


def depth_message(stamp_ns: int, depth: np.ndarray | None = None, frame_id: str = OPTICAL) -> Image:
    """A 16UC1 image, 8x6 and 1.5 m where nothing else is given."""
    pixels = np.full((6, 8), 1500, np.uint16) if depth is None else depth
    message = Image(
        header=make_header(stamp_ns, frame_id),
        height=pixels.shape[0],
        width=pixels.shape[1],
        encoding="16UC1" if pixels.dtype == np.uint16 else "32FC1",
        step=pixels.shape[1] * pixels.itemsize,
    )
    message.data = array("B", pixels.tobytes())
    return message


def status_of_a_frame(graph: Graph, topic: str, **overrides: object) -> dict[str, str]:
    """What an active node with these parameters says on a topic of one of its frames."""
    received: list[DiagnosticArray] = []
    profile = QoSProfile(depth=5, reliability=ReliabilityPolicy.RELIABLE)
    graph.peer.create_subscription(DiagnosticArray, topic, received.append, profile)
    graph.start(**overrides)
    camera = Camera(graph)
    camera.wait()
    stamps: list[Time] = []

    def done() -> bool:
        now_ns = time.time_ns()
        stamps.append(make_header(now_ns).stamp)
        camera.send(now_ns)
        return bool(received)

    assert graph.spin_until(done)
    assert received[0].header.stamp in stamps
    return {v.key: v.value for v in received[0].status[0].values}
