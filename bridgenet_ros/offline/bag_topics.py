"""Which topics of a recording are the images, their calibrations and the fixed transforms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rosbags.interfaces import Connection

from bridgenet_ros.errors import BagError, ConfigError
from bridgenet_ros.interface import COMPRESSED, COMPRESSED_DEPTH, DEPTH_IMAGE, RGB_IMAGE
from bridgenet_ros.offline.messages import (
    CAMERA_INFO_TYPE,
    COMPRESSED_TYPE,
    IMAGE_TYPE,
    TF_TYPE,
)

_NAME = re.compile(r"/?([A-Za-z_]\w*(/[A-Za-z_]\w*)*)?/?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicNames:
    """Topics by name; None is looked for."""

    color: str | None = None
    depth: str | None = None
    color_info: str | None = None
    depth_info: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InputTopics:
    """The topics that a run reads; a recording may lack all but the images."""

    color: Connection
    depth: Connection
    color_info: Connection | None
    depth_info: Connection | None = None
    transforms: tuple[Connection, ...] = ()


OPTIONS = ("--rgb-topic", "--depth-topic")


def find_topics(
    connections: Sequence[Connection], names: TopicNames, options: tuple[str, str] = OPTIONS
) -> InputTopics:
    """The input topics, by the given names or else by type and name.

    Depth is the image topic with ``depth`` in its name, colour the one without, or of several the
    one with ``rgb``, ``color`` or ``colour``; the node's own default names win over others. A
    compressed topic stands in for a raw one that is not there. The calibrations are the
    ``camera_info`` beside the images. ``options`` is what a user can name colour and depth
    with, for the message.

    Raises:
        BagError: a topic is absent, has another type, or several fit; the topics are listed.
    """
    depths = [c for c in _images(connections, COMPRESSED_DEPTH) if _is_depth(c)]
    colors = [c for c in _images(connections, COMPRESSED) if not _is_depth(c)]
    if len(colors) > 1:
        colors = [c for c in colors if re.search("rgb|colou?r", c.topic.lower())]
    color = _pick(connections, names.color, colors, "colour", options[0], RGB_IMAGE)
    depth = _pick(connections, names.depth, depths, "depth", options[1], DEPTH_IMAGE)
    if color.topic == depth.topic:
        raise BagError(f"{color.topic} is named as colour and as depth; expected two topics")
    return InputTopics(
        color=color,
        depth=depth,
        color_info=_find_info(connections, names.color_info, color),
        depth_info=_find_info(connections, names.depth_info, depth),
        transforms=tuple(
            c for c in connections if c.msgtype == TF_TYPE and c.topic.endswith("/tf_static")
        ),
    )


def base_topic(connection: Connection) -> str:
    """The image topic that this is, or that this is a compressed transport of."""
    parent, _, transport = connection.topic.rpartition("/")
    if connection.msgtype == COMPRESSED_TYPE and transport in (COMPRESSED, COMPRESSED_DEPTH):
        return parent
    return connection.topic


def info_topic(connection: Connection) -> str:
    """The camera info that belongs to an image topic."""
    return base_topic(connection).rpartition("/")[0] + "/camera_info"


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


def _is_depth(connection: Connection) -> bool:
    return "depth" in base_topic(connection).lower()


def _images(connections: Sequence[Connection], transport: str) -> list[Connection]:
    """Raw images, and compressed ones that are not there raw and not of another transport."""
    raw = [c for c in connections if c.msgtype == IMAGE_TYPE]
    names = {c.topic for c in raw}
    compressed = [
        c
        for c in connections
        if c.msgtype == COMPRESSED_TYPE
        and base_topic(c) not in names
        and c.topic in (base_topic(c), f"{base_topic(c)}/{transport}")
    ]
    return raw + compressed


def _pick(
    connections: Sequence[Connection],
    given: str | None,
    found: Sequence[Connection],
    role: str,
    option: str,
    default: str,
) -> Connection:
    if given is not None:
        return _named(connections, given, IMAGE_TYPE, COMPRESSED_TYPE)
    exact = [c for c in found if base_topic(c) == f"/{default}"]
    candidates = exact or found
    if len(candidates) != 1:
        problem = "no topic looks like" if not candidates else "several topics may be"
        raise BagError(
            f"{problem} the {role} image; name it with {option}. {_listing(connections)}"
        )
    return candidates[0]


def _find_info(
    connections: Sequence[Connection], given: str | None, image: Connection
) -> Connection | None:
    if given is not None:
        return _named(connections, given, CAMERA_INFO_TYPE)
    sibling = info_topic(image)
    infos = [c for c in connections if c.topic == sibling and c.msgtype == CAMERA_INFO_TYPE]
    return infos[0] if infos else None


def _named(connections: Sequence[Connection], topic: str, *msgtypes: str) -> Connection:
    wanted = topic if topic.startswith("/") else f"/{topic}"
    for connection in connections:
        if connection.topic == wanted:
            if connection.msgtype not in msgtypes:
                expected = " or ".join(msgtypes)
                raise BagError(f"{wanted} is of type {connection.msgtype}; expected {expected}")
            return connection
    raise BagError(f"topic {wanted} is not in the recording. {_listing(connections)}")


def _listing(connections: Sequence[Connection]) -> str:
    topics = sorted(f"{c.topic} ({c.msgtype}, {c.msgcount} messages)" for c in connections)
    return "Topics: " + (", ".join(topics) or "none")
