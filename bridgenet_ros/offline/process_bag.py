"""From bag to bag: every pair of a recording through the pipeline, into a new recording.

The output topics carry colour's stamp and frame in their headers, and are recorded at the time of
the later message of their pair. All other topics are copied byte for byte.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, TypeAlias

from rosbags.interfaces import Connection

from bridgenet_ros.errors import BagError, EngineError, FrameError
from bridgenet_ros.frame import DepthResult, RgbdFrame
from bridgenet_ros.offline.bag_reader import BagMessage, BagReader, Storage
from bridgenet_ros.offline.bag_topics import InputTopics, TopicNames, find_topics
from bridgenet_ros.offline.bag_writer import BagWriter, check_free
from bridgenet_ros.offline.camera_infos import CameraInfos
from bridgenet_ros.offline.depth_topics import DepthTopics
from bridgenet_ros.offline.messages import read_camera_info
from bridgenet_ros.offline.pairing import BagPairing, ImagePair, to_frame

Progress: TypeAlias = Callable[[int, int], None]
"""Told (messages done, messages in all)."""


class FrameProcessor(Protocol):
    """What turns a frame into depth; `bridgenet_ros.pipeline.Pipeline` is one."""

    def process(self, frame: RgbdFrame, *, estimate: bool = False) -> DepthResult:
        """The frame's depth, or FrameError when this one frame cannot be used."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessOptions:
    """How a recording is processed.

    Attributes:
        topics: input topics; those not named are found.
        namespace: prefix of the output topics.
        estimate: also write the estimated depth.
        encoding: of the output images, 32FC1 or 16UC1.
        slop_ns: greatest distance between the stamps of a pair.
        stamp_offset_ns: added to the depth stamps before pairing.
        storage: of the output; None follows its suffix, or the input.
    """

    topics: TopicNames = field(default_factory=TopicNames)
    namespace: str = ""
    estimate: bool = False
    encoding: str = "32FC1"
    slop_ns: int = 20_000_000
    stamp_offset_ns: int = 0
    storage: Storage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSummary:
    """What became of a recording; ``pairs == results + sum(bad_frames)``.

    Attributes:
        color_topic: where colour was read.
        depth_topic: where depth was read.
        copied: messages copied.
        pairs: colour images with a depth partner.
        results: pairs for which depth was written.
        unpaired: images without partner, by reason.
        bad_frames: pairs that could not be used, by reason.
        unreadable: images whose message could not be decoded at all.
        warnings: what the user should know, in sentences.
    """

    color_topic: str
    depth_topic: str
    copied: int
    pairs: int
    results: int
    unpaired: Mapping[str, int]
    bad_frames: Mapping[str, int]
    unreadable: int
    warnings: tuple[str, ...]


def process_bag(
    source: Path,
    target: Path,
    processor: FrameProcessor,
    options: ProcessOptions | None = None,
    progress: Progress | None = None,
) -> ProcessSummary:
    """Process a whole recording; one thread, so that two runs give the same bytes.

    Args:
        source: rosbag2 directory, .mcap or .db3.
        target: must not exist; appears only when it is whole. See `BagWriter` for its layout.
        processor: called once a pair, in the order of colour's stamps.
        options: see `ProcessOptions`.
        progress: called after every message.

    Raises:
        BagError: the source is damaged or lacks topics, the target is taken or cannot be
            written, or not one frame gave a result.
        ConfigError: the namespace or encoding is not one.
        EngineError: the network failed.
    """
    options = options or ProcessOptions()
    check_free(target)
    with BagReader(source) as reader:
        topics = find_topics(reader.connections, options.topics)
        infos = _read_infos(reader, topics.color_info)
        storage = options.storage or (None if _names_storage(target) else reader.storage)
        with BagWriter(target, storage) as writer:
            copies = {c.id: writer.add_copy(c) for c in reader.connections}
            outputs = DepthTopics(
                writer,
                {c.topic for c in reader.connections},
                infos,
                namespace=options.namespace,
                estimate=options.estimate,
                encoding=options.encoding,
            )
            run = _Run(processor, topics, options, outputs)
            copied = 0
            for message in reader.messages():
                writer.write_raw(copies[message.connection.id], message.time_ns, message.raw)
                run.take(message)
                copied += 1
                if progress is not None:
                    progress(copied, reader.message_count)
            run.finish()
            return run.summary(source, copied, has_infos=bool(infos))


def _names_storage(target: Path) -> bool:
    return target.suffix in {storage.suffix for storage in Storage}


def _read_infos(reader: BagReader, connection: Connection | None) -> CameraInfos:
    """All calibrations first: the one before an image may be recorded after it."""
    if connection is None or not connection.msgcount:
        return CameraInfos(())
    try:
        return CameraInfos(read_camera_info(m.raw) for m in reader.messages([connection]))
    except FrameError as error:
        raise BagError(f"{reader.path}: {connection.topic}: {error}") from error


class _Run:
    """Pairs, processes and counts."""

    def __init__(
        self,
        processor: FrameProcessor,
        topics: InputTopics,
        options: ProcessOptions,
        outputs: DepthTopics,
    ) -> None:
        self._processor = processor
        self._topics = topics
        self._options = options
        self._outputs = outputs
        self._pairing = BagPairing(
            topics, slop_ns=options.slop_ns, stamp_offset_ns=options.stamp_offset_ns
        )
        self._results = 0
        self._bad: Counter[str] = Counter()
        self._last_error = ""

    def take(self, message: BagMessage) -> None:
        """Use a message if it is one of the two images."""
        for pair in self._pairing.take(message):
            self._process(pair)

    def finish(self) -> None:
        """Process the pairs that waited for the end."""
        for pair in self._pairing.finish():
            self._process(pair)

    def summary(self, source: Path, copied: int, *, has_infos: bool) -> ProcessSummary:
        """The counts; a run without any result is an error."""
        pairing = self._pairing
        if not self._results:
            raise BagError(f"{source}: {self._why_nothing()}")
        warnings = []
        if not has_infos:
            warnings.append(
                f"no camera info beside {self._topics.color.topic}: "
                "the output has images only. Name its topic if it has another name"
            )
        if self._outputs.info_problem:
            warnings.append(f"images without camera info: {self._outputs.info_problem}")
        return ProcessSummary(
            color_topic=self._topics.color.topic,
            depth_topic=self._topics.depth.topic,
            copied=copied,
            pairs=pairing.pairs,
            results=self._results,
            unpaired=MappingProxyType(pairing.unpaired),
            bad_frames=MappingProxyType(dict(self._bad)),
            unreadable=pairing.unreadable,
            warnings=tuple(warnings),
        )

    def _process(self, pair: ImagePair) -> None:
        try:
            frame = to_frame(pair)
            result = self._processor.process(frame, estimate=self._options.estimate)
        except FrameError as error:
            self._bad[error.reason] += 1
            self._last_error = str(error)
            return
        except EngineError as error:
            raise EngineError(
                f"frame with colour stamp {pair.color_stamp_ns} ns, after {self._results} "
                f"results: {error}"
            ) from error
        self._outputs.write(result, max(pair.color.time_ns, pair.depth.time_ns))
        self._results += 1

    def _why_nothing(self) -> str:
        if self._last_error:
            return f"not one frame could be used; the last one: {self._last_error}"
        return self._pairing.why_none()
