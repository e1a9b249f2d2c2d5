"""Small recordings, written with the package's own writer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rosbags.interfaces import Connection

from bridgenet_ros.compressed_codec import (
    CompressedPayload,
    encode_compressed_color,
    encode_compressed_depth,
)
from bridgenet_ros.image_codec import (
    ImagePayload,
    decode_color,
    decode_depth,
    encode_color,
    encode_depth,
)
from bridgenet_ros.offline.bag_reader import BagMessage, BagReader, Storage
from bridgenet_ros.offline.bag_writer import BagWriter
from bridgenet_ros.offline.messages import (
    CAMERA_INFO_TYPE,
    COMPRESSED_TYPE,
    IMAGE_TYPE,
    CameraInfo,
    RegionOfInterest,
    make_compressed_image,
    make_header,
    make_image,
    serialize,
)

START = 1_700_000_000_000_000_000
PERIOD = 33_333_333
MS = 1_000_000
FRAME = "camera_color_optical_frame"
COLOR, COLOR_INFO, DEPTH = "/rgb/image", "/rgb/camera_info", "/depth/image"
TEXT_TYPE = "std_msgs/msg/String"
HEIGHT, WIDTH, SCALE = 8, 12, 4

Recorded = tuple[str, str, int, bytes]
"""topic, type, recording time, CDR bytes."""


def color_payload(index: int = 0) -> ImagePayload:
    return encode_color(np.full((HEIGHT, WIDTH, 3), index % 256, np.uint8))


def depth_payload(index: int = 0) -> ImagePayload:
    depth = np.full((HEIGHT // SCALE, WIDTH // SCALE), 1000 + index, np.uint16)
    return encode_depth(depth)


def image(
    topic: str,
    stamp_ns: int,
    payload: ImagePayload,
    *,
    time_ns: int | None = None,
    frame: str = FRAME,
) -> Recorded:
    raw = serialize(make_image(payload, make_header(stamp_ns, frame)))
    return topic, IMAGE_TYPE, stamp_ns if time_ns is None else time_ns, bytes(raw)


def compressed(topic: str, stamp_ns: int, payload: CompressedPayload) -> Recorded:
    raw = serialize(make_compressed_image(payload, make_header(stamp_ns, FRAME)))
    return topic, COMPRESSED_TYPE, stamp_ns, bytes(raw)


def camera_info(stamp_ns: int, fx: float = 10.0) -> CameraInfo:
    return CameraInfo(
        header=make_header(stamp_ns, FRAME),
        height=HEIGHT,
        width=WIDTH,
        distortion_model="plumb_bob",
        d=np.zeros(5),
        k=np.array([fx, 0, 6, 0, fx, 4, 0, 0, 1], np.float64),
        r=np.eye(3).ravel(),
        p=np.array([fx, 0, 6, 0, 0, fx, 4, 0, 0, 0, 1, 0], np.float64),
        binning_x=0,
        binning_y=0,
        roi=RegionOfInterest(x_offset=0, y_offset=0, height=0, width=0, do_rectify=False),
    )


def info(topic: str, stamp_ns: int, fx: float = 10.0) -> Recorded:
    return topic, CAMERA_INFO_TYPE, stamp_ns, bytes(serialize(camera_info(stamp_ns, fx)))


def text(topic: str, time_ns: int, raw: bytes = b"\0\1\0\0\2\0\0\0a\0\0\0") -> Recorded:
    return topic, TEXT_TYPE, time_ns, raw


def recording(pairs: int = 3, *, depth_delay_ns: int = 0) -> list[Recorded]:
    """Colour, its calibration, depth and a text, ``pairs`` times at 30 Hz."""
    messages = []
    for index in range(pairs):
        stamp = START + index * PERIOD
        messages += [
            image(COLOR, stamp, color_payload(index)),
            info(COLOR_INFO, stamp),
            image(DEPTH, stamp + depth_delay_ns, depth_payload(index)),
            text("/chatter", stamp + MS),
        ]
    return messages


def compressed_recording(pairs: int = 3, codec: str = "png") -> list[Recorded]:
    """The images of `recording`, PNG and compressedDepth, with colour's calibration."""
    messages = []
    for index in range(pairs):
        stamp = START + index * PERIOD
        color = encode_compressed_color(decode_color(color_payload(index)), "png")
        depth = encode_compressed_depth(decode_depth(depth_payload(index)), codec)
        messages += [
            compressed(f"{COLOR}/compressed", stamp, color),
            info(COLOR_INFO, stamp),
            compressed(f"{DEPTH}/compressedDepth", stamp, depth),
        ]
    return messages


def write_bag(
    path: Path, messages: Sequence[Recorded] | None = None, storage: Storage | None = None
) -> Path:
    with BagWriter(path, storage) as writer:
        topics: dict[str, Connection] = {}
        for topic, msgtype, time_ns, raw in recording() if messages is None else messages:
            if topic not in topics:
                topics[topic] = writer.add_topic(topic, msgtype)
            writer.write_raw(topics[topic], time_ns, raw)
    return path


def read_bag(path: Path) -> dict[str, list[BagMessage]]:
    """The messages of every topic."""
    with BagReader(path) as reader:
        messages: dict[str, list[BagMessage]] = {c.topic: [] for c in reader.connections}
        for message in reader.messages():
            messages[message.connection.topic].append(message)
        return messages
