"""Which topics of a recording are the images, their calibrations and the fixed transforms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rosbags.interfaces import Connection

from bridgenet_ros.errors import BagError, ConfigError, TopicError
from bridgenet_ros.offline.messages import TF_TYPE
from bridgenet_ros.realsense_recording import StreamPair, stream_of
from bridgenet_ros.topic_choice import OPTIONS, TopicNames, base_topic, choose_topics, info_topic

__all__ = [
    "InputTopics",
    "TopicNames",
    "base_topic",
    "find_topics",
    "info_topic",
    "output_topic",
    "problem_of",
]

_NAME = re.compile(r"/?([A-Za-z_]\w*(/[A-Za-z_]\w*)*)?/?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputTopics:
    """The topics that a run reads; a recording may lack all but the images."""

    color: Connection
    depth: Connection
    color_info: Connection | None
    depth_info: Connection | None = None
    transforms: tuple[Connection, ...] = ()
    realsense: tuple[Connection, ...] = ()
    """What a recording of the RealSense SDK says of its two streams."""

    @property
    def streams(self) -> StreamPair | None:
        """The SDK's streams, of which nothing is known yet; None if depth is none of them."""
        color, depth = (stream_of(base_topic(image)) for image in (self.color, self.depth))
        return None if depth is None else StreamPair(color, depth)


def find_topics(
    connections: Sequence[Connection], names: TopicNames, options: tuple[str, str] = OPTIONS
) -> InputTopics:
    """The input topics of a recording, see `choose_topics`, and those that say how they stand.

    Raises:
        BagError: a topic is absent, has another type, or several fit; the topics are listed.
    """
    try:
        chosen = choose_topics(connections, names, options)
    except TopicError as error:
        raise BagError(f"{error}. {_listing(connections)}") from error
    found = InputTopics(
        color=chosen.color,
        depth=chosen.depth,
        color_info=chosen.color_info,
        depth_info=chosen.depth_info,
        transforms=tuple(
            c for c in connections if c.msgtype == TF_TYPE and c.topic.endswith("/tf_static")
        ),
    )
    streams = found.streams
    if streams is None:
        return found
    facts = [c for c in connections if streams.is_fact(c.topic, c.msgtype)]
    return replace(found, realsense=tuple(facts))


@contextmanager
def problem_of(recording: Path) -> Iterator[None]:
    """Name the recording in what is wrong with its topics.

    Raises:
        BagError: in place of one of the block.
    """
    try:
        yield
    except BagError as error:
        raise BagError(f"{recording}: {error}") from error


def output_topic(namespace: str, name: str) -> str:
    """The absolute name of an output topic.

    Raises:
        ConfigError: the namespace is no ROS name.
    """
    if not _NAME.fullmatch(namespace):
        raise ConfigError(
            f"namespace is {namespace!r}; expected names of letters, digits and underscores, "
            "separated by slashes"
        )
    return "/" + "/".join(part for part in [*namespace.split("/"), name] if part)


def _listing(connections: Sequence[Connection]) -> str:
    topics = sorted(f"{c.topic} ({c.msgtype}, {c.msgcount} messages)" for c in connections)
    return "Topics: " + (", ".join(topics) or "none")
