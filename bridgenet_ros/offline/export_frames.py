"""From a recording to a folder of images, which is a data set and has TUM's layout."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np

from bridgenet_ros import __version__
from bridgenet_ros.calibration import Calibration, for_image
from bridgenet_ros.data.pairs import RGB_FOLDER
from bridgenet_ros.depth_units import MILLIMETRE, to_metres
from bridgenet_ros.errors import BagError, FrameError
from bridgenet_ros.frame import FloatArray
from bridgenet_ros.offline.bag_reader import BagReader, check_layout
from bridgenet_ros.offline.bag_topics import problem_of
from bridgenet_ros.offline.bag_writer import failure_named
from bridgenet_ros.offline.camera_infos import CameraInfos
from bridgenet_ros.offline.export_options import ExportOptions, ExportSummary
from bridgenet_ros.offline.frame_folder import ExportFrame, FrameFolder, depth_folder, is_export
from bridgenet_ros.offline.frame_plan import SENSOR, SR, FramePlan, find_depths, plan_frames
from bridgenet_ros.offline.image_messages import color_pixels, depth_pixels
from bridgenet_ros.offline.messages import stamp_of
from bridgenet_ros.offline.overlap import WriteBehind, read_ahead
from bridgenet_ros.offline.pairing import Recorded
from bridgenet_ros.offline.places import find_again
from bridgenet_ros.offline.staging import stage
from bridgenet_ros.offline.video import rate_of
from bridgenet_ros.offline.work_folder import WorkFolder, check_target


def check_export(source: Path, target: Path, *, overwrite: bool) -> None:
    """Refuse a target that is taken, is no export to replace, or would touch the source.

    Raises:
        BagError: it is so.
    """
    check_target(source, target, replace=overwrite, is_ours=is_export, kind="export")


def export_frames(
    source: Path,
    target: Path,
    options: ExportOptions | None = None,
    *,
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> ExportSummary:
    """Write the frames of a recording as files.

    Args:
        source: rosbag2 directory, .mcap, .db3 or ROS 1 .bag; is only read.
        target: appears only when it is whole; see `FrameFolder` for what it holds.
        options: what is exported.
        overwrite: replace an earlier export of the target's name.
        progress: told (frames done, frames in all).

    Raises:
        BagError: the source is damaged or lacks topics, what was asked for cannot be made of it,
            the target is taken or cannot be written, or not one frame could be used.
        SpaceError: the disk is full.
        ModuleNotFoundError: EXR is asked for and OpenEXR is not installed.
    """
    options = options or ExportOptions()
    check_export(source, target, overwrite=overwrite)
    check_layout(source)
    with WorkFolder(target) as work, failure_named(target):
        work.choose("export")
        work.prepare(resume=False)
        work.output.mkdir()
        with BagReader(stage(source, work.source)) as reader:
            with problem_of(source):
                topics = find_depths(reader.connections, options.topics, options.sr_topic)
            plan = plan_frames(reader, topics, options.selection, options.slop_ns)
            run = _Export(source, reader, plan, options)
            summary = run.write(work.output, progress)
        work.publish(overwrite=overwrite)
    return summary


class _Export:
    """One export of one recording."""

    def __init__(
        self, source: Path, reader: BagReader, plan: FramePlan, options: ExportOptions
    ) -> None:
        self._source = source
        self._reader = reader
        self._plan = plan
        self._options = options
        self._bad: Counter[str] = Counter()
        self._last_error = ""
        self._frames = 0
        self._lacking: Counter[str] = Counter()
        self._unregistered = 0
        self._cameras: dict[str, Calibration] = {}
        self._camera_problems: dict[str, str] = {}
        main = plan.kinds[0]
        if options.video and main != SR:
            raise BagError(
                f"{source}: holds no super-resolved depth, which a video shows beside the "
                "sensor's; process it first, or name the topic with --sr-topic"
            )
        if options.clouds and not (plan.main.infos or plan.infos(main)):
            raise BagError(
                f"{source}: has no camera info of {plan.topics[main].depth.topic} or of colour, "
                "which point clouds need"
            )

    def write(self, root: Path, progress: Callable[[int, int], None] | None) -> ExportSummary:
        """All of it, into an empty folder."""
        plan = self._plan
        rate_hz = rate_of(plan.rows[:, 1].tolist())
        with FrameFolder(root, self._options, rate_hz) as folder:
            with (
                read_ahead(self._load()) as frames,
                WriteBehind[ExportFrame](lambda frame: self._write(folder, frame)) as behind,
            ):
                for number, frame in enumerate(frames, 1):
                    if isinstance(frame, FrameError):
                        self._skip(frame)
                    else:
                        behind.put(frame)
                    if progress is not None:
                        progress(number, len(plan.rows))
            if not self._frames:
                raise BagError(
                    f"{self._source}: not one frame could be used; the last one: {self._last_error}"
                )
            summary = self._summary(folder.lost_pixels)
            folder.finish(
                self._source.resolve().stem,
                self._cameras,
                self._record(summary),
                registered=not self._unregistered,
            )
        return summary

    def _load(self) -> Generator[ExportFrame | FrameError, None, None]:
        """Read and decode the frames, in their order."""
        for block in self._plan.blocks():
            found = find_again(self._reader, [tuple(places.values()) for places in block])
            for places, images in zip(block, found, strict=True):
                yield self._decoded(dict(zip(places, images, strict=True)))

    def _decoded(self, images: Mapping[str, Recorded]) -> ExportFrame | FrameError:
        try:
            return self._frame(images)
        except FrameError as error:
            return error

    def _frame(self, images: Mapping[str, Recorded]) -> ExportFrame:
        color, main = images[""].image, images[self._plan.kinds[0]].image
        units_m = {SENSOR: self._options.sensor_unit_m}
        return ExportFrame(
            stamp_ns=stamp_of(images[""].image),
            depth_stamp_ns=stamp_of(main),
            rgb=color_pixels(color),
            depths_m={
                kind: self._metres(kind, recorded, units_m.get(kind, MILLIMETRE))
                for kind, recorded in images.items()
                if kind
            },
            registered=color.header.frame_id == main.header.frame_id,
        )

    def _metres(self, kind: str, recorded: Recorded, unit_m: float) -> FloatArray:
        """(h, w) metres, 0 where invalid; a unit that the recording says itself wins."""
        depth = self._plan.plans[kind].transforms.in_metres(depth_pixels(recorded.image))
        return to_metres(depth, scale_m=unit_m, min_m=0.0, max_m=float(np.inf))

    def _write(self, folder: FrameFolder, frame: ExportFrame) -> None:
        """Write one frame, on the writing thread."""
        main = self._plan.kinds[0]
        calibrations = {RGB_FOLDER: self._calibration(RGB_FOLDER, "", frame, frame.rgb.shape)}
        for kind, depth_m in frame.depths_m.items():
            name = depth_folder(kind, main)
            calibrations[name] = self._calibration(name, kind, frame, depth_m.shape)
        for name, calibration in calibrations.items():
            if calibration is not None:
                self._keep(name, calibration)
        camera = calibrations[depth_folder(main, main)]
        if self._options.clouds and camera is None:
            raise BagError(
                f"{self._source}: no calibration fits the frame of {frame.stamp_ns} ns, which its "
                f"point cloud needs: {self._camera_problems.get(depth_folder(main, main))}"
            )
        folder.write(frame, camera.intrinsics() if camera is not None else None)
        self._frames += 1
        self._unregistered += not frame.registered
        self._lacking.update(set(self._plan.kinds) - set(frame.depths_m))

    def _calibration(
        self, name: str, kind: str, frame: ExportFrame, shape: tuple[int, ...]
    ) -> Calibration | None:
        """Of an image of a frame, if one fits; depth in colour's view may have colour's."""
        infos: CameraInfos = self._plan.infos(kind) if kind else self._plan.main.infos
        if not infos and kind == self._plan.kinds[0] and frame.registered:
            infos = self._plan.main.infos
        info = infos.nearest(frame.stamp_ns)
        if info is None:
            return None
        try:
            calibration = for_image(info, shape[1], shape[0])
            calibration.intrinsics()
        except FrameError as error:
            self._camera_problems[name] = str(error)
            return None
        return calibration

    def _keep(self, name: str, calibration: Calibration) -> None:
        known = self._cameras.setdefault(name, calibration)
        if known != calibration:
            self._camera_problems[name] = "it changes; the file has the first one"

    def _skip(self, error: FrameError) -> None:
        self._bad[error.reason] += 1
        self._last_error = str(error)

    def _summary(self, lost_pixels: int) -> ExportSummary:
        plan = self._plan
        topics = {"color": plan.topics[plan.kinds[0]].color.topic}
        topics |= {kind: found.depth.topic for kind, found in plan.topics.items()}
        return ExportSummary(
            topics=topics,
            frames=self._frames,
            pairs=len(plan.rows) + plan.main.skipped,
            skipped=plan.main.skipped,
            unpaired=plan.main.unpaired,
            bad_frames=dict(self._bad),
            unreadable=plan.main.unreadable,
            warnings=tuple(self._warnings(lost_pixels)),
        )

    def _warnings(self, lost_pixels: int) -> list[str]:
        warnings = [
            f"{count} frames without {kind} depth" for kind, count in sorted(self._lacking.items())
        ]
        if lost_pixels:
            unit_m = self._options.unit_m
            warnings.append(
                f"{lost_pixels} pixels nearer than half a step of {unit_m:g} m or farther than "
                "65535 steps became holes; choose another --depth-unit, or --depth npy"
            )
        if self._unregistered:
            warnings.append(
                "depth lies in a view of its own, not in colour's; the folder says so, and is no "
                "data set of pairs. Process the recording to have it in colour's view"
            )
        if RGB_FOLDER not in self._cameras and RGB_FOLDER not in self._camera_problems:
            warnings.append("no camera info of colour: the folder has no intrinsics")
        warnings += [f"calibration of {n}: {p}" for n, p in sorted(self._camera_problems.items())]
        return warnings

    def _record(self, summary: ExportSummary) -> dict[str, object]:
        plain = asdict(self._options)
        return {
            "tool": __version__,
            "source": self._source.name,
            "options": {
                name: plain[name] for name in ("depth", "unit_m", "color", "sensor_unit_m")
            },
            "start_s": self._options.selection.start_s,
            "duration_s": self._options.selection.duration_s,
            "every": self._options.selection.every,
            "summary": asdict(summary),
        }
