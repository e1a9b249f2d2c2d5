"""What is remembered of one image topic while it is looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import DepthArray, UInt8Array

ALL_OF_FIRST = 3
ONE_OF = 30
"""So many of the first images are decoded, then one of so many: a JPEG takes its time."""

Pixels = TypeVar("Pixels", UInt8Array, DepthArray)


class Arrival(NamedTuple):
    """When an image came or was recorded, and its stamp; nanoseconds."""

    arrived_ns: int
    stamp_ns: int


class StreamRecord(Generic[Pixels]):
    """Fed with every message of a topic.

    Args:
        role: ``colour`` or ``depth``.
        topic: its full name.
    """

    def __init__(self, role: str, topic: str) -> None:
        self.role = role
        self.topic = topic
        self.arrivals: list[Arrival] = []
        self.frame_ids: dict[str, None] = {}
        self.encodings: dict[str, None] = {}
        self.sizes: dict[tuple[int, int], None] = {}
        """(height, width), as with the others in the order in which they were seen."""
        self.undecodable = 0
        self.last_error = ""
        self.pixels: Pixels | None = None
        """Of the last image that was decoded."""

    def add(
        self, arrival: Arrival, frame_id: str, encoding: str, decode: Callable[[], Pixels]
    ) -> None:
        """A message: its times, its header's frame, its encoding or format, and its pixels."""
        count = len(self.arrivals)
        self.arrivals.append(arrival)
        self.frame_ids[frame_id] = None
        self.encodings[encoding] = None
        if count >= ALL_OF_FIRST and count % ONE_OF:
            return
        try:
            self.pixels = decode()
        except FrameError as error:
            self.undecodable += 1
            self.last_error = str(error)
        else:
            height, width = self.pixels.shape[:2]
            self.sizes[height, width] = None

    @property
    def frame_id(self) -> str:
        """The last one; empty where there is none."""
        return next(reversed(self.frame_ids), "")

    @property
    def size(self) -> tuple[int, int] | None:
        """(height, width) of the last decoded image."""
        return None if self.pixels is None else (self.pixels.shape[0], self.pixels.shape[1])
