"""Finds images of a recording again, whose times and stamps a pass before has noted."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from bridgenet_ros.errors import BagError, FrameError
from bridgenet_ros.offline.bag_reader import BagReader
from bridgenet_ros.offline.messages import stamp_of
from bridgenet_ros.offline.pairing import Recorded, read_recorded


class Place(NamedTuple):
    """Where an image of a recording is found."""

    topic: str
    time_ns: int
    stamp_ns: int


def find_again(
    reader: BagReader, groups: Sequence[tuple[Place, ...]]
) -> Iterator[tuple[Recorded, ...]]:
    """The images of each group, in their order; of the recording only their stretch is read.

    Args:
        reader: open.
        groups: at least one; no place twice.

    Raises:
        BagError: the recording is damaged, or an image is not there any more.
    """
    todo = deque(groups)
    wanted = {place for group in groups for place in group}
    times = {(place.topic, place.time_ns) for place in wanted}
    topics = {place.topic for place in wanted}
    found: dict[Place, Recorded] = {}
    messages = reader.messages(
        [c for c in reader.connections if c.topic in topics],
        start_ns=min(place.time_ns for place in wanted),
        stop_ns=max(place.time_ns for place in wanted) + 1,
    )
    for message in messages:
        topic = message.connection.topic
        if (topic, message.time_ns) not in times:
            continue
        with suppress(FrameError):  # the plan has counted what cannot be read
            image = read_recorded(message)
            place = Place(topic, message.time_ns, stamp_of(image.image))
            if place in wanted:
                wanted.remove(place)
                found[place] = image
        while todo and all(place in found for place in todo[0]):
            yield tuple(found.pop(place) for place in todo.popleft())
    if todo:
        first = todo[0][0]
        raise BagError(
            f"{reader.path}: the image of {first.topic} at {first.stamp_ns} ns is gone or "
            "has lost its partner; the recording has changed"
        )
