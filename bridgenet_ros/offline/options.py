"""What is made of a recording, how, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bridgenet_ros.offline.bag_reader import Storage
from bridgenet_ros.offline.bag_topics import TopicNames
from bridgenet_ros.offline.bag_writer import Compression
from bridgenet_ros.offline.selection import Selection
from bridgenet_ros.register_config import RegisterConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessOptions:
    """What is made of a recording.

    Attributes:
        topics: input topics; those not named are found.
        namespace: prefix of the output topics.
        estimate: also write the estimated depth.
        encoding: of the output images, 32FC1 or 16UC1.
        compressed_depth: png or rvl writes them as compressedDepth in place of raw; off does not.
        slop_ns: greatest distance between the stamps of a pair.
        stamp_offset_ns: added to the depth stamps before pairing.
        storage: of the output; None follows its suffix, or the input.
        compression: of the output.
        selection: which part of the recording, and which of its topics.
        segment: see `make_plan`.
        register: how depth comes into the colour view.
    """

    topics: TopicNames = field(default_factory=TopicNames)
    namespace: str = ""
    estimate: bool = False
    encoding: str = "32FC1"
    compressed_depth: str = "off"
    slop_ns: int = 20_000_000
    stamp_offset_ns: int = 0
    storage: Storage | None = None
    compression: Compression = Compression.NONE
    selection: Selection = field(default_factory=Selection)
    segment: int | None = None
    register: RegisterConfig = field(default_factory=RegisterConfig)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How a run goes about it; nothing here changes a byte of the output.

    Attributes:
        workers: processes that compute; 1 is a thread of this one.
        resume: use the finished parts of a run that was interrupted; without any it simply runs,
            and an output that the same run has made already is left as it is.
        overwrite: replace a recording of the target's name.
        report: also write a report. What was made without is processed again to be measured.
        strict: refuse a recording that there is a warning about, and write nothing.
    """

    workers: int = 1
    resume: bool = False
    overwrite: bool = False
    report: bool = False
    strict: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSummary:
    """What became of a recording; ``pairs == results + skipped + sum(bad_frames)``.

    Attributes:
        color_topic: where colour was read.
        depth_topic: where depth was read.
        copied: messages copied.
        pairs: colour images with a depth partner.
        skipped: pairs left out by ``Selection.every``.
        results: pairs for which depth was written.
        unpaired: images without partner, by reason.
        bad_frames: pairs that could not be used, by reason.
        unreadable: images whose message could not be decoded at all.
        reused: segments that an interrupted run had finished.
        was_there: the output was there already, whole; the numbers are of the run that made it.
        warnings: what the user should know, in sentences.
        registration: what depth was found to be and what was done with it, at the end.
    """

    color_topic: str
    depth_topic: str
    copied: int
    pairs: int
    skipped: int
    results: int
    unpaired: Mapping[str, int]
    bad_frames: Mapping[str, int]
    unreadable: int
    reused: int
    warnings: tuple[str, ...]
    registration: str = ""
    was_there: bool = False
