"""Recordings with one thing wrong each, looked at as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from realsense_bags import Device, write_sdk_bag
from tiny_bags import (
    COLOR,
    COLOR_INFO,
    DEPTH,
    MS,
    PERIOD,
    START,
    Recorded,
    color_payload,
    compressed_recording,
    depth_payload,
    image,
    info,
    recording,
    write_bag,
)

from bridgenet_ros.config import NodeConfig, with_values
from bridgenet_ros.doctor.bag import look_at_bag
from bridgenet_ros.doctor.examine import examine
from bridgenet_ros.doctor.finding import Finding, Status, would_work
from bridgenet_ros.errors import BagError
from bridgenet_ros.offline.messages import IMAGE_TYPE
from bridgenet_ros.topic_choice import TopicNames


def look(
    tmp_path: Path, messages: list[Recorded], seconds: float | None = None, **values: object
) -> list[Finding]:
    tmp_path.mkdir(exist_ok=True)
    source = write_bag(tmp_path / "in.mcap", messages)
    config = with_values(NodeConfig(), {k.replace("__", "."): v for k, v in values.items()})
    return examine(look_at_bag(source, TopicNames(), config, seconds), config, (4,))


def troubles(found: list[Finding]) -> list[tuple[str, Status]]:
    return [(f.part, f.status) for f in found if f.status is not Status.OK]


def in_another_frame(pairs: int = 5) -> list[Recorded]:
    stamps = [START + i * PERIOD for i in range(pairs)]
    return [
        message
        for stamp in stamps
        for message in (
            image(COLOR, stamp, color_payload()),
            info(COLOR_INFO, stamp),
            image(DEPTH, stamp, depth_payload(), frame="depth_optical"),
        )
    ]


def test_a_good_recording(tmp_path: Path) -> None:
    found = look(tmp_path, recording(10))
    assert troubles(found) == []
    told = " / ".join(finding.what for finding in found)
    for words in ("rgb8, 12x8", "16UC1, 3x2", "10 pairs of 10", "in the colour view", "30.0 Hz"):
        assert words in told


def test_compressed_images(tmp_path: Path) -> None:
    found = look(tmp_path, compressed_recording(5))
    assert would_work(found)
    assert any("compressedDepth png" in finding.what for finding in found)


def test_a_part_of_a_recording(tmp_path: Path) -> None:
    found = look(tmp_path, recording(30), seconds=0.5)
    assert any("15 pairs of 15" in f.what or "16 pairs of 16" in f.what for f in found)


def test_depth_of_another_clock(tmp_path: Path) -> None:
    messages = [
        image(topic, START + i * PERIOD - late, payload, time_ns=START + i * PERIOD)
        for i in range(10)
        for topic, payload, late in (
            (COLOR, color_payload(), 0),
            (DEPTH, depth_payload(), 800 * MS),
        )
    ]
    found = look(tmp_path, messages)
    assert not would_work(found)
    assert any("sync.stamp_offset to about 0.800" in f.advice for f in found)
    found = look(tmp_path / "again", messages, sync__stamp_offset=0.8)
    assert would_work(found)


def test_depth_that_cannot_be_registered(tmp_path: Path) -> None:
    found = look(tmp_path, in_another_frame())
    errors = [f for f in found if f.status is Status.ERROR]
    assert [f.part for f in errors] == ["depth", "pairs"]
    assert errors[0].what.startswith("no camera info on /depth/camera_info")
    assert errors[1].what.startswith("depth is in frame 'depth_optical'")
    assert "record /tf_static" in errors[1].advice
    assert would_work(look(tmp_path / "off", in_another_frame(), register__mode="off"))


def test_undecodable_images(tmp_path: Path) -> None:
    messages = [m for m in recording(5) if m[0] != DEPTH]
    messages += [(DEPTH, IMAGE_TYPE, START + i, b"\0\1\0\0junk") for i in range(2)]
    found = look(tmp_path, messages)
    (error,) = [f for f in found if f.status is Status.ERROR]
    assert error.what.startswith("2 images of /depth/image cannot be decoded")


def test_what_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(BagError, match="no topic looks like the depth image"):
        look(tmp_path, [image(COLOR, START, color_payload())])


def look_at_sdk(tmp_path: Path, device: Device) -> list[Finding]:
    source = write_sdk_bag(tmp_path / "in.bag", device, pairs=5)
    config = NodeConfig()
    return examine(look_at_bag(source, TopicNames(), config), config, (4,))


def test_a_recording_of_the_realsense_sdk(tmp_path: Path) -> None:
    found = look_at_sdk(tmp_path, Device(units=(0.00025,), near=4000, far=20000))
    assert troubles(found) == []
    told = " / ".join(finding.what for finding in found)
    assert "Depth_0/image/data are between 0.1 and 10 m, 5.00 m in the median" in told
    assert (
        "depth of frame 'device_0/sensor_0/Depth_0' is projected into '0', extrinsics from the "
        "recording's /device_0/sensor_0/Depth_0/tf/0 and /device_0/sensor_1/Color_0/tf/0" in told
    )
    assert "/device_0/sensor_0/Depth_0/info/camera_info fits 9x9" in told


@pytest.mark.parametrize(
    ("device", "part", "told"),
    [
        (Device(transforms=()), "pairs", "the transform between them is not known"),
        (Device(units=()), "depth", "depth units of /device_0/sensor_0/option/Depth_Units/value"),
        (
            Device(color_model=("Kannala Brandt4", (0.1,) * 5)),
            "pairs",
            "has the distortion 'Kannala Brandt4'",
        ),
    ],
)
def test_a_recording_of_the_realsense_sdk_that_lacks_something(
    tmp_path: Path, device: Device, part: str, told: str
) -> None:
    errors = [f for f in look_at_sdk(tmp_path, device) if f.status is Status.ERROR]
    assert [f.part for f in errors] == [part]
    assert told in errors[0].what
