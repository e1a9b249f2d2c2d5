from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import pytest
from tiny_bags import compressed_recording, write_bag

from bridgenet_ros.demo import live, run
from bridgenet_ros.demo.children import ChildError
from bridgenet_ros.demo.folder import OutputFolder
from bridgenet_ros.demo.live import LiveOptions, LiveReport
from bridgenet_ros.demo.run import DemoOptions, choose_frame, run_demo, transports
from bridgenet_ros.demo.sequence import RenderedLoop
from bridgenet_ros.errors import BagError, ConfigError, WeightsError
from bridgenet_ros.image_codec import encode_depth
from bridgenet_ros.offline.bag_topics import TopicNames
from bridgenet_ros.offline.bag_writer import BagWriter
from bridgenet_ros.offline.messages import IMAGE_TYPE, make_header, make_image
from bridgenet_ros.scenes.camera import Intrinsics

CAMERA = Intrinsics(width=64, height=48, focal=52.5, cx=31.5, cy=23.5)
FRAMES = 6
DROPS = {"replaced_by_newer": 2, "lost_before_node": 1}


def small_loop() -> RenderedLoop:
    return RenderedLoop(frames=FRAMES, camera=CAMERA)


def options(output: Path, **changes: object) -> DemoOptions:
    given: dict[str, object] = {
        "bag": None,
        "topics": TopicNames(),
        "seconds": None,
        "preset": "tiny",
        "weights": None,
    }
    return DemoOptions(output=output, **{**given, **changes})  # type: ignore[arg-type]


def silent(stage: str, share: float) -> None:
    pass


def report(sent: dict[int, int], received: list[int], estimates: int = 0) -> LiveReport:
    node = {
        "preset": "tiny",
        "trained": "false",
        "frames_in": str(len(sent) - 1),
        "frames_out": str(len(received)),
        "drops": "2",
        "drops.replaced_by_newer": "2",
    }
    latencies = [40.0 + k for k in range(len(received))]
    return LiveReport(
        sent=sent, received_ns=received, latencies_ms=latencies, estimates=estimates, node=node
    )


def fake_live(what: LiveOptions, folder: OutputFolder, progress: run.Progress) -> LiveReport:
    """Sends six frames and answers three with a plane at 2 m, one with an estimate."""
    progress("playing to the node", 1.0)
    sent = {k * 100_000_000: k for k in range(FRAMES)}
    received = [0, 200_000_000, 400_000_000]
    with BagWriter(folder.recorded_bag) as writer:
        topics = [writer.add_topic(f"/{n}/depth/image", IMAGE_TYPE) for n in ("sr", "mde")]
        plane = encode_depth(np.full((48, 64), 2.0, np.float32))
        for stamp in received:
            for topic in topics if stamp == received[1] else topics[:1]:
                writer.write(topic, stamp, make_image(plane, make_header(stamp, "c")))
    return report(sent, received, 1)


@pytest.fixture
def no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "RenderedLoop", small_loop)
    monkeypatch.setattr(run, "run_live", fake_live)


@pytest.mark.usefixtures("no_processes")
def test_rendered_run_is_scored_against_the_truth(tmp_path: Path) -> None:
    stages: list[str] = []

    result = run_demo(options(tmp_path / "out"), lambda stage, _: stages.append(stage))

    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (summary["frames_in"], summary["frames_out"]) == (FRAMES, 3)
    assert summary["drops"] == DROPS
    assert (summary["latency_ms_p50"], summary["preset"], summary["trained"]) == (
        41.0,
        "tiny",
        False,
    )
    assert (summary["frames_scored"], summary["colour_size"]) == (3, [64, 48])
    loop = small_loop()
    assert summary["rmse_bicubic_cm"] < summary["rmse_sr_cm"]  # a plane is no room
    offset = np.concatenate([2.0 - loop.truth(k).ravel() for k in (0, 2, 4)])
    assert summary["rmse_sr_cm"] == pytest.approx(100 * np.sqrt((offset**2).mean()), rel=0.2)
    assert cv2.imread(str(result.folder.picture)) is not None
    assert list(dict.fromkeys(stages)) == [
        "rendering the room",
        "playing to the node",
        "comparing with the truth",
        "drawing",
    ]


