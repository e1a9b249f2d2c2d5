"""Which images of a recording make the frames of an export: colour, and depth of up to three kinds.

A processed recording holds super-resolved depth, which an export is about, and beside it what the
sensor gave and what the network estimated. A raw one holds the sensor's alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from rosbags.interfaces import Connection

from bridgenet_ros.errors import BagError
from bridgenet_ros.interface import MDE_IMAGE, SR_IMAGE
from bridgenet_ros.offline.bag_reader import BagReader
from bridgenet_ros.offline.bag_topics import InputTopics, TopicNames, base_topic, find_topics
from bridgenet_ros.offline.camera_infos import CameraInfos
from bridgenet_ros.offline.messages import COMPRESSED_TYPE, IMAGE_TYPE
from bridgenet_ros.offline.places import Place
from bridgenet_ros.offline.plan import Plan, make_plan
from bridgenet_ros.offline.selection import Selection

SR, SENSOR, MDE = "sr", "sensor", "mde"
"""Super-resolved depth, that of the camera, and that estimated from colour."""

_RESULTS = {SR: SR_IMAGE, MDE: MDE_IMAGE}
_BLOCK = 64
_NONE = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FramePlan:
    """The frames of an export.

    Attributes:
        topics: by kind of depth; the first kind is the one that frames are paired by.
        plans: of the pairs, by kind.
        rows: (frames, 2 + 2 * kinds) recording time and stamp of colour, then of each kind; -1
            where a frame lacks it, which the first kind never does.
    """

    topics: Mapping[str, InputTopics]
    plans: Mapping[str, Plan]
    rows: npt.NDArray[np.int64]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of depth, the main one first."""
        return tuple(self.topics)

    @property
    def main(self) -> Plan:
        """The plan of the first kind."""
        return self.plans[self.kinds[0]]

    def infos(self, kind: str) -> CameraInfos:
        """The calibrations of a kind of depth."""
        return self.plans[kind].depth_infos

    def blocks(self) -> Iterator[list[dict[str, Place]]]:
        """The frames in order, some at a time: where colour (under ``""``) and each kind lie."""
        first = next(iter(self.topics.values()))
        names = {"": first.color.topic, **{k: t.depth.topic for k, t in self.topics.items()}}
        for start in range(0, len(self.rows), _BLOCK):
            yield [
                {
                    kind: Place(topic, row[2 * n], row[2 * n + 1])
                    for n, (kind, topic) in enumerate(names.items())
                    if row[2 * n] != _NONE
                }
                for row in self.rows[start : start + _BLOCK].tolist()
            ]


def find_depths(
    connections: Sequence[Connection], names: TopicNames, sr_topic: str | None = None
) -> dict[str, InputTopics]:
    """Colour with each kind of depth that a recording holds; super-resolved first, if it is there.

    Args:
        connections: of the recording.
        names: of colour and the sensor's depth; None is looked for, see `find_topics`.
        sr_topic: of super-resolved depth; None looks for ``sr/depth/image`` in any namespace.

    Raises:
        BagError: colour is absent, no depth is there, or several topics fit.
    """
    ours = _results(connections)
    if sr_topic is None and SR in ours:
        if len(ours[SR]) > 1:
            raise BagError(
                f"several topics may be super-resolved depth: {', '.join(sorted(ours[SR]))}; name "
                "it with --sr-topic"
            )
        sr_topic = next(iter(ours[SR].values()))
    found: dict[str, InputTopics] = {}
    if sr_topic is not None:
        found[SR] = find_topics(connections, replace(names, depth=sr_topic, depth_info=None))
    taken = {topic for topics in ours.values() for topic in topics.values()}
    if SR in found:
        taken.add(found[SR].depth.topic)
    others = [c for c in connections if c.topic not in taken]
    if SR not in found or names.depth or any(map(_is_depth, others)):
        found[SENSOR] = find_topics(others, names)
    if SR in found:
        # Estimated depth of the same run lies in the same namespace.
        namespace = base_topic(found[SR].depth).removesuffix(SR_IMAGE)
        if mde := ours.get(MDE, {}).get(namespace + MDE_IMAGE):
            found[MDE] = find_topics(connections, replace(names, depth=mde, depth_info=None))
    return found


def plan_frames(
    reader: BagReader, topics: Mapping[str, InputTopics], selection: Selection, slop_ns: int
) -> FramePlan:
    """Read the recording once for each kind of depth and note the frames.

    Raises:
        BagError: the recording is damaged, holds no pair of one kind, or two frames with one
            stamp, so that they would have one name.
    """
    plans = {}
    for number, (kind, found) in enumerate(topics.items()):
        # Every n-th frame of the main kind; of the others those that belong to them.
        chosen = selection if number == 0 else replace(selection, every=1)
        plans[kind] = make_plan(reader, found, chosen, slop_ns=slop_ns, stamp_offset_ns=0)
    main, *others = plans.values()
    _check_stamps(reader, main.pairs[:, 1])
    columns = [main.pairs]
    for plan in others:
        partners = {(row[0], row[1]): (row[2], row[3]) for row in plan.pairs.tolist()}
        rows = [partners.get((row[0], row[1]), (_NONE, _NONE)) for row in main.pairs.tolist()]
        columns.append(np.array(rows, np.int64).reshape(-1, 2))
    return FramePlan(topics=topics, plans=plans, rows=np.hstack(columns))


def _results(connections: Sequence[Connection]) -> dict[str, dict[str, str]]:
    """By kind, the image topics of our results in any namespace, to the topic that holds them."""
    results: dict[str, dict[str, str]] = {}
    # Raw images last, as they are preferred to compressed ones.
    for connection in sorted(connections, key=lambda c: c.msgtype == IMAGE_TYPE):
        base = base_topic(connection)
        for kind, name in _RESULTS.items():
            if base.endswith(f"/{name}") and _is_depth(connection):
                results.setdefault(kind, {})[base] = connection.topic
    return results


def _is_depth(connection: Connection) -> bool:
    is_image = connection.msgtype in {IMAGE_TYPE, COMPRESSED_TYPE}
    return is_image and "depth" in base_topic(connection).lower()


def _check_stamps(reader: BagReader, stamps: npt.NDArray[np.int64]) -> None:
    values, counts = np.unique(stamps, return_counts=True)
    if (counts > 1).any():
        raise BagError(
            f"{reader.path}: {counts.max()} frames have the stamp {values[counts.argmax()]} ns, "
            "and a frame is named by its stamp; choose a part with --start and --duration"
        )
