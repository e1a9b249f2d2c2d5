"""From bag to bag: every pair of a recording through the pipeline, into a new recording.

The output topics carry colour's stamp and frame in their headers, and are recorded at the time of
the later message of their pair. All other topics are copied byte for byte.

The pairs are cut into segments, workers turn those into part files in a hidden folder, and this
process merges the parts with the copied topics, in the order of the recording times, while the
workers go on. The bytes of the output depend on the input, the processor and the options alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import TypeAlias

from bridgenet_ros.data.dataset import RgbdDataset
from bridgenet_ros.errors import BagError, EngineError, SpaceError, Terminated
from bridgenet_ros.offline.bag_reader import BagReader, Storage, check_layout
from bridgenet_ros.offline.bag_rigs import BagRigs
from bridgenet_ros.offline.bag_topics import InputTopics, find_topics, problem_of
from bridgenet_ros.offline.bag_writer import BagWriter, check_compression, storage_for
from bridgenet_ros.offline.earlier_output import made_before
from bridgenet_ros.offline.manifest import (
    Manifest,
    StoredFile,
    check_manifest,
    stored_files,
    write_manifest,
)
from bridgenet_ros.offline.merge import merge
from bridgenet_ros.offline.options import ProcessOptions, ProcessSummary, RunOptions
from bridgenet_ros.offline.parts import Part
from bridgenet_ros.offline.plan import Plan, make_plan
from bridgenet_ros.offline.report import (
    check_report,
    drop_report,
    is_report,
    report_path,
    write_report,
)
from bridgenet_ros.offline.run_key import key_of, settings_of
from bridgenet_ros.offline.run_record import RunRecord
from bridgenet_ros.offline.segment import Job, MakeProcessor
from bridgenet_ros.offline.selection import output_names
from bridgenet_ros.offline.space import check_space, needed_bytes, needed_space_named
from bridgenet_ros.offline.staging import stage, stage_dataset
from bridgenet_ros.offline.tally import Tally
from bridgenet_ros.offline.work_folder import WorkFolder, check_target
from bridgenet_ros.offline.workers import Finished, Workers, finished_parts

Progress: TypeAlias = Callable[[int, int], None]
"""Told (pairs done, pairs in all)."""

_LONG = 256 << 20
"""Bytes of a recording."""
_NAMES: dict[type[BaseException], str] = {
    KeyboardInterrupt: "interrupted",
    Terminated: "terminated",
}


def process_bag(
    source: Path,
    target: Path,
    make_processor: MakeProcessor,
    options: ProcessOptions | None = None,
    how: RunOptions | None = None,
    *,
    identity: Mapping[str, object] | None = None,
    dataset: RgbdDataset | None = None,
    progress: Progress | None = None,
) -> ProcessSummary:
    """Process a recording, or the pairs of a data set as if they had been recorded.

    Args:
        source: rosbag2 directory, .mcap, .db3 or ROS 1 .bag, or where ``dataset`` lies; is only
            read.
        target: appears only when it is whole, with its manifest beside it, and its report if one
            is asked for. See `BagWriter` for its layout.
        make_processor: makes what is called once a pair; see `Workers`.
        options: what is made.
        how: how it is made.
        identity: what decides about the processor's results, as plain values. It goes into the
            manifest, and parts of a run with another identity are not used again.
        dataset: what the source is, if it is no recording; see `stage_dataset`.
        progress: told several times a second, and at the end.

    Raises:
        DatasetError: a pair of the data set cannot be read, or it is none of depth and one size.
        BagError: the source is damaged or lacks topics, the target is taken or cannot be
            written, or not one frame gave a result.
        SpaceError: the disk is full, or would be.
        ConfigError: the namespace or encoding is not one.
        EngineError: the network failed, or a worker died.
    """
    options, how = options or ProcessOptions(), how or RunOptions()
    check_target(source, target, replace=how.overwrite or how.resume)
    check_compression(target, storage_for(target, options.storage), options.compression)
    if dataset is None:
        check_layout(source)
    check_manifest(target)
    if how.report:
        check_report(target)
    work = WorkFolder(target)
    try:
        with work, Workers(how.workers, make_processor) as workers:
            return _Run(source, target, work, options, how, identity or {}, dataset).run(
                workers, progress
            )
    except (KeyboardInterrupt, SpaceError, EngineError) as error:
        if kept := work.kept_text():
            raise type(error)(f"{str(error) or _NAMES.get(type(error), '')}; {kept}") from error
        raise


class _Run:
    """One run over one recording."""

    def __init__(
        self,
        source: Path,
        target: Path,
        work: WorkFolder,
        options: ProcessOptions,
        how: RunOptions,
        identity: Mapping[str, object],
        dataset: RgbdDataset | None,
    ) -> None:
        self._source = source
        self._dataset = dataset
        self._target = target
        self._work = work
        self._options = options
        self._how = how
        self._settings = settings_of(options, identity, dataset)
        self._replace = how.overwrite
        self._tally = Tally()
        self._checksums: Mapping[str, str] = {}
        self._timings_s: dict[str, float] = {}
        self._started = perf_counter()

    def run(self, workers: Workers, progress: Progress | None) -> ProcessSummary:
        """All of it."""
        with self._timed("hash"):
            if self._is_long():
                workers.start()
            files = stored_files(self._source)
        key = key_of(self._settings, files)
        self._work.choose(key)
        if self._target.exists() and (found := self._found(key)) is not None:
            self._refuse(found.warnings)
            return found
        self._work.prepare(resume=self._how.resume)
        with self._timed("unpack"):
            staged = (
                stage(self._source, self._work.source)
                if self._dataset is None
                else stage_dataset(self._dataset, self._work.source)
            )
        with BagReader(staged) as reader:
            with problem_of(self._source):
                topics = find_topics(reader.connections, self._options.topics)
            with self._timed("plan"):
                plan = self._plan(reader, topics)
            self._refuse(self._tally.warnings(plan, topics.color.topic))
            job = self._job(staged, topics, plan)
            size = sum(file.size for file in files)
            needed = needed_bytes(plan, self._options, size)
            there = self._work.parts.size()
            check_space(needed - there, self._target.parent, self._options)
            parts = finished_parts(plan, job, workers, progress=progress)
            with (
                self._timed("process"),
                needed_space_named(needed, self._target.parent),
                closing(parts),
            ):
                counts, copied = self._write(reader, job, self._counted(parts))
        summary = self._tally.summary(plan, topics.color.topic, topics.depth.topic, copied)
        self._refuse(summary.warnings)
        self._publish(self._manifest(key, files, summary, counts), plan)
        return summary

    def _is_long(self) -> bool:
        """Whether hashing takes so long that the workers may as well start meanwhile."""
        if self._dataset is not None or (self._how.resume and self._target.exists()):
            return False
        files = self._source.iterdir() if self._source.is_dir() else (self._source,)
        return sum(file.stat().st_size for file in files) > _LONG

    def _refuse(self, warnings: Sequence[str]) -> None:
        if self._how.strict and warnings:
            raise BagError(f"{self._source}: {warnings[0]}; refused, because the run is strict")

    def _found(self, key: str) -> ProcessSummary | None:
        """What became of an output of this very run, if it may stay; else it is replaced."""
        if not self._how.resume:
            return None
        found = made_before(self._target, key, may_replace=self._how.overwrite)
        if found and self._how.report and not is_report(report_path(self._target), key):
            self._replace = True  # by the same bytes
            return None
        return found

    def _plan(self, reader: BagReader, topics: InputTopics) -> Plan:
        return make_plan(
            reader,
            topics,
            self._options.selection,
            slop_ns=self._options.slop_ns,
            stamp_offset_ns=self._options.stamp_offset_ns,
            segment=self._options.segment,
        )

    def _job(self, staged: Path, topics: InputTopics, plan: Plan) -> Job:
        return Job(
            source=staged,
            color=topics.color.topic,
            depth=topics.depth.topic,
            infos=plan.infos,
            rigs=BagRigs(
                self._options.register, topics, plan.infos, plan.depth_infos, plan.transforms
            ),
            namespace=self._options.namespace,
            estimate=self._options.estimate,
            encoding=self._options.encoding,
            compressed_depth=self._options.compressed_depth,
            parts=self._work.parts.folder,
            measure=self._how.report,
        )

    def _write(
        self, reader: BagReader, job: Job, parts: Iterable[Part]
    ) -> tuple[Counter[str], int]:
        """Write the output in the work folder; messages by topic, and how many are copied."""
        options = self._options
        own = None if self._target.suffix in {s.suffix for s in Storage} else reader.storage
        storage = storage_for(self._target, options.storage or own)
        check_compression(self._target, storage, options.compression)
        with BagWriter(self._work.layout) as writer:
            job.declare(writer)
        with BagReader(self._work.layout) as layout:
            added = list(layout.connections)
            names = output_names(reader.connections, [c.topic for c in added], options.selection)
            with BagWriter(self._work.output, storage, options.compression, hashed=True) as output:
                counts = merge(
                    reader,
                    output,
                    names=names,
                    window=options.selection.window(reader.first_time_ns),
                    added=added,
                    store=self._work.parts,
                    parts=parts,
                )
                if not self._tally.results:
                    raise BagError(
                        f"{self._source}: not one frame could be used; the last one: "
                        f"{self._tally.last_error}"
                    )
        self._checksums = output.checksums
        return counts, sum(counts[name] for name in set(names.copied.values()))

    def _counted(self, parts: Iterable[Finished]) -> Iterator[Part]:
        for finished in parts:
            self._tally.add(finished)
            yield finished.part

    def _manifest(
        self, key: str, files: list[StoredFile], summary: ProcessSummary, counts: Counter[str]
    ) -> Manifest:
        with self._timed("check"):
            output = stored_files(self._work.output, self._checksums)
        self._timings_s["total"] = round(perf_counter() - self._started, 3)
        return Manifest(
            source=self._source.name,
            input=files,
            output=output,
            settings=self._settings,
            key=key,
            summary=asdict(summary),
            topics=dict(sorted(counts.items())),
            timings_s=self._timings_s,
            workers=self._how.workers,
        )

    def _publish(self, manifest: Manifest, plan: Plan) -> None:
        # Before the output, which is finished when it has its name.
        write_manifest(self._target, manifest)
        if self._how.report:
            record = RunRecord(
                pairs=plan.pairs,
                stamp_offset_ns=self._options.stamp_offset_ns,
                measured=self._tally.measured,
                last_error=self._tally.last_error,
            )
            write_report(self._target, manifest, record)
        else:
            drop_report(self._target)
        self._work.publish(overwrite=self._replace)

    @contextmanager
    def _timed(self, stage_name: str) -> Iterator[None]:
        started = perf_counter()
        yield
        self._timings_s[stage_name] = round(perf_counter() - started, 3)
