"""The demo from end to end: render, play live, measure, draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bridgenet_ros.config import NodeConfig, with_values
from bridgenet_ros.demo.account import drops, growth, halves
from bridgenet_ros.demo.folder import OutputFolder, prepare
from bridgenet_ros.demo.frames import InputFrame, bicubic, input_frame, output_frames, sensor_frames
from bridgenet_ros.demo.live import LiveOptions, LiveReport, run_live
from bridgenet_ros.demo.picture import View, draw
from bridgenet_ros.demo.score import ErrorSum, score
from bridgenet_ros.demo.sequence import RATE_HZ, SHOWN_FRAME, RenderedLoop
from bridgenet_ros.demo.summary import Summary, finite
from bridgenet_ros.errors import BagError, ConfigError
from bridgenet_ros.frame import FloatArray
from bridgenet_ros.interface import COMPRESSED, COMPRESSED_DEPTH, MDE_IMAGE, SR_IMAGE
from bridgenet_ros.network.weights import load_weights
from bridgenet_ros.offline.bag_reader import BagReader
from bridgenet_ros.offline.bag_topics import TopicNames, find_topics
from bridgenet_ros.offline.messages import COMPRESSED_TYPE
from bridgenet_ros.preset_choice import weights_path

Progress = Callable[[str, float], None]
"""Told what goes on and the share of it that is done, 0 to 1."""

_DEFAULT_SECONDS = 10.0
_NS_PER_S = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What to run.

    Attributes:
        output: folder for the results; an earlier run's is kept under another name.
        bag: a recording to play; None renders one.
        topics: image topics of ``bag``.
        seconds: how long to play; None is 10 s of the rendered room, or the bag once.
        preset: of the packaged weights.
        weights: a weight file in their place, or None.
        estimate: also ask for the estimated depth.
    """

    output: Path
    bag: Path | None
    topics: TopicNames
    seconds: float | None
    preset: str
    weights: Path | None
    estimate: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    """What a run left."""

    summary: Summary
    folder: OutputFolder
    kept: Path | None
    """Where an earlier run's folder went."""


def run_demo(options: DemoOptions, progress: Progress) -> DemoResult:
    """Run the demo.

    Raises:
        ConfigError: an option cannot be used, or ROS 2 is not installed.
        BagError: a recording cannot be read or written.
        WeightsError: the weights are missing or corrupt.
        ChildError: a process failed.
        FrameError: an image of the recording cannot be decoded.
    """
    if options.seconds is not None and options.seconds <= 0:
        raise ConfigError(f"seconds is {options.seconds:g}; expected more than 0")
    if options.bag is not None and options.output.resolve() in options.bag.resolve().parents:
        raise ConfigError(f"{options.bag} lies in the output folder {options.output}; move one")
    topics = options.topics if options.bag is not None else TopicNames()
    length_s = _recorded_length_s(options.bag, topics) if options.bag is not None else 0.0
    _check_weights(options)
    folder, kept = prepare(options.output)
    loop = RenderedLoop() if options.bag is None else None
    bag = options.bag or folder.camera_bag
    seconds = options.seconds or (0.0 if options.bag else _DEFAULT_SECONDS)
    if loop is not None:
        frames = loop.frames
        loop.write(bag, lambda done: progress("rendering the room", done / frames))
    live = LiveOptions(
        bag=bag,
        topics=topics,
        rate_hz=RATE_HZ if loop else 0.0,
        seconds=seconds,
        length_s=seconds or length_s,
        preset=options.preset,
        weights=options.weights,
        estimate=options.estimate,
        parameters=transports(bag, topics),
    )
    report = run_live(live, folder, progress)
    return DemoResult(
        summary=_evaluate(live, report, folder, loop, progress), folder=folder, kept=kept
    )


def _check_weights(options: DemoOptions) -> None:
    """Refuse weights that the node would refuse, before a minute of rendering."""
    given = {} if options.weights is None else {"model.weights": str(options.weights)}
    config = with_values(NodeConfig(), {"model.preset": options.preset, **given})
    load_weights(weights_path(config.model))


def _recorded_length_s(bag: Path, topics: TopicNames) -> float:
    """Seconds that playing takes; also refuses an unusable recording before anything starts."""
    with BagReader(bag) as reader:
        color = find_topics(reader.connections, topics).color
        times = [message.time_ns for message in reader.messages([color])]
    if not times:
        raise BagError(f"{bag}: topic {color.topic} is empty")
    return (times[-1] - times[0]) / _NS_PER_S


def transports(bag: Path, names: TopicNames) -> dict[str, str]:
    """The node's parameters for the images of a recording; those of raw ones are defaults."""
    with BagReader(bag) as reader:
        topics = find_topics(reader.connections, names)
    given = {
        "rgb_image_transport": (topics.color, COMPRESSED),
        "depth_image_transport": (topics.depth, COMPRESSED_DEPTH),
    }
    return {name: t for name, (topic, t) in given.items() if topic.msgtype == COMPRESSED_TYPE}


