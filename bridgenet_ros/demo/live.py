"""The live part: camera, node and recorder as three processes that talk over DDS."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep
from typing import Any, NamedTuple

import yaml

from bridgenet_ros.demo.children import Child, module
from bridgenet_ros.demo.folder import OutputFolder
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.evaluation.process_load import Load
from bridgenet_ros.offline.bag_topics import TopicNames
from bridgenet_ros.resources import dds_profile_variable, find_share_file

START_LIMIT_S = 180.0
"""For the node: import torch, load the weights, warm up, on a slow and busy machine."""
PLAY_SLACK_S = 60.0
DRAIN_S = 2.5
"""The last results, and two more reports of the node, which come once a second."""
STOP_LIMIT_S = 60.0
DDS_PROFILE = "config/fastdds_shm.xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOptions:
    """What is played to which network.

    Attributes:
        bag: the recording to play.
        topics: its image topics.
        rate_hz: colour images a second; 0 keeps the recording's pace.
        seconds: play in rounds for this long; 0 plays once.
        length_s: how long playing will take.
        preset: of the packaged weights.
        weights: a weight file in their place, or None.
        estimate: also ask for the estimated depth.
        parameters: of the node, by name, besides the network's.
        every: record one image of each topic in so many.
        timings: also ask for what the stages of each frame took.
    """

    bag: Path
    topics: TopicNames
    rate_hz: float
    seconds: float
    length_s: float
    preset: str
    weights: Path | None
    estimate: bool = True
    parameters: Mapping[str, object] = field(default_factory=dict)
    every: int = 1
    timings: bool = False


class LoadSample(NamedTuple):
    """The node's load at one moment."""

    at_s: float
    """Since playing began."""
    load: Load


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveReport:
    """What the processes said about the run.

    Attributes:
        sent: place in the recording of every colour image sent, by its stamp (ns), in order.
        received_ns: stamps of the super-resolved images received.
        latencies_ms: of the same images, colour stamp to arrival.
        estimates: estimated depth images received.
        node: the node's last report on /diagnostics.
        published_ns: when the later of a frame's images went out, by its stamp (ns).
        engine_ms: what the engine took, by stamp (ns), if the timings were asked for.
        loads: the node's, once a second while it worked.
        exceptions: tracebacks in the node's log.
    """

    sent: dict[int, int]
    received_ns: list[int]
    latencies_ms: list[float]
    estimates: int
    node: dict[str, str]
    published_ns: dict[int, int] = field(default_factory=dict)
    engine_ms: dict[int, float] = field(default_factory=dict)
    loads: list[LoadSample] = field(default_factory=list)
    exceptions: int = 0


def run_live(
    options: LiveOptions, folder: OutputFolder, progress: Callable[[str, float], None]
) -> LiveReport:
    """Play, process, record; every process has ended when this returns or raises.

    Args:
        options: what to play.
        folder: gets the recording and the logs.
        progress: told what goes on and the share done, 0 to 1.

    Raises:
        ConfigError: rclpy is not installed.
        ChildError: a process failed; the message has the end of its log.
    """
    if find_spec("rclpy") is None:
        raise ConfigError(
            "the demo needs ROS 2, and rclpy is not installed; "
            "pip install 'bridgenet_ros[ros]', or source a ROS 2 workspace"
        )
    environment = child_environment(folder.logs)
    with ExitStack() as stack:

        def start(name: str, *command: str) -> Child:
            return stack.enter_context(Child(name, module(*command), environment, folder.logs))

        progress("starting the node", 0.0)
        node = start("node", "bridgenet_ros.ros.main", *_node_arguments(options, folder.logs))
        recorder = start(
            "recorder", "bridgenet_ros.ros.record", *_recorder_arguments(options, folder)
        )
        recorder.wait_for_line("recording", START_LIMIT_S, [node])
        player = start("player", "bridgenet_ros.ros.play", *_player_arguments(options, folder))
        player.wait_for_line("playing", START_LIMIT_S, [node, recorder])
        loads = _watch(player, options.length_s, node, recorder, progress)
        sleep(DRAIN_S)
        recorder.finish(STOP_LIMIT_S)
        node.finish(STOP_LIMIT_S)
        exceptions = node.count_in_log("Traceback")
    return _report(folder.logs, loads, exceptions)


def child_environment(logs: Path) -> dict[str, str]:
    """This environment, on a DDS domain of the run's own, with the shared-memory profile."""
    profile = str(find_share_file(DDS_PROFILE))
    return os.environ | {
        "ROS_DOMAIN_ID": str(1 + os.getpid() % 100),
        "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST",
        "ROS_LOG_DIR": str(logs / "ros"),
        "RCUTILS_COLORIZED_OUTPUT": "0",
        dds_profile_variable(os.environ): profile,
    }


def _watch(
    player: Child,
    length_s: float,
    node: Child,
    recorder: Child,
    progress: Callable[[str, float], None],
) -> list[LoadSample]:
    """Until the player has ended; returns the node's load, once a second."""
    started, loads = monotonic(), list[LoadSample]()
    while not player.has_ended:
        passed_s = monotonic() - started
        progress("playing to the node", min(passed_s / max(length_s, 1e-9), 1.0))
        for other in (node, recorder):
            other.check_running()
        if passed_s >= len(loads):
            loads.append(LoadSample(passed_s, node.load))
        if passed_s > length_s + PLAY_SLACK_S:
            break
        sleep(0.1)
    player.wait(0.1)
    return loads


def _node_arguments(options: LiveOptions, logs: Path) -> list[str]:
    # The network is to be measured at every pixel, the flying ones among them.
    parameters: dict[str, Any] = {"model.preset": options.preset, "edge.enable": False}
    parameters |= options.parameters
    if options.weights is not None:
        parameters["model.weights"] = str(options.weights.resolve())
    # A file, because on the command line a path would be read as YAML.
    file = logs / "node.yaml"
    file.write_text(yaml.safe_dump({"/**": {"ros__parameters": parameters}}))
    return ["--ros-args", "--params-file", str(file)]


def _recorder_arguments(options: LiveOptions, folder: OutputFolder) -> list[str]:
    report = folder.logs / "recorder.json"
    wait = f"{START_LIMIT_S:g}"
    arguments = [str(folder.recorded_bag), "--wait", wait, "--report", str(report)]
    arguments += ["--every", str(options.every), *(["--timings"] if options.timings else [])]
    return arguments if options.estimate else [*arguments, "--no-estimate"]


def _player_arguments(options: LiveOptions, folder: OutputFolder) -> list[str]:
    arguments = [str(options.bag), "--report", str(folder.logs / "player.json")]
    arguments += ["--wait", f"{START_LIMIT_S:g}"]
    arguments += ["--rate", f"{options.rate_hz:g}", "--seconds", f"{options.seconds:g}"]
    if options.topics.color is not None:
        arguments += ["--rgb-topic", options.topics.color]
    if options.topics.depth is not None:
        arguments += ["--depth-topic", options.topics.depth]
    return arguments


def _report(logs: Path, loads: list[LoadSample], exceptions: int) -> LiveReport:
    player = json.loads((logs / "player.json").read_text())
    recorder = json.loads((logs / "recorder.json").read_text())
    return LiveReport(
        sent={item["stamp_ns"]: item["number"] for item in player["sent"]},
        received_ns=recorder["stamps_ns"],
        latencies_ms=recorder["latencies_ms"],
        estimates=recorder["estimates"],
        node=recorder["diagnostics"],
        published_ns=dict(player["published_ns"]),
        engine_ms=dict(recorder["engine_ms"]),
        loads=loads,
        exceptions=exceptions,
    )
