"""Which topics are the images and their calibrations, by given names or else by type and name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from bridgenet_ros.errors import TopicError
from bridgenet_ros.interface import COMPRESSED, COMPRESSED_DEPTH, DEPTH_IMAGE, RGB_IMAGE
from bridgenet_ros.realsense_recording import stream_of

IMAGE_TYPE = "sensor_msgs/msg/Image"
COMPRESSED_TYPE = "sensor_msgs/msg/CompressedImage"
CAMERA_INFO_TYPE = "sensor_msgs/msg/CameraInfo"
OPTIONS = ("--rgb-topic", "--depth-topic")


class Topic(Protocol):
    """What is known of a topic; a connection of a recording is one."""

    @property
    def topic(self) -> str:
        """Its full name."""

    @property
    def msgtype(self) -> str:
        """Its ROS type."""


T = TypeVar("T", bound=Topic)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicNames:
    """Topics by name; None is looked for."""

    color: str | None = None
    depth: str | None = None
    color_info: str | None = None
    depth_info: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenTopics(Generic[T]):
    """The topics of a camera; the calibrations may be absent."""

    color: T
    depth: T
    color_info: T | None
    depth_info: T | None


def choose_topics(
    topics: Sequence[T], names: TopicNames, options: tuple[str, str] = OPTIONS
) -> ChosenTopics[T]:
    """The topics of a camera.

    Depth is the image topic with ``depth`` in its name, colour the one without, or of several the
    one with ``rgb``, ``color`` or ``colour``; the node's own default names win over others. A
    compressed topic stands in for a raw one that is not there. The calibrations are the
    ``camera_info`` beside the images.

    Args:
        topics: all that there are.
        names: those that the user has given.
        options: what a user can name colour and depth with, for the message.

    Raises:
        TopicError: a topic is absent, has another type, or several fit.
    """
    depths = [t for t in _images(topics, COMPRESSED_DEPTH) if _is_depth(t)]
    colors = [t for t in _images(topics, COMPRESSED) if not _is_depth(t)]
    if len(colors) > 1:
        colors = [t for t in colors if re.search("rgb|colou?r", t.topic.lower())] or colors
    color = _pick(topics, names.color, colors, "colour", options[0], RGB_IMAGE)
    depth = _pick(topics, names.depth, depths, "depth", options[1], DEPTH_IMAGE)
    if color.topic == depth.topic:
        raise TopicError(f"{color.topic} is named as colour and as depth; expected two topics")
    return ChosenTopics(
        color=color,
        depth=depth,
        color_info=_find_info(topics, names.color_info, color),
        depth_info=_find_info(topics, names.depth_info, depth),
    )


def base_topic(topic: Topic) -> str:
    """The image topic that this is, or that this is a compressed transport of."""
    parent, _, transport = topic.topic.rpartition("/")
    if topic.msgtype == COMPRESSED_TYPE and transport in (COMPRESSED, COMPRESSED_DEPTH):
        return parent
    return topic.topic


def info_topic(topic: Topic) -> str:
    """The camera info that belongs to an image topic."""
    stream = stream_of(base_topic(topic))
    if stream is not None:
        return stream.info_topic
    return base_topic(topic).rpartition("/")[0] + "/camera_info"


def _is_depth(topic: Topic) -> bool:
    return "depth" in base_topic(topic).lower()


def _images(topics: Sequence[T], transport: str) -> list[T]:
    """Raw images, and compressed ones that are not there raw and not of another transport."""
    raw = [t for t in topics if t.msgtype == IMAGE_TYPE]
    names = {t.topic for t in raw}
    compressed = [
        t
        for t in topics
        if t.msgtype == COMPRESSED_TYPE
        and base_topic(t) not in names
        and t.topic in (base_topic(t), f"{base_topic(t)}/{transport}")
    ]
    return raw + compressed


def _pick(
    topics: Sequence[T],
    given: str | None,
    found: Sequence[T],
    role: str,
    option: str,
    default: str,
) -> T:
    if given is not None:
        return _named(topics, given, IMAGE_TYPE, COMPRESSED_TYPE)
    exact = [t for t in found if base_topic(t) == f"/{default}"]
    candidates = exact or found
    if not candidates:
        raise TopicError(f"no topic looks like the {role} image; name it with {option}")
    if len(candidates) > 1:
        those = ", ".join(sorted(t.topic for t in candidates))
        raise TopicError(f"several topics may be the {role} image: {those}; name it with {option}")
    return candidates[0]


def _find_info(topics: Sequence[T], given: str | None, image: T) -> T | None:
    if given is not None:
        return _named(topics, given, CAMERA_INFO_TYPE)
    sibling = info_topic(image)
    infos = [t for t in topics if t.topic == sibling and t.msgtype == CAMERA_INFO_TYPE]
    return infos[0] if infos else None


def _named(topics: Sequence[T], name: str, *msgtypes: str) -> T:
    wanted = name if name.startswith("/") else f"/{name}"
    for topic in topics:
        if topic.topic == wanted:
            if topic.msgtype not in msgtypes:
                expected = " or ".join(msgtypes)
                raise TopicError(f"{wanted} is of type {topic.msgtype}; expected {expected}")
            return topic
    raise TopicError(f"there is no topic {wanted}")
