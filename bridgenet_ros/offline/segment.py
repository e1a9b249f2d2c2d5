"""One worker's share of a run: a segment's pairs through the pipeline, into a part file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import NamedTuple, Protocol, TypeAlias

from bridgenet_ros.errors import EngineError, FrameError
from bridgenet_ros.frame import DepthResult, RgbdFrame
from bridgenet_ros.offline.bag_reader import BagReader
from bridgenet_ros.offline.bag_rigs import BagRigs
from bridgenet_ros.offline.camera_infos import CameraInfos
from bridgenet_ros.offline.depth_topics import DepthTopics, TopicWriter
from bridgenet_ros.offline.measuring import Measurer
from bridgenet_ros.offline.overlap import WriteBehind, read_ahead
from bridgenet_ros.offline.pairing import ImagePair, to_frame
from bridgenet_ros.offline.parts import Part, PartStore
from bridgenet_ros.offline.places import Place, find_again
from bridgenet_ros.offline.plan import Segment
from bridgenet_ros.sync import Pair


class FrameProcessor(Protocol):
    """What turns a frame into depth; `bridgenet_ros.pipeline.Pipeline` is one."""

    def infer(self, frame: RgbdFrame, *, estimate: bool = False) -> Callable[[], DepthResult]:
        """What gives the frame's depth, or FrameError when this one frame cannot be used.

        It is called once, in the order of the frames, beside the next ones.
        """
        ...

    def reset(self) -> None:
        """Forget the frames so far: what comes next is another stretch of the recording."""
        ...

    def close(self) -> None:
        """Free what it holds; may be called twice."""
        ...


MakeProcessor: TypeAlias = Callable[[], FrameProcessor]


class Signals(Protocol):
    """What a worker and its parent tell each other while a segment runs."""

    def tick(self) -> None:
        """One more pair is done."""
        ...

    def stopped(self) -> bool:
        """Whether to give up."""
        ...


class Stopped(Exception):  # noqa: N818 - it is no error
    """The parent asked to give up."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Job:
    """What all segments of a run share; it travels to the workers.

    Attributes:
        source: the recording.
        color: topic of the colour images.
        depth: topic of the depth images.
        infos: colour's calibrations.
        rigs: how the cameras stand.
        namespace: prefix of the output topics.
        estimate: also write the estimated depth.
        encoding: of the output images.
        compressed_depth: see `DepthTopics`.
        parts: folder of the finished parts.
        measure: measure the results for a report, which changes no byte of the output.
    """

    source: Path
    color: str
    depth: str
    infos: CameraInfos
    rigs: BagRigs
    namespace: str
    estimate: bool
    encoding: str
    compressed_depth: str
    parts: Path
    measure: bool = False

    def declare(self, writer: TopicWriter) -> DepthTopics:
        """The output topics, declared in a part or in a whole recording."""
        return DepthTopics(
            writer,
            self.infos,
            namespace=self.namespace,
            estimate=self.estimate,
            encoding=self.encoding,
            compressed_depth=self.compressed_depth,
        )


class _Inferred(NamedTuple):
    """A pair behind the network."""

    number: int
    time_ns: int
    frame: RgbdFrame
    finish: Callable[[], DepthResult]
    infer_ms: float


class _Loaded(NamedTuple):
    """A pair, decoded or found to be of no use."""

    color_stamp_ns: int
    time_ns: int
    frame: RgbdFrame | FrameError


class SegmentWorker:
    """Processes segments one after the other; reads ahead and writes behind the network.

    Args:
        processor: owned by the worker.
        signals: to and from the parent.
    """

    def __init__(self, processor: FrameProcessor, signals: Signals) -> None:
        self._processor = processor
        self._signals = signals
        self._reader: BagReader | None = None
        self._resources = ExitStack()
        self._resources.callback(processor.close)

    def run(self, job: Job, segment: Segment) -> Part:
        """Process a segment and store its part.

        Args:
            job: of the run; the same every time.
            segment: of the run.

        Raises:
            BagError: the recording is damaged, or the part cannot be written.
            EngineError: the network failed.
            Stopped: the parent asked for it.
        """
        bad: Counter[str] = Counter()
        last_error = registration = ""
        results = 0
        measurer = Measurer(segment.viewed) if job.measure else None
        self._processor.reset()
        with PartStore(job.parts).write(segment.index) as writer:
            outputs = job.declare(writer)

            def write(pair: _Inferred) -> None:
                nonlocal registration
                started = perf_counter()
                depth = pair.finish()
                process_ms = pair.infer_ms + _since_ms(started)
                outputs.write(depth, pair.time_ns)
                registration = depth.registration
                if measurer is not None:
                    measurer.add(pair.number, pair.time_ns, pair.frame, depth, process_ms)

            with (
                read_ahead(_load(self._opened(job), job, segment)) as pairs,
                WriteBehind(write) as behind,
            ):
                for number, pair in enumerate(pairs):
                    try:
                        behind.put(self._infer(number, pair, estimate=job.estimate))
                        results += 1
                    except FrameError as error:
                        bad[error.reason] += 1
                        last_error = str(error)
                    self._signals.tick()
            return writer.finish(
                results=results,
                bad_frames=dict(bad),
                last_error=last_error,
                info_problem=outputs.info_problem,
                registration=registration,
                measured=measurer.finish() if measurer is not None else None,
            )

    def close(self) -> None:
        """Free the processor and the recording."""
        self._resources.close()

    def _opened(self, job: Job) -> BagReader:
        if self._reader is None:
            self._reader = self._resources.enter_context(BagReader(job.source))
        return self._reader

    def _infer(self, number: int, pair: _Loaded, *, estimate: bool) -> _Inferred:
        if self._signals.stopped():
            raise Stopped
        if isinstance(pair.frame, FrameError):
            raise pair.frame
        started = perf_counter()
        try:
            finish = self._processor.infer(pair.frame, estimate=estimate)
        except EngineError as error:
            raise EngineError(
                f"frame with colour stamp {pair.color_stamp_ns} ns: {error}"
            ) from error
        return _Inferred(number, pair.time_ns, pair.frame, finish, _since_ms(started))


def _since_ms(started_s: float) -> float:
    return (perf_counter() - started_s) * 1e3


def _load(reader: BagReader, job: Job, segment: Segment) -> Generator[_Loaded, None, None]:
    """Read and decode the pairs of a segment, in their order."""
    for pair in _find(reader, job, segment):
        frame: RgbdFrame | FrameError
        try:
            frame = job.rigs.complete(to_frame(pair))
        except FrameError as error:
            frame = error
        yield _Loaded(pair.color_stamp_ns, max(pair.color.time_ns, pair.depth.time_ns), frame)


def _find(reader: BagReader, job: Job, segment: Segment) -> Iterator[ImagePair]:
    """Find the images of the pairs again."""
    groups = [
        (Place(job.color, *row[:2]), Place(job.depth, *row[2:])) for row in segment.pairs.tolist()
    ]
    for places, images in zip(groups, find_again(reader, groups), strict=True):
        yield Pair(images[0], images[1], places[0].stamp_ns, places[1].stamp_ns)
