"""The pairs of a recording as a data set for training and evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bridgenet_ros.config import NodeConfig
from bridgenet_ros.data.dataset import (
    DatasetCard,
    Intrinsics,
    Quantity,
    RgbdDataset,
    RgbdSample,
    checked,
)
from bridgenet_ros.depth_units import MILLIMETRE, to_metres
from bridgenet_ros.errors import BagError, DatasetError, FrameError
from bridgenet_ros.frame import RgbdFrame
from bridgenet_ros.offline.bag_reader import BagReader, Storage
from bridgenet_ros.offline.bag_topics import InputTopics, TopicNames, find_topics, problem_of
from bridgenet_ros.offline.messages import read_camera_info, stamp_text
from bridgenet_ros.offline.pairing import BagPairing, ImagePair, to_frame
from bridgenet_ros.offline.places import Place, find_again
from bridgenet_ros.sync import Pair

LICENCE = "not stated in the recording"
NAMED_AFTER_PATH = ("PATH#COLOUR,DEPTH", "PATH#COLOUR,DEPTH")


@dataclass(frozen=True, kw_only=True, slots=True)
class BagDataset(RgbdDataset):
    """The pairs of a recording. Make it with `open_bag`."""

    path: Path
    card: DatasetCard
    recording: Path
    pairs: tuple[tuple[Place, Place], ...]
    """Colour and depth, in the order of colour's stamps."""

    @property
    def names(self) -> tuple[str, ...]:
        """Colour's stamps in seconds; the point keeps them apart from image indices."""
        return tuple(stamp_text(color.stamp_ns) for color, _ in self.pairs)

    def load(self, index: int) -> RgbdSample:
        """Read and decode pair ``index``; depth in metres, NaN, 0 and out of range invalid.

        Raises:
            DatasetError: an encoding cannot be used, depth is not registered to colour or has
                another size, or not one pixel is valid.
            BagError: the recording is damaged.
        """
        color, depth = self.pairs[index]
        name = stamp_text(color.stamp_ns)
        try:
            with BagReader(self.recording) as reader:
                ((rgb, range_image),) = find_again(reader, [(color, depth)])
            pair: ImagePair = Pair(rgb, range_image, color.stamp_ns, depth.stamp_ns)
            sample = _sample(name, to_frame(pair))
        except FrameError as error:
            raise DatasetError(f"{self.path}: {name}: {error}") from error
        return checked(sample, f"{self.path}: {name}")

    def files(self, index: int) -> tuple[Path, ...]:
        """The recording's files, whatever the pair."""
        del index
        return _files(self.recording)


def open_bag(recording: Path, topics: str = "") -> BagDataset:
    """Pair the images of a recording as `process_bag` does, with the node's default settings.

    Integer depth is in millimetres (REP 118). The data set's split is ``train``.

    Args:
        recording: rosbag2 directory, .mcap or .db3, or a ROS 1 .bag.
        topics: ``COLOUR,DEPTH``; empty finds them by type and name.

    Raises:
        DatasetError: ``topics`` is not two names.
        BagError: the recording is damaged, lacks the topics, or holds no pair.
    """
    names = _topic_names(recording, topics)
    with BagReader(recording) as reader:
        with problem_of(reader.path):
            found = find_topics(reader.connections, names, NAMED_AFTER_PATH)
        pairing = BagPairing(found, slop_ns=NodeConfig().sync.slop_ns)
        pairs = [
            _places(pair, found)
            for message in reader.messages([found.color, found.depth])
            for pair in pairing.take(message)
        ]
        pairs += [_places(pair, found) for pair in pairing.finish()]
        if not pairs:
            raise BagError(f"{recording}: {pairing.why_none()}")
        intrinsics, distortion = _camera(reader, found)
    return BagDataset(
        path=Path(f"{recording}#{topics}") if topics else recording,
        card=DatasetCard(
            name=recording.resolve().stem,
            quantity=Quantity.DEPTH,
            unit="m",
            stored_unit=MILLIMETRE,
            split="train",
            licence=LICENCE,
            intrinsics=intrinsics,
            distortion=distortion,
        ),
        recording=recording,
        pairs=tuple(pairs),
    )


def _topic_names(recording: Path, topics: str) -> TopicNames:
    if not topics:
        return TopicNames()
    color, comma, depth = topics.partition(",")
    if not (color and comma and depth) or "," in depth:
        raise DatasetError(
            f"{recording}: topics are {topics!r}; expected two names, as in "
            "PATH#/rgb/image,/depth/image"
        )
    return TopicNames(color=color, depth=depth)


def _places(pair: ImagePair, topics: InputTopics) -> tuple[Place, Place]:
    return (
        Place(topics.color.topic, pair.color.time_ns, pair.color_stamp_ns),
        Place(topics.depth.topic, pair.depth.time_ns, pair.depth_stamp_ns),
    )


def _sample(name: str, frame: RgbdFrame) -> RgbdSample:
    config = NodeConfig()
    if frame.depth_frame_id != frame.frame_id:
        raise FrameError(
            "frame_id",
            f"depth is in frame {frame.depth_frame_id!r}, colour in {frame.frame_id!r}; "
            "expected depth registered to colour",
        )
    depth_m = to_metres(
        frame.depth,
        scale_m=config.input.depth_scale,
        min_m=config.input.min_depth,
        max_m=config.input.max_depth,
    )
    rgb = np.ascontiguousarray(frame.rgb)
    return RgbdSample(name, rgb, depth_m, depth_m > 0, frame.stamp_ns, frame.depth_stamp_ns)


def _camera(
    reader: BagReader, topics: InputTopics
) -> tuple[Intrinsics | None, tuple[float, ...] | None]:
    """The first calibration of the colour camera; a focal length of 0 means that it has none."""
    if topics.color_info is None:
        return None, None
    for message in reader.messages([topics.color_info]):
        try:
            info = read_camera_info(message.raw)
        except FrameError as error:
            raise BagError(f"{reader.path}: {topics.color_info.topic}: {error}") from error
        if info.k[0] > 0:
            intrinsics = Intrinsics(*(float(info.k[i]) for i in (0, 4, 2, 5)))
            return intrinsics, tuple(float(d) for d in info.d) or None
    return None, None


def _files(recording: Path) -> tuple[Path, ...]:
    if recording.is_file():
        return (recording,)
    stored = [p for p in recording.iterdir() if {s.suffix for s in Storage} & set(p.suffixes)]
    return tuple(sorted(stored))
