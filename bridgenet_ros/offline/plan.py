"""What a run will do: the pairs of a recording, cut into segments, and all that fits no pair.

One pass over the images and calibrations, before any work. It finds what is damaged while nothing
is lost yet, and it decides about pairs once, so that the cut cannot change them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from bridgenet_ros.errors import BagError, FrameError
from bridgenet_ros.image_file import Size
from bridgenet_ros.offline.bag_reader import BagMessage, BagReader
from bridgenet_ros.offline.bag_topics import InputTopics
from bridgenet_ros.offline.camera_infos import CameraInfos
from bridgenet_ros.offline.image_messages import color_pixels, size_of
from bridgenet_ros.offline.messages import read_camera_info
from bridgenet_ros.offline.pairing import BagPairing, ImagePair
from bridgenet_ros.offline.recorded_transforms import RecordedTransforms
from bridgenet_ros.offline.selection import Selection

PairArray: TypeAlias = npt.NDArray[np.int64]
"""(n, 4): recording time and stamp of colour, then of depth, in nanoseconds."""

_SEGMENTS = 128
_FEWEST, _MOST = 4, 32
"""Small, because at the end one worker may wait for another's segment."""
_SIZES = 4
_VIEWS = 6
"""So many pairs show in a report what was made of a recording."""


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """Pairs that are processed together, in the order of colour's stamps.

    Attributes:
        index: of the segment.
        pairs: a part of the plan's.
        viewed: rows of ``pairs`` that a report shows.
    """

    index: int
    pairs: PairArray
    viewed: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """The pairs of a recording.

    Attributes:
        pairs: those to process.
        segment: of so many pairs a segment is.
        skipped: pairs left out by ``Selection.every``.
        unpaired: images without partner, by reason.
        unreadable: images whose message could not be decoded at all.
        lead_ns: by how much depth's first stamp is behind colour's.
        infos: colour's calibrations, of the whole recording.
        depth_infos: depth's calibrations, of the whole recording.
        transforms: of the whole recording, and the unit of depth.
        pixels: of the first colour image that can be decoded; 0 when there is none.
        image_bytes: of the images of the pairs' topics that are copied.
        sizes: the first few that the paired images of each topic have, in their order.
    """

    pairs: PairArray
    segment: int
    skipped: int
    unpaired: Mapping[str, int]
    unreadable: int
    lead_ns: int
    infos: CameraInfos
    depth_infos: CameraInfos
    transforms: RecordedTransforms
    pixels: int
    image_bytes: int
    sizes: Mapping[str, Sequence[Size]]

    @property
    def segment_count(self) -> int:
        """Segments in all."""
        return -(-len(self.pairs) // self.segment)

    def segments(self) -> Iterator[Segment]:
        """The segments in order."""
        for index in range(self.segment_count):
            first = index * self.segment
            pairs = self.pairs[first : first + self.segment]
            viewed = frozenset(n - first for n in self.viewed() if 0 <= n - first < len(pairs))
            yield Segment(index, pairs, viewed)

    def viewed(self) -> list[int]:
        """Rows of ``pairs`` that a report shows, evenly spaced."""
        count = min(_VIEWS, len(self.pairs))
        return [(2 * number + 1) * len(self.pairs) // (2 * count) for number in range(count)]


def make_plan(
    reader: BagReader,
    topics: InputTopics,
    selection: Selection,
    *,
    slop_ns: int,
    stamp_offset_ns: int,
    segment: int | None = None,
) -> Plan:
    """Read the recording once and pair its images.

    Args:
        reader: open.
        topics: of the recording.
        selection: which part of it.
        slop_ns: greatest distance between the stamps of a pair.
        stamp_offset_ns: added to the depth stamps before pairing.
        segment: pairs of a segment; None takes a 128th of the pairs, from 4 to 32. It does not
            depend on the number of workers, so that theirs is the same cut.

    Raises:
        BagError: the recording is damaged, or no colour image has a partner.
    """
    pairing = BagPairing(topics, slop_ns=slop_ns, stamp_offset_ns=stamp_offset_ns)
    scan = _Scan(reader, topics, selection, pairing)
    rows: list[PairArray] = []
    block: list[tuple[int, int, int, int]] = []
    for pair in scan.pairs():
        block.append(_row(pair))
        if len(block) == 1024:
            rows.append(np.array(block, np.int64))
            block.clear()
    rows.append(np.array(block, np.int64).reshape(-1, 4))
    pairs = np.concatenate(rows)
    if not len(pairs):
        raise BagError(f"{reader.path}: {pairing.why_none()}")
    chosen = pairs[:: selection.every]
    return Plan(
        pairs=chosen,
        segment=segment or min(max(len(chosen) // _SEGMENTS, _FEWEST), _MOST),
        skipped=len(pairs) - len(chosen),
        unpaired=pairing.unpaired,
        unreadable=pairing.unreadable,
        lead_ns=pairing.lead_ns,
        infos=scan.infos,
        depth_infos=scan.depth_infos,
        transforms=scan.transforms,
        pixels=scan.pixels,
        image_bytes=scan.image_bytes,
        sizes={topic: list(sizes) for topic, sizes in scan.sizes.items()},
    )


class _Scan:
    """The pass over a recording."""

    def __init__(
        self, reader: BagReader, topics: InputTopics, selection: Selection, pairing: BagPairing
    ) -> None:
        self._reader = reader
        self._topics = topics
        self._selection = selection
        self._window = selection.window(reader.first_time_ns)
        self._pairing = pairing
        self.infos = CameraInfos()
        self.depth_infos = CameraInfos()
        self.transforms = RecordedTransforms(topics)
        self._collectors: dict[str, Callable[[BagMessage], None]] = {
            c.topic: self.transforms.add for c in (*topics.transforms, *topics.realsense)
        }
        for infos, connection in (
            (self.depth_infos, topics.depth_info),
            (self.infos, topics.color_info),
        ):
            if connection is not None:
                self._collectors[connection.topic] = partial(_add_info, infos)
        self.pixels = 0
        self.image_bytes = 0
        self.sizes: dict[str, dict[Size, None]] = {
            c.topic: {} for c in (topics.color, topics.depth)
        }

    def pairs(self) -> Iterator[ImagePair]:
        """The pairs; calibrations and transforms are complete after the last one."""
        wanted = {self._topics.color.topic, self._topics.depth.topic, *self._collectors}
        connections = [c for c in self._reader.connections if c.topic in wanted]
        start_ns, stop_ns = self._window
        for message in self._reader.messages(connections):
            if message.connection.topic in self._collectors:
                self._collect(message)
            elif (start_ns is None or message.time_ns >= start_ns) and (
                stop_ns is None or message.time_ns < stop_ns
            ):
                if self._selection.is_copied(message.connection.topic):
                    self.image_bytes += len(message.raw)
                yield from map(self._seen, self._pairing.take(message))
        yield from map(self._seen, self._pairing.finish())

    def _collect(self, message: BagMessage) -> None:
        try:
            self._collectors[message.connection.topic](message)
        except FrameError as error:
            raise BagError(f"{self._reader.path}: {message.connection.topic}: {error}") from error

    def _seen(self, pair: ImagePair) -> ImagePair:
        if not self.pixels:
            with suppress(FrameError):
                self.pixels = prod(color_pixels(pair.color.image).shape[:2])
        images = pair.color.image, pair.depth.image
        for sizes, image in zip(self.sizes.values(), images, strict=True):
            if len(sizes) < _SIZES:
                with suppress(FrameError):
                    sizes[size_of(image)] = None
        return pair


def _add_info(infos: CameraInfos, message: BagMessage) -> None:
    infos.add(read_camera_info(message.raw))


def _row(pair: ImagePair) -> tuple[int, int, int, int]:
    return pair.color.time_ns, pair.color_stamp_ns, pair.depth.time_ns, pair.depth_stamp_ns
