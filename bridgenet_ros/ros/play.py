"""Plays a recording to the node: ``python -m bridgenet_ros.ros.play BAG --rate 30``.

A simulated camera. Colour, depth and their camera infos are published as serialised bytes with
new stamps: the first colour image is stamped with the present time, and all others keep their
distance to it. Nothing is published before a subscriber has both image topics.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Event
from time import sleep, time_ns
from typing import NamedTuple

from rclpy.duration import Duration
from rclpy.logging import get_logger
from rclpy.node import Node
from rclpy.publisher import Publisher
from rosbags.interfaces import Connection
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from bridgenet_ros import interface
from bridgenet_ros.errors import BagError, BridgeNetError
from bridgenet_ros.offline.bag_reader import BagReader
from bridgenet_ros.offline.bag_topics import TopicNames, find_topics, info_topic
from bridgenet_ros.offline.messages import COMPRESSED_TYPE
from bridgenet_ros.realsense_recording import own_frame
from bridgenet_ros.ros import qos
from bridgenet_ros.ros.process import Deadline, ros_process
from bridgenet_ros.ros.raw_stamp import NANOSECONDS, read_stamp_ns, with_stamp_ns
from bridgenet_ros.ros.schedule import Schedule, schedule

NODE_NAME = "player"
QUEUE = 10
SETTLE_S = 1.5
"""A subscriber that follows our QoS comes back within half a second of seeing us."""
ACKNOWLEDGE_S = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What to play and how.

    Attributes:
        bag: the recording.
        rgb_topic: its colour images; None looks for them. Camera infos are siblings.
        depth_topic: its depth images; None looks for them.
        rate_hz: colour images a second; 0 keeps the recording's pace.
        seconds: play in rounds for this long; 0 plays once.
        wait_s: how long to wait for subscribers.
    """

    bag: Path
    rgb_topic: str | None
    depth_topic: str | None
    rate_hz: float
    seconds: float
    wait_s: float


class Sent(NamedTuple):
    """A colour image that went out."""

    stamp_ns: int
    number: int
    """Its place in the recording."""


class Played(NamedTuple):
    """What went out."""

    sent: list[Sent]
    published_ns: dict[int, int]
    """See `Player.published_ns`."""


class Due(NamedTuple):
    """A message, and when it goes out."""

    offset_ns: int
    """Since the start of playing."""
    stamp_offset_ns: int
    """From the start of playing to its new stamp."""
    topic: str
    """In the recording."""
    raw: bytes
    number: int
    """Place, in the recording, of the last colour image."""