def _evaluate(
    live: LiveOptions,
    report: LiveReport,
    folder: OutputFolder,
    loop: RenderedLoop | None,
    progress: Progress,
) -> Summary:
    errors = ErrorSum()
    if loop is not None:
        progress("comparing with the truth", 0.0)
        sensor = sensor_frames(live.bag, live.topics)
        errors = score(folder.recorded_bag, report.sent, sensor, loop.truth)
    chosen = choose_frame(report, folder.recorded_bag, SHOWN_FRAME if loop else None)
    number = report.sent[chosen] if chosen is not None else 0
    frame = input_frame(live.bag, live.topics, number)
    summary = summarise(report, errors, frame, live)
    if chosen is not None:
        progress("drawing", 0.0)
        view = _view(frame, folder.recorded_bag, chosen, loop.truth(number) if loop else None)
        title = "BridgeNet, live over DDS: " + ("a rendered room" if loop else live.bag.name)
        draw(view, folder.picture, title=title, subtitle=_subtitle(summary))
    folder.summary.write_text(summary.as_json())
    return summary


def choose_frame(report: LiveReport, recording: Path, wanted: int | None = None) -> int | None:
    """Stamp of the frame to draw, one with both depths if there is any.

    Args:
        report: of the run.
        recording: what the node published.
        wanted: place in the played recording that it should be close to; None is the middle.
    """
    results = [stamp for stamp in report.received_ns if stamp in report.sent]
    estimated = {stamp for stamp, _ in output_frames(recording, MDE_IMAGE)}
    both = [stamp for stamp in results if stamp in estimated] or results
    if wanted is None:
        return both[len(both) // 2] if both else None
    return min(both, key=lambda stamp: abs(report.sent[stamp] - wanted), default=None)


def summarise(
    report: LiveReport, errors: ErrorSum, frame: InputFrame, live: LiveOptions
) -> Summary:
    """The figures of a run."""
    received, sent = len(report.received_ns), sorted(report.sent)
    latencies = report.latencies_ms or [float("nan")]
    span_s = (sent[-1] - sent[0]) / _NS_PER_S if len(sent) > 1 else 0.0
    return Summary(
        frames_in=len(sent),
        frames_out=received,
        drops=drops(report),
        latency_ms_p50=finite(float(np.percentile(latencies, 50))),
        latency_ms_p99=finite(float(np.percentile(latencies, 99))),
        rmse_bicubic_cm=errors.bicubic_cm,
        rmse_sr_cm=errors.sr_cm,
        preset=report.node.get("preset", live.preset),
        trained=report.node.get("trained") == "true",
        rate_out_hz=received / span_s if span_s else 0.0,
        estimates_out=report.estimates,
        frames_scored=errors.frames,
        pixels_scored=errors.pixels,
        colour_size=(frame.rgb.shape[1], frame.rgb.shape[0]),
        depth_size=(frame.sensor_m.shape[1], frame.sensor_m.shape[0]),
        input=str(live.bag),
        latency_ms_p50_halves=tuple(finite(h) for h in halves(report.latencies_ms)),
        memory_growth_mb=finite(growth(report.loads)),
        exceptions=report.exceptions,
    )


def _view(frame: InputFrame, recording: Path, stamp_ns: int, truth_m: FloatArray | None) -> View:
    sr_m, mde_m = (_output_at(recording, topic, stamp_ns) for topic in (SR_IMAGE, MDE_IMAGE))
    assert sr_m is not None  # the stamp is one of the recording's
    size = (frame.rgb.shape[0], frame.rgb.shape[1])
    return View(
        rgb=frame.rgb,
        sensor_m=frame.sensor_m,
        bicubic_m=bicubic(frame.sensor_m, size),
        sr_m=sr_m,
        mde_m=mde_m,
        truth_m=truth_m,
    )


def _output_at(recording: Path, topic: str, stamp_ns: int) -> FloatArray | None:
    found = (depth for stamp, depth in output_frames(recording, topic) if stamp == stamp_ns)
    return next(found, None)


def _subtitle(summary: Summary) -> str:
    weights = "trained" if summary.trained else "not trained: bicubic upsampling, no more"
    parts = [
        f"preset {summary.preset} ({weights})",
        f"{summary.frames_in} frames in, {summary.frames_out} out",
    ]
    if summary.latency_ms_p50 is not None and summary.latency_ms_p99 is not None:
        parts.append(
            f"latency {summary.latency_ms_p50:.0f} ms, p99 {summary.latency_ms_p99:.0f} ms"
        )
    if summary.rmse_bicubic_cm is not None and summary.rmse_sr_cm is not None:
        parts.append(
            f"RMSE of {summary.frames_scored} frames: bicubic {summary.rmse_bicubic_cm:.1f} cm, "
            f"network {summary.rmse_sr_cm:.1f} cm"
        )
    return "   |   ".join(parts)
