"""Records what the node publishes: ``python -m bridgenet_ros.ros.record OUT``.

Serialised bytes go straight into a rosbag2. Subscribing to the estimated depth makes the node
compute it. The latency of a result is its time of arrival less its stamp, which is the colour
image's: with `play` as the camera that is the way through both DDS hops and the node. To measure
the node rather than the disk, ``--every`` keeps only some of the images, but accounts for all.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Event
from time import time_ns

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.executors import SingleThreadedExecutor
from rclpy.logging import get_logger
from rclpy.node import Node
from rclpy.serialization import deserialize_message
from rclpy.subscription import Subscription
from sensor_msgs.msg import CameraInfo, Image

from bridgenet_ros import interface
from bridgenet_ros.errors import BagError, BridgeNetError
from bridgenet_ros.offline.bag_writer import BagWriter
from bridgenet_ros.ros import qos
from bridgenet_ros.ros.messages import stamp_to_ns
from bridgenet_ros.ros.process import Deadline, ros_process
from bridgenet_ros.ros.raw_stamp import read_stamp_ns

NODE_NAME = "recorder"
QUEUE = 5
SPIN_S = 0.1
GRACE_S = 0.3
"""After the signal: what had arrived before it is still recorded."""
STATUS_SUFFIX = ": depth"
"""The node's status on /diagnostics is its name and this."""


@dataclass(slots=True, eq=False)
class Report:
    """What was recorded, in the order of arrival."""

    stamps_ns: list[int] = field(default_factory=list)
    """Of the super-resolved images."""
    latencies_ms: list[float] = field(default_factory=list)
    """Of the same images."""
    estimates: int = 0
    engine_ms: list[tuple[int, float]] = field(default_factory=list)
    """Stamp, and what the engine took, of every result if the timings were asked for."""
    diagnostics: dict[str, str] = field(default_factory=dict)
    """The node's last report."""

    def as_json(self) -> str:
        """As the file that the demo reads."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to record.

    Attributes:
        estimate: also the estimated depth, which makes the node compute it.
        timings: also what the stages of each frame took.
        every: one image of each topic in so many; the report has them all.
    """

    estimate: bool = True
    timings: bool = False
    every: int = 1


class Recorder:
    """Writes the output topics into an open recording and keeps account of them."""

    def __init__(self, node: Node, writer: BagWriter, wanted: Wanted) -> None:
        self.report = Report()
        self._node = node
        self._writer = writer
        self._every = wanted.every
        self._subscriptions: list[Subscription] = []
        self._subscribe(interface.SR_IMAGE, Image, self._on_result)
        self._subscribe(interface.SR_INFO, CameraInfo)
        if wanted.estimate:
            self._subscribe(interface.MDE_IMAGE, Image, self._on_estimate)
            self._subscribe(interface.MDE_INFO, CameraInfo)
        self._subscribe(interface.DIAGNOSTICS, DiagnosticArray, self._on_diagnostics)
        if wanted.timings:
            self._subscribe(interface.TIMINGS, DiagnosticArray, self._on_timings)

    def wait_for_publisher(
        self, executor: SingleThreadedExecutor, wait_s: float, stop: Event
    ) -> None:
        """Return once the super-resolved depth has a publisher.

        Raises:
            BagError: none came within the time.
        """
        deadline = Deadline(wait_s)
        topic = self._node.resolve_topic_name(interface.SR_IMAGE)
        while not stop.is_set() and self._node.count_publishers(topic) == 0:
            if deadline.passed:
                raise BagError(f"nobody published {topic} in {wait_s:g} s")
            executor.spin_once(timeout_sec=SPIN_S)

    def _subscribe(
        self, name: str, kind: type, account: Callable[[bytes, int], None] | None = None
    ) -> None:
        topic = self._node.resolve_topic_name(name)
        msgtype = f"{kind.__module__.partition('.')[0]}/msg/{kind.__name__}"
        connection = self._writer.add_topic(topic, msgtype)
        turn, every = count(), self._every if kind is Image else 1

        def on_message(raw: bytes) -> None:
            arrived_ns = time_ns()
            if next(turn) % every == 0:
                self._writer.write_raw(connection, arrived_ns, raw)
            if account is not None:
                account(raw, arrived_ns)

        profile = qos.profile("reliable", QUEUE)
        self._subscriptions.append(
            self._node.create_subscription(kind, topic, on_message, profile, raw=True)
        )

    def _on_result(self, raw: bytes, arrived_ns: int) -> None:
        stamp_ns = read_stamp_ns(raw)
        self.report.stamps_ns.append(stamp_ns)
        self.report.latencies_ms.append((arrived_ns - stamp_ns) / 1e6)

    def _on_estimate(self, raw: bytes, arrived_ns: int) -> None:  # noqa: ARG002
        self.report.estimates += 1

    def _on_diagnostics(self, raw: bytes, arrived_ns: int) -> None:  # noqa: ARG002
        for status in deserialize_message(raw, DiagnosticArray).status:
            if status.name == interface.NODE_NAME + STATUS_SUFFIX:
                self.report.diagnostics = {item.key: item.value for item in status.values}

    def _on_timings(self, raw: bytes, arrived_ns: int) -> None:  # noqa: ARG002
        message = deserialize_message(raw, DiagnosticArray)
        stamp_ns = stamp_to_ns(message.header.stamp)
        self.report.engine_ms += [
            (stamp_ns, float(item.value))
            for status in message.status
            for item in status.values
            if item.key == "engine"
        ]


def record(out: Path, *, wait_s: float, wanted: Wanted | None = None) -> Report:
    """Record until told to stop by SIGINT or SIGTERM.

    Args:
        out: the new recording.
        wait_s: how long to wait for the node.
        wanted: what to record; everything by default.

    Raises:
        BagError: the recording cannot be written, or nobody publishes.
    """
    with BagWriter(out) as writer, ros_process(NODE_NAME) as (node, stop):
        recorder = Recorder(node, writer, wanted or Wanted())
        executor = SingleThreadedExecutor()
        executor.add_node(node)
        node.get_logger().info("waiting for the node")
        recorder.wait_for_publisher(executor, wait_s, stop)
        node.get_logger().info(f"recording to {out}")
        while not stop.is_set():
            executor.spin_once(timeout_sec=SPIN_S)
        grace = Deadline(GRACE_S)
        while not grace.passed:
            executor.spin_once(timeout_sec=0.02)
        executor.shutdown()
        return recorder.report


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code: 0, or 2 with the reason in the log."""
    parser = argparse.ArgumentParser(prog="record", description="Record what the node publishes.")
    parser.add_argument("out", type=Path, help="the new rosbag2")
    parser.add_argument("--wait", type=float, default=120.0, help="seconds to wait for the node")
    parser.add_argument(
        "--no-estimate", action="store_true", help="leave the estimated depth alone"
    )
    parser.add_argument("--timings", action="store_true", help="also each frame's timings")
    parser.add_argument("--every", type=int, default=1, help="keep one image in so many")
    parser.add_argument("--report", type=Path, help="JSON file for what was recorded")
    given = parser.parse_args(arguments)
    try:
        wanted = Wanted(estimate=not given.no_estimate, timings=given.timings, every=given.every)
        report = record(given.out, wait_s=given.wait, wanted=wanted)
    except BridgeNetError as error:
        get_logger(NODE_NAME).fatal(str(error))
        return 2
    if given.report is not None:
        given.report.write_text(report.as_json())
    return 0


if __name__ == "__main__":
    sys.exit(main())
