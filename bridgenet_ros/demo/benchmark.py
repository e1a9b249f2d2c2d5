"""Measures on the rendered room: frames for `evaluation.benchmark`, and the node over DDS.

The node runs as in the demo, as a process of its own between one that plays and one that receives,
so what is timed is what a user's nodes would see.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import final

import numpy as np

from bridgenet_ros.cores import usable_cores
from bridgenet_ros.demo.account import drops, growth, halves
from bridgenet_ros.demo.folder import OutputFolder, prepare
from bridgenet_ros.demo.frames import bicubic, sensor_frames
from bridgenet_ros.demo.live import LiveOptions, LiveReport, run_live
from bridgenet_ros.demo.score import ErrorSum, score
from bridgenet_ros.demo.sequence import LOOP_FRAMES, RenderedLoop
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.evaluation.benchmark import Case, rounded
from bridgenet_ros.evaluation.ledger import NODE, Row, commit, device_text, versions
from bridgenet_ros.frame import RgbdFrame
from bridgenet_ros.offline.bag_topics import TopicNames
from bridgenet_ros.scenes.camera import VGA, Intrinsics

CASES = 4
NODE_FRAMES = 24
"""In the recording that is played round after round."""
SCORED_EVERY = 29
"""One result in so many is kept and compared with the truth; no divisor of the recording's length,
so that all of its frames come up."""
WARM_UP_S = 2.0
"""Results of this long from the first frame are not timed."""
MULTIPLE = 8
"""Colour over depth: sizes are multiples of it."""
_NS_PER_S = 1e9
_NS_PER_MS = 1e6


def camera_of(size: str) -> Intrinsics:
    """The demo's camera with another resolution, such as ``1280x720``; it sees no less.

    Raises:
        ConfigError: not WxH, or not multiples of `MULTIPLE`.
    """
    numbers = size.split("x")
    if len(numbers) != 2 or not all(n.isdecimal() and int(n) > 0 for n in numbers):
        raise ConfigError(f"size is {size!r}; expected WIDTHxHEIGHT such as 640x480")
    width, height = map(int, numbers)
    if width % MULTIPLE or height % MULTIPLE:
        raise ConfigError(f"size is {size}; expected multiples of {MULTIPLE}")
    focal = VGA.focal * min(width / VGA.width, height / VGA.height)
    return Intrinsics(
        width=width, height=height, focal=focal, cx=(width - 1) / 2, cy=(height - 1) / 2
    )


def rendered_cases(camera: Intrinsics) -> list[Case]:
    """A few frames of the demo's room, with depth lowered by 8, noise and holes."""
    loop = RenderedLoop(camera=camera)
    cases = []
    for i in range(CASES):
        shot = loop.shot(i * LOOP_FRAMES // CASES)
        frame = RgbdFrame(
            rgb=shot.rgb,
            depth=shot.sensor_m,
            stamp_ns=i + 1,
            depth_stamp_ns=i + 1,
            frame_id="camera",
            depth_frame_id="camera",
        )
        baseline = bicubic(shot.sensor_m, (camera.height, camera.width))
        cases.append(Case(frame, shot.truth_m, baseline))
    return cases


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeOptions:
    """How to measure a node.

    Attributes:
        preset: of the packaged weights.
        parameters: of the node, by name.
        seconds: how long frames are played.
        rate_hz: colour images a second.
        estimate: also ask for the estimated depth.
        threads: as configured, for the row.
    """

    preset: str
    parameters: Mapping[str, object]
    seconds: float
    rate_hz: float
    estimate: bool = False
    threads: int = 0


@final
class NodeBench:
    """Measures nodes on one recording of the room; a context manager that removes its files.

    Args:
        camera: of colour; depth has an eighth of its resolution.
        frames: rendered once.
    """

    def __init__(self, camera: Intrinsics, frames: int = NODE_FRAMES) -> None:
        self._camera = camera
        self._loop = RenderedLoop(frames=frames, camera=camera)
        self._truth = cache(self._loop.truth)
        self._folder = TemporaryDirectory(prefix="bridgenet_benchmark_")
        self._runs = 0

    def __enter__(self) -> NodeBench:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def measure(self, options: NodeOptions, progress: Callable[[str, float], None]) -> Row:
        """Start a node, play to it, stop it.

        Raises:
            ConfigError: seconds or rate are not positive, or ROS 2 is not installed.
            ChildError: a process failed; the message has the end of its log.
        """
        if options.seconds <= 0 or options.rate_hz <= 0:
            raise ConfigError(
                f"{options.seconds:g} s at {options.rate_hz:g} Hz; expected more than 0 of each"
            )
        bag = Path(self._folder.name) / "camera.mcap"
        if not bag.exists():
            frames = self._loop.frames
            self._loop.write(bag, lambda done: progress("rendering the room", done / frames))
        self._runs += 1
        folder, _ = prepare(Path(self._folder.name) / f"run{self._runs}")
        live = LiveOptions(
            bag=bag,
            topics=TopicNames(),
            rate_hz=options.rate_hz,
            seconds=options.seconds,
            length_s=options.seconds,
            preset=options.preset,
            weights=None,
            estimate=options.estimate,
            parameters=options.parameters,
            every=SCORED_EVERY,
            timings=True,
        )
        report = run_live(live, folder, progress)
        return node_row(report, self._score(report, folder, bag), self._camera, options)

    def _score(self, report: LiveReport, folder: OutputFolder, bag: Path) -> ErrorSum:
        sensor = sensor_frames(bag, TopicNames())
        return score(folder.recorded_bag, report.sent, sensor, self._truth)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """The results of a run once it is warm, in order of arrival.

    Attributes:
        ages_ms: colour stamp to arrival.
        latencies_ms: publication of the later image to arrival.
        overheads_ms: the same less what the engine took, where that is known.
        hz: results a second.
    """

    ages_ms: list[float]
    latencies_ms: list[float]
    overheads_ms: list[float]
    hz: float


def timed(report: LiveReport) -> Timed:
    """Times of a run without its first `WARM_UP_S`."""
    sent = sorted(report.sent)
    start_ns = sent[0] + WARM_UP_S * _NS_PER_S if sent else 0
    warm = [stamp for stamp in sent if stamp >= start_ns]
    ages_ms: list[float] = []
    latencies_ms: list[float] = []
    overheads_ms: list[float] = []
    for stamp, age_ms in zip(report.received_ns, report.latencies_ms, strict=True):
        if stamp < start_ns or stamp not in report.published_ns:
            continue
        latency_ms = age_ms - (report.published_ns[stamp] - stamp) / _NS_PER_MS
        ages_ms.append(age_ms)
        latencies_ms.append(latency_ms)
        if stamp in report.engine_ms:
            overheads_ms.append(latency_ms - report.engine_ms[stamp])
    span_s = (warm[-1] - warm[0]) / _NS_PER_S if len(warm) > 1 else 0.0
    rate_in_hz = (len(warm) - 1) / span_s if span_s else 0.0
    hz = rate_in_hz * len(ages_ms) / len(warm) if warm else 0.0
    return Timed(ages_ms=ages_ms, latencies_ms=latencies_ms, overheads_ms=overheads_ms, hz=hz)


def node_row(report: LiveReport, errors: ErrorSum, camera: Intrinsics, options: NodeOptions) -> Row:
    """The run as a line of the ledger."""
    found, node = timed(report), report.node
    first, second = halves(found.ages_ms)
    lost = len(report.sent) - len(report.received_ns)
    preset = node.get("preset", options.preset)
    return Row(
        date=date.today().isoformat(),  # noqa: DTZ011 - the ledger's day is the measurer's
        commit=commit(),
        what=NODE,
        preset=preset,
        trained=node.get("trained") == "true",
        backend=node.get("backend", ""),
        precision=node.get("precision", ""),
        width=camera.width,
        height=camera.height,
        estimate=options.estimate,
        device=device_text(node.get("device", "cpu")),
        cores=usable_cores(),
        threads=options.threads,
        median_ms=_percentile(found.latencies_ms, 50),
        p99_ms=_percentile(found.latencies_ms, 99),
        hz=round(found.hz, 2),
        rate_hz=options.rate_hz,
        frames_in=len(report.sent),
        frames_out=len(report.received_ns),
        drops=lost,
        uncounted=lost - sum(drops(report).values()),
        degraded=int(node["frames_bicubic"]) if "frames_bicubic" in node else None,
        age_ms_p50=_percentile(found.ages_ms, 50),
        age_ms_p99=_percentile(found.ages_ms, 99),
        age_drift_ms=rounded(second - first, 2),
        overhead_ms_p50=_percentile(found.overheads_ms, 50),
        overhead_ms_p99=_percentile(found.overheads_ms, 99),
        rss_mb=rounded(report.loads[-1].load.peak_mb) if report.loads else None,
        rss_growth_mb=rounded(growth(report.loads)),
        cpu_percent=_cpu_percent(report),
        rmse_cm=_rounded(errors.sr_cm),
        rmse_bicubic_cm=_rounded(errors.bicubic_cm),
        versions=versions(),
    )


def _cpu_percent(report: LiveReport) -> float | None:
    """Of one core, while frames came; None for a run too short to tell."""
    if len(report.loads) < 2:
        return None
    first, last = report.loads[0], report.loads[-1]
    return rounded((last.load.cpu_s - first.load.cpu_s) / (last.at_s - first.at_s) * 100)


def _percentile(values: list[float], q: float) -> float | None:
    return round(float(np.percentile(values, q)), 2) if values else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