@pytest.mark.usefixtures("no_processes")
def test_given_recording_has_no_truth(tmp_path: Path) -> None:
    small_loop().write(tmp_path / "mine.mcap", lambda _: None)

    result = run_demo(options(tmp_path / "out", bag=tmp_path / "mine.mcap"), silent)

    summary = result.summary
    assert (summary.rmse_bicubic_cm, summary.rmse_sr_cm) == (None, None)
    assert summary.input == str(tmp_path / "mine.mcap")
    assert not result.folder.camera_bag.exists()
    with_truth = 80 + 28 + 3 * (370 * 0.75 + 36 + 18)
    assert cv2.imread(str(result.folder.picture)).shape[0] < with_truth - 200


def test_unusable_input_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    output = tmp_path / "out"

    with pytest.raises(BagError, match="no such file"):
        run_demo(options(output, bag=tmp_path / "absent.mcap"), silent)
    with pytest.raises(ConfigError, match="seconds is -1; expected more than 0"):
        run_demo(options(output, seconds=-1.0), silent)
    with pytest.raises(ConfigError, match="lies in the output folder"):
        run_demo(options(output, bag=output / "camera.mcap"), silent)
    with pytest.raises(WeightsError, match=r"absent\.safetensors"):
        run_demo(options(output, weights=tmp_path / "absent.safetensors"), silent)
    with pytest.raises(ConfigError, match=r"model\.preset is 'huge'; expected one of auto, tiny"):
        run_demo(options(output, preset="huge"), silent)

    assert not output.exists()


def test_drawn_frame_has_both_depths_and_is_near_the_wanted_one(tmp_path: Path) -> None:
    folder = OutputFolder(tmp_path)
    found = fake_live(None, folder, silent)  # type: ignore[arg-type]

    assert choose_frame(found, folder.recorded_bag) == 200_000_000
    assert choose_frame(found, folder.recorded_bag, 5) == 200_000_000
    silent_node = LiveReport(sent={1: 0}, received_ns=[], latencies_ms=[], estimates=0, node={})
    assert choose_frame(silent_node, folder.recorded_bag) is None


@pytest.mark.slow
def test_three_processes_over_dds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rclpy")
    monkeypatch.setattr(run, "RenderedLoop", small_loop)
    before = processes()

    summary = run_demo(options(tmp_path / "out", seconds=1.0), silent).summary

    assert summary.frames_in == 30
    assert 0 < summary.frames_out <= 30
    assert summary.frames_out + sum(summary.drops.values()) == 30
    assert summary.estimates_out > 0
    assert summary.frames_scored == summary.frames_out
    assert summary.latency_ms_p50 is not None
    assert 0 < summary.latency_ms_p50 < 5000
    assert processes() <= before


@pytest.mark.slow
def test_failing_node_ends_the_demo_with_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("rclpy")
    monkeypatch.setattr(run, "RenderedLoop", small_loop)

    bad = ["--ros-args", "-p", "sync.slop:=-1.0"]
    monkeypatch.setattr(live, "_node_arguments", lambda *_: bad)

    with pytest.raises(ChildError, match=r"node process ended with code 2(.|\n)*sync\.slop"):
        run_demo(options(tmp_path / "out"), silent)


def processes() -> set[str]:
    """Process ids of our ROS modules, this test's or another's."""
    found = set()
    for folder in Path("/proc").iterdir():
        with suppress(OSError):
            if folder.name.isdigit() and "bridgenet_ros.ros" in (folder / "cmdline").read_text():
                found.add(folder.name)
    return found


def test_the_node_is_told_how_the_images_of_a_recording_come(tmp_path: Path) -> None:
    raw = write_bag(tmp_path / "raw.mcap")
    compressed = write_bag(tmp_path / "compressed.mcap", compressed_recording())
    assert transports(raw, TopicNames()) == {}
    assert transports(compressed, TopicNames()) == {
        "rgb_image_transport": "compressed",
        "depth_image_transport": "compressedDepth",
    }
