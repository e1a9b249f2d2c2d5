from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep, time_ns

import pytest

rclpy = pytest.importorskip("rclpy")
from builtin_interfaces.msg import Time  # noqa: E402
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue  # noqa: E402
from rclpy.duration import Duration  # noqa: E402
from rclpy.node import Node  # noqa: E402
from rclpy.publisher import Publisher  # noqa: E402
from sensor_msgs.msg import CameraInfo, Image  # noqa: E402
from std_msgs.msg import Header  # noqa: E402

from bridgenet_ros.errors import BagError  # noqa: E402
from bridgenet_ros.offline.bag_reader import BagReader  # noqa: E402
from bridgenet_ros.offline.messages import read_image, stamp_of  # noqa: E402
from bridgenet_ros.ros import qos  # noqa: E402
from bridgenet_ros.ros.record import record  # noqa: E402

FRAMES = 5
"""The depth of both queues: a recorder that is slow to match still finds every frame."""
ACKNOWLEDGED = Duration(seconds=30)


class Speaker:
    """Publishes what the node does."""

    def __init__(self) -> None:
        self.context = rclpy.Context()
        rclpy.init(context=self.context)
        self.node = Node("speaker", context=self.context)
        profile = qos.profile("reliable", 5)
        self.images = [
            self.node.create_publisher(Image, f"{name}/depth/image", profile)
            for name in ("sr", "mde")
        ]
        self.infos = [
            self.node.create_publisher(CameraInfo, f"{name}/depth/camera_info", profile)
            for name in ("sr", "mde")
        ]
        self.diagnostics = self.node.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self.timings = self.node.create_publisher(DiagnosticArray, "timings", profile)

    def speak(self, stamp_ns: int) -> None:
        header = Header(stamp=Time(sec=stamp_ns // 10**9, nanosec=stamp_ns % 10**9), frame_id="c")
        for publisher in self.infos:
            publisher.publish(CameraInfo(header=header, width=8, height=6))
        for publisher in self.images:
            image = Image(header=header, width=2, height=1, encoding="32FC1", step=8)
            image.data.frombytes(bytes(8))
            publisher.publish(image)
        values = [KeyValue(key="prepare", value="0.5"), KeyValue(key="engine", value="12.5")]
        status = [DiagnosticStatus(name="bridgenet: frame", values=values)]
        self.timings.publish(DiagnosticArray(header=header, status=status))

    def report(self, frames: int) -> None:
        values = [KeyValue(key="frames_in", value=str(frames))]
        other = DiagnosticStatus(name="camera: driver", values=[KeyValue(key="x", value="1")])
        ours = DiagnosticStatus(name="bridgenet: depth", values=values)
        self.diagnostics.publish(DiagnosticArray(status=[other, ours]))

    def wait_until_received(self) -> None:
        """A sleep would not do: on a busy machine the last frames arrive later than that."""
        for publisher in (*self.images, *self.infos, self.diagnostics, self.timings):
            assert publisher.wait_for_all_acked(ACKNOWLEDGED)

    def speak_when_heard(self, *publishers: Publisher) -> list[int]:
        """All frames, once each of these has a subscriber; returns their stamps."""
        end = monotonic() + 60
        while not all(p.get_subscription_count() for p in publishers) and monotonic() < end:
            sleep(0.05)
        stamps = []
        for _ in range(FRAMES):
            stamps.append(time_ns())
            self.speak(stamps[-1])
            sleep(0.03)
        return stamps

    def close(self) -> None:
        self.node.destroy_node()
        self.context.try_shutdown()


@pytest.fixture
def speaker() -> Iterator[Speaker]:
    found = Speaker()
    yield found
    found.close()


def start(out: Path, report: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bridgenet_ros.ros.record", str(out), "--report", str(report)]
    return subprocess.Popen(
        [*command, *arguments], env=os.environ, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_outputs_are_recorded_until_the_signal(
    tmp_path: Path, speaker: Speaker, number: signal.Signals
) -> None:
    process = start(tmp_path / "out.mcap", tmp_path / "report.json")
    try:
        stamps = speaker.speak_when_heard(*speaker.images, *speaker.infos, speaker.diagnostics)
        speaker.report(FRAMES)
        speaker.wait_until_received()
        process.send_signal(number)
        process.send_signal(number)  # the second one of an impatient user
        _, errors = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()

    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["stamps_ns"] == stamps
    assert report["estimates"] == FRAMES
    assert report["diagnostics"] == {"frames_in": str(FRAMES)}
    assert all(0 < latency < 5000 for latency in report["latencies_ms"])
    with BagReader(tmp_path / "out.mcap") as bag:
        counts = {c.topic: c.msgcount for c in bag.connections}
        recorded = [
            stamp_of(read_image(m.raw))
            for m in bag.messages()
            if m.connection.topic == "/sr/depth/image"
        ]
    assert recorded == stamps
    assert counts == {
        "/sr/depth/image": FRAMES,
        "/sr/depth/camera_info": FRAMES,
        "/mde/depth/image": FRAMES,
        "/mde/depth/camera_info": FRAMES,
        "/diagnostics": 1,
    }


def test_measuring_keeps_few_images_and_accounts_for_all(tmp_path: Path, speaker: Speaker) -> None:
    arguments = ("--every", "3", "--timings", "--no-estimate")
    process = start(tmp_path / "out.mcap", tmp_path / "report.json", *arguments)
    heard = (speaker.images[0], speaker.infos[0], speaker.diagnostics, speaker.timings)
    try:
        stamps = speaker.speak_when_heard(*heard)
        speaker.wait_until_received()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()

    assert process.returncode == 0, errors
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["stamps_ns"] == stamps
    assert report["engine_ms"] == [[stamp, 12.5] for stamp in stamps]
    with BagReader(tmp_path / "out.mcap") as bag:
        counts = {c.topic: c.msgcount for c in bag.connections}
    assert counts["/sr/depth/image"] == 2  # the first and the fourth
    assert (counts["/sr/depth/camera_info"], counts["/timings"]) == (FRAMES, FRAMES)


def test_no_node_ends_with_a_reason_and_no_recording(tmp_path: Path) -> None:
    with pytest.raises(BagError, match=r"nobody published /sr/depth/image in 0\.3 s"):
        record(tmp_path / "out.mcap", wait_s=0.3)

    assert list(tmp_path.iterdir()) == []


def test_existing_recording_is_kept(tmp_path: Path) -> None:
    (tmp_path / "out.mcap").write_text("precious")

    process = start(tmp_path / "out.mcap", tmp_path / "report.json")
    _, errors = process.communicate(timeout=60)

    assert process.returncode == 2
    assert "exists already" in errors
    assert (tmp_path / "out.mcap").read_text() == "precious"
