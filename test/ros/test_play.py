from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, time_ns

import numpy as np
import pytest

rclpy = pytest.importorskip("rclpy")
from rclpy.node import Node  # noqa: E402
from realsense_bags import write_sdk_bag  # noqa: E402
from sensor_msgs.msg import CameraInfo, Image  # noqa: E402
from tiny_bags import compressed_recording, write_bag  # noqa: E402

from bridgenet_ros.errors import BagError  # noqa: E402
from bridgenet_ros.image_codec import encode_color, encode_depth  # noqa: E402
from bridgenet_ros.offline import messages  # noqa: E402
from bridgenet_ros.offline.bag_writer import BagWriter  # noqa: E402
from bridgenet_ros.ros import qos  # noqa: E402
from bridgenet_ros.ros.play import Options, parse, play  # noqa: E402

FRAMES = 5
MS = 1_000_000
DEPTH_LAG_NS = 4 * MS


def info(stamp_ns: int) -> messages.CameraInfo:
    plain = CameraInfo()
    numbers = {name: np.asarray(getattr(plain, name), np.float64) for name in ("k", "r", "p")}
    roi = messages.typestore().types["sensor_msgs/msg/RegionOfInterest"](0, 0, 0, 0, False)
    return messages.CameraInfo(
        header=messages.make_header(stamp_ns, "camera"),
        height=24,
        width=32,
        distortion_model="plumb_bob",
        d=np.zeros(5),
        **numbers,
        binning_x=0,
        binning_y=0,
        roi=roi,
    )


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    """Five frames at 10 Hz, depth 4 ms later; colour frame k is filled with the value k."""
    path = tmp_path / "in"
    with BagWriter(path) as writer:
        rgb = writer.add_topic("/cam/rgb/image", messages.IMAGE_TYPE)
        depth = writer.add_topic("/cam/depth/image", messages.IMAGE_TYPE)
        rgb_info = writer.add_topic("/cam/rgb/camera_info", messages.CAMERA_INFO_TYPE)
        for k in range(FRAMES):
            stamp = 1_000 * MS + k * 100 * MS
            color = encode_color(np.full((24, 32, 3), k, np.uint8))
            low = encode_depth(np.full((6, 8), 1000 + k, np.uint16))
            head, late = (messages.make_header(s, "camera") for s in (stamp, stamp + DEPTH_LAG_NS))
            writer.write(rgb_info, stamp, info(stamp))
            writer.write(rgb, stamp, messages.make_image(color, head))
            writer.write(depth, stamp + DEPTH_LAG_NS, messages.make_image(low, late))
    return path


class Listener:
    """Subscribes like the node and keeps what comes."""

    def __init__(self) -> None:
        self.context = rclpy.Context()
        rclpy.init(context=self.context)
        self.node = Node("listener", context=self.context)
        self.executor = rclpy.executors.SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)
        self.color: list[tuple[int, int, int]] = []
        self.depth: list[int] = []
        self.infos = 0
        for kind, topic, callback in (
            (Image, "rgb/image", self._on_color),
            (Image, "depth/image", self._on_depth),
            (CameraInfo, "rgb/camera_info", self._on_info),
        ):
            self.node.create_subscription(kind, topic, callback, qos.profile("reliable", 10))

    def _on_color(self, message: Image) -> None:
        self.color.append((stamp_ns(message), message.data[0], time_ns()))

    def _on_depth(self, message: Image) -> None:
        self.depth.append(stamp_ns(message))

    def _on_info(self, message: CameraInfo) -> None:
        assert message.distortion_model == "plumb_bob"
        self.infos += 1

    def close(self) -> None:
        self.executor.shutdown()
        self.node.destroy_node()
        self.context.try_shutdown()


def stamp_ns(message: Image) -> int:
    return int(message.header.stamp.sec) * 1_000_000_000 + int(message.header.stamp.nanosec)


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    yield found
    found.close()


def run_player(bag: Path, listener: Listener, *arguments: str) -> list[dict[str, int]]:
    report = bag.parent / "report.json"
    command = [sys.executable, "-m", "bridgenet_ros.ros.play", str(bag), "--report", str(report)]
    process = subprocess.Popen([*command, *arguments], env=os.environ)
    try:
        end = monotonic() + 60
        while process.poll() is None and monotonic() < end:
            listener.executor.spin_once(timeout_sec=0.05)
        for _ in range(20):
            listener.executor.spin_once(timeout_sec=0.02)
        assert process.wait(1) == 0
    finally:
        process.kill()
        process.wait()
    played = json.loads(report.read_text())
    sent: list[dict[str, int]] = played["sent"]
    published_ns = dict(played["published_ns"])
    # Images go out at or after their stamps, depth's among them.
    assert all(published_ns[item["stamp_ns"]] >= item["stamp_ns"] for item in sent)
    assert set(listener.depth) <= set(published_ns)
    return sent


def test_every_frame_arrives_at_the_rate_with_present_stamps(bag: Path, listener: Listener) -> None:
    sent = run_player(bag, listener, "--rate", "20")

    assert [item["number"] for item in sent] == list(range(FRAMES))
    assert [(s, v) for s, v, _ in listener.color] == [(i["stamp_ns"], i["number"]) for i in sent]
    stamps = np.array([s for s, _, _ in listener.color])
    assert np.diff(stamps) == pytest.approx(50 * MS, abs=1)
    # Twice as fast, so half of the lag.
    assert np.array(listener.depth) - stamps == pytest.approx(DEPTH_LAG_NS / 2, abs=1)
    ages_ms = [(arrived - stamp) / MS for stamp, _, arrived in listener.color]
    assert min(ages_ms) > -5
    assert np.median(ages_ms) < 1000
    assert listener.infos == FRAMES


def test_rounds_repeat_with_rising_stamps(bag: Path, listener: Listener) -> None:
    sent = run_player(bag, listener, "--rate", "20", "--seconds", "0.6")

    assert [item["number"] for item in sent] == [*range(5), *range(5), 0, 1]
    assert np.diff([item["stamp_ns"] for item in sent]) == pytest.approx(50 * MS, abs=2)


def test_nobody_listening_ends_with_a_reason(bag: Path) -> None:
    with pytest.raises(
        BagError, match=r"nobody subscribed to /rgb/image or /depth/image in 0\.2 s"
    ):
        play(options(bag, wait_s=0.2))


def test_compressed_images_are_played_on_their_transports(tmp_path: Path) -> None:
    bag = write_bag(tmp_path / "in.mcap", compressed_recording())
    with pytest.raises(BagError, match="/rgb/image/compressed or /depth/image/compressedDepth"):
        play(options(bag, wait_s=0.2))


def test_absent_topic_is_named(bag: Path) -> None:
    with pytest.raises(BagError, match=r"/no/such.*/cam/rgb/image"):
        play(options(bag, rgb_topic="/no/such"))


def test_depth_of_another_view_that_no_node_would_notice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BagError, match=r"in\.bag: /device_0/.* expected the output of process-bag"):
        play(options(write_sdk_bag(tmp_path / "in.bag")))


def options(bag: Path, *, wait_s: float = 5.0, rgb_topic: str | None = None) -> Options:
    return Options(
        bag=bag, rgb_topic=rgb_topic, depth_topic=None, rate_hz=30, seconds=0, wait_s=wait_s
    )


def test_arguments_have_the_cameras_rate_as_default() -> None:
    parsed, report = parse(["some.mcap"])

    assert (parsed.bag, parsed.rate_hz, parsed.seconds, report) == (
        Path("some.mcap"),
        30.0,
        0.0,
        None,
    )
