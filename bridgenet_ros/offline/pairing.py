"""The pairs of a recording: its two image topics through the synchroniser."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import RgbdFrame
from bridgenet_ros.offline.bag_reader import BagMessage
from bridgenet_ros.offline.bag_topics import InputTopics
from bridgenet_ros.offline.image_messages import (
    AnyImage,
    color_pixels,
    depth_pixels,
    read_any_image,
)
from bridgenet_ros.offline.messages import stamp_of
from bridgenet_ros.sync import Pair, StampSynchronizer

QUEUE_SIZE = 30
"""Images of each stream that may wait for a partner; a recording has time to wait."""


class Recorded(NamedTuple):
    """An image and the time it was recorded."""

    image: AnyImage
    time_ns: int


ImagePair: TypeAlias = Pair[Recorded, Recorded]


class BagPairing:
    """Pairs the images of a recording as its messages come, and counts.

    Args:
        topics: where colour and depth are.
        slop_ns: greatest distance between the stamps of a pair.
        stamp_offset_ns: added to the depth stamps before pairing.
    """

    def __init__(self, topics: InputTopics, *, slop_ns: int, stamp_offset_ns: int = 0) -> None:
        self._topics = topics
        self._slop_ns = slop_ns
        self._stamp_offset_ns = stamp_offset_ns
        self._sync: StampSynchronizer[Recorded, Recorded] = StampSynchronizer(
            slop_ns, QUEUE_SIZE, stamp_offset_ns, eager=False
        )
        self.unreadable = 0
        """Images whose message could not be decoded at all."""
        self.last_error = ""
        """Of the last such image."""
        self._first_ns: dict[str, int] = {}

    def take(self, message: BagMessage) -> list[ImagePair]:
        """The pairs that became certain; none if the message is neither of the two images."""
        topic = message.connection.topic
        if topic == self._topics.color.topic:
            add = self._sync.add_color
        elif topic == self._topics.depth.topic:
            add = self._sync.add_depth
        else:
            return []
        try:
            recorded = read_recorded(message)
        except FrameError as error:
            self.unreadable += 1
            self.last_error = f"{topic}: {error}"
            return []
        stamp_ns = stamp_of(recorded.image)
        self._first_ns.setdefault(topic, stamp_ns)
        return add(stamp_ns, recorded)

    def finish(self) -> Iterable[ImagePair]:
        """The pairs that waited for the end."""
        return self._sync.flush()

    @property
    def pairs(self) -> int:
        """Pairs so far."""
        return self._sync.counters.pairs

    @property
    def unpaired(self) -> dict[str, int]:
        """Images without partner, by reason."""
        return {reason: count for reason, count in self._sync.counters.drops.items() if count}

    @property
    def lead_ns(self) -> int:
        """By how much depth's first stamp is behind colour's; 0 where one has none."""
        color = self._first_ns.get(self._topics.color.topic)
        depth = self._first_ns.get(self._topics.depth.topic)
        return 0 if color is None or depth is None else depth + self._stamp_offset_ns - color

    def why_none(self) -> str:
        """Why there is no pair, in a sentence."""
        if self.unreadable:
            return f"not one frame could be used; the last one: {self.last_error}"
        color, depth = self._topics.color, self._topics.depth
        for topic in (color, depth):
            if topic.topic not in self._first_ns:
                all_of_it = f"all {topic.msgcount} of its messages lie outside of the chosen part"
                return (
                    f"no image of {topic.topic}: {all_of_it if topic.msgcount else 'it is empty'}"
                )
        drops = ", ".join(f"{reason} {n}" for reason, n in self.unpaired.items())
        return (
            f"no image of {color.topic} ({color.msgcount}) has a partner in {depth.topic} "
            f"({depth.msgcount}) within {self._slop_ns / 1e6:g} ms, {lead_text(self.lead_ns)}: "
            f"{drops}"
        )


def lead_text(lead_ns: int) -> str:
    """In words which of the two begins later."""
    when = "before" if lead_ns < 0 else "after"
    return f"depth begins {abs(lead_ns) / 1e9:.3f} s {when} colour"


def read_recorded(message: BagMessage) -> Recorded:
    """The image of a message.

    Raises:
        FrameError: ``undecodable``, it is none.
    """
    return Recorded(read_any_image(message), message.time_ns)


def to_frame(pair: ImagePair) -> RgbdFrame:
    """The decoded pair.

    Raises:
        FrameError: an image has an encoding or size that cannot be used.
    """
    color, depth = pair.color.image, pair.depth.image
    return RgbdFrame(
        rgb=color_pixels(color),
        depth=depth_pixels(depth),
        stamp_ns=pair.color_stamp_ns,
        depth_stamp_ns=pair.depth_stamp_ns,
        frame_id=color.header.frame_id,
        depth_frame_id=depth.header.frame_id,
    )