class Player:
    """Publishes one recording.

    Raises:
        BagError: the image topics are absent or not clear; the message lists what is there. Or
            a node would take depth for aligned which is not.
    """

    def __init__(self, node: Node, reader: BagReader, options: Options) -> None:
        self._reader = reader
        self._options = options
        names = TopicNames(color=options.rgb_topic, depth=options.depth_topic)
        topics = find_topics(reader.connections, names)
        if own_frame(topics.depth.topic) is not None:
            raise BagError(
                f"{reader.path}: {topics.depth.topic} is depth of the RealSense SDK, whose images "
                "do not say that it lies in a view of its own; expected the output of process-bag"
            )
        self._color = topics.color
        self._publishers: dict[str, Publisher] = {}
        self._connections: list[Connection] = []
        for connection, kind, name in (
            (topics.color, *_image(topics.color, interface.RGB_IMAGE, interface.COMPRESSED)),
            (
                topics.depth,
                *_image(topics.depth, interface.DEPTH_IMAGE, interface.COMPRESSED_DEPTH),
            ),
            (topics.color_info, CameraInfo, interface.RGB_INFO),
            (_depth_info(reader, topics.depth), CameraInfo, interface.DEPTH_INFO),
        ):
            if connection is not None:
                publisher = node.create_publisher(kind, name, qos.profile("reliable", QUEUE))
                self._publishers[connection.topic] = publisher
                self._connections.append(connection)
        self._images = [self._publishers[c.topic] for c in (topics.color, topics.depth)]
        self.published_ns: dict[int, int] = {}
        """When the last image of a stamp went out, which is later than the stamp on a busy
        machine."""

    def wait_for_subscribers(self, stop: Event) -> None:
        """Return once both image topics have had a subscriber for `SETTLE_S`.

        Raises:
            BagError: nobody came within the time.
        """
        deadline, settled = Deadline(self._options.wait_s), Deadline(SETTLE_S)
        while not stop.is_set() and not settled.passed:
            lonely = [p.topic_name for p in self._images if p.get_subscription_count() == 0]
            if lonely:
                settled = Deadline(SETTLE_S)
                if deadline.passed:
                    raise BagError(
                        f"nobody subscribed to {' or '.join(lonely)} in {self._options.wait_s:g} s"
                    )
            sleep(0.05)

    def play(self, stop: Event) -> Iterator[Sent]:
        """Publish in real time; yields every colour image as it goes out."""
        start_ns = time_ns()
        for due in self._due():
            ahead_ns = due.offset_ns - (time_ns() - start_ns)
            if stop.wait(max(ahead_ns, 0) / NANOSECONDS):
                return
            stamp_ns = start_ns + due.stamp_offset_ns
            publisher, raw = self._publishers[due.topic], with_stamp_ns(due.raw, stamp_ns)
            if publisher in self._images:
                self.published_ns[stamp_ns] = time_ns()
            publisher.publish(raw)
            if due.topic == self._color.topic:
                yield Sent(stamp_ns, due.number)

    def finish(self) -> None:
        """Wait until every subscriber has what was published."""
        for publisher in self._publishers.values():
            publisher.wait_for_all_acked(Duration(seconds=ACKNOWLEDGE_S))

    def _due(self) -> Iterator[Due]:
        """Every message in the order of playing, round after round."""
        pace, first_stamp_ns = self._pace()
        limit_ns = self._options.seconds * NANOSECONDS - pace.period_ns / 2
        for turn in count():
            number = -1
            for connection, logged_ns, raw in self._reader.messages(self._connections):
                offset_ns = pace.offset_ns(logged_ns - pace.first_ns, turn)
                if self._options.seconds and offset_ns >= limit_ns:
                    return
                number += connection.topic == self._color.topic
                stamp = pace.offset_ns(read_stamp_ns(raw) - first_stamp_ns, turn)
                yield Due(offset_ns, stamp, connection.topic, raw, number)
            if not self._options.seconds:
                return

    def _pace(self) -> tuple[Schedule, int]:
        """The schedule, and the stamp of the first colour image."""
        times: list[int] = []
        first_stamp_ns = 0
        for _, logged_ns, raw in self._reader.messages([self._color]):
            first_stamp_ns = first_stamp_ns if times else read_stamp_ns(raw)
            times.append(logged_ns)
        return schedule(times, self._options.rate_hz), first_stamp_ns


def _image(connection: Connection, base: str, transport: str) -> tuple[type, str]:
    """Message type and topic to publish recorded images with."""
    if connection.msgtype == COMPRESSED_TYPE:
        return CompressedImage, interface.transport_topic(base, transport)
    return Image, base


def _depth_info(reader: BagReader, depth: Connection) -> Connection | None:
    topic = info_topic(depth)
    return next((c for c in reader.connections if c.topic == topic), None)


def play(options: Options) -> Played:
    """Play a recording.

    Raises:
        BagError: the recording cannot be read, lacks a topic, or nobody listens.
    """
    with BagReader(options.bag) as reader, ros_process(NODE_NAME) as (node, stop):
        player = Player(node, reader, options)
        node.get_logger().info(f"waiting for subscribers to play {options.bag}")
        player.wait_for_subscribers(stop)
        node.get_logger().info("playing")
        sent = list(player.play(stop))
        player.finish()
        return Played(sent, player.published_ns)


def parse(arguments: list[str] | None = None) -> tuple[Options, Path | None]:
    """The options, and where to write the report."""
    parser = argparse.ArgumentParser(prog="play", description="Play a recording to the node.")
    parser.add_argument("bag", type=Path, help="a rosbag2 folder or .mcap file")
    parser.add_argument("--rgb-topic", help="colour images in the recording; default: looked for")
    parser.add_argument("--depth-topic", help="depth images; default: looked for")
    parser.add_argument("--rate", type=float, default=30.0, help="colour images/s; 0: as recorded")
    parser.add_argument("--seconds", type=float, default=0.0, help="repeat this long; 0: once")
    parser.add_argument("--wait", type=float, default=60.0, help="seconds to wait for subscribers")
    parser.add_argument("--report", type=Path, help="JSON file for what was sent")
    given = parser.parse_args(arguments)
    options = Options(
        bag=given.bag,
        rgb_topic=given.rgb_topic,
        depth_topic=given.depth_topic,
        rate_hz=given.rate,
        seconds=given.seconds,
        wait_s=given.wait,
    )
    return options, given.report


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code: 0, or 2 with the reason in the log."""
    options, report = parse(arguments)
    try:
        played = play(options)
    except BridgeNetError as error:
        get_logger(NODE_NAME).fatal(str(error))
        return 2
    if report is not None:
        sent = [item._asdict() for item in played.sent]
        published = list(played.published_ns.items())
        report.write_text(json.dumps({"sent": sent, "published_ns": published}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
