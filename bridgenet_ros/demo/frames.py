"""The frames of a run, read back: what was played to the node and what it answered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from rosbags.interfaces import Connection

from bridgenet_ros.depth_units import MILLIMETRE, to_metres
from bridgenet_ros.errors import BagError
from bridgenet_ros.frame import DepthArray, FloatArray, UInt8Array
from bridgenet_ros.input_config import InputConfig
from bridgenet_ros.offline.bag_reader import BagReader
from bridgenet_ros.offline.bag_topics import TopicNames, find_topics
from bridgenet_ros.offline.image_messages import (
    AnyImage,
    color_pixels,
    depth_pixels,
    read_any_image,
)
from bridgenet_ros.offline.messages import stamp_of
from bridgenet_ros.preprocess import upsample_depth


class InputFrame(NamedTuple):
    """A frame as the camera gave it."""

    rgb: UInt8Array
    """(H, W, 3)."""
    sensor_m: FloatArray
    """(h, w) metres, 0 where invalid."""


def input_frame(bag: Path, names: TopicNames, number: int) -> InputFrame:
    """Colour image ``number`` of a recording and the depth image nearest to it in time.

    Raises:
        BagError: the recording cannot be read, or has no such frame.
        FrameError: its images cannot be decoded.
    """
    with BagReader(bag) as reader:
        topics = find_topics(reader.connections, names)
        color = next((m for k, m in enumerate(_images(reader, topics.color)) if k == number), None)
        if color is None:
            raise BagError(f"{bag}: has no colour image number {number}")
        wanted = stamp_of(color)
        depth = min(
            _images(reader, topics.depth), key=lambda m: abs(stamp_of(m) - wanted), default=None
        )
    if depth is None:
        raise BagError(f"{bag}: topic {topics.depth.topic} is empty")
    return InputFrame(color_pixels(color), metres(depth_pixels(depth)))


def sensor_frames(bag: Path, names: TopicNames) -> list[FloatArray]:
    """Every depth image of a recording, (h, w) metres, 0 where invalid.

    Raises:
        BagError: the recording cannot be read.
        FrameError: an image cannot be decoded.
    """
    with BagReader(bag) as reader:
        topics = find_topics(reader.connections, names)
        return [metres(depth_pixels(m)) for m in _images(reader, topics.depth)]


def output_frames(recording: Path, topic: str) -> Iterator[tuple[int, FloatArray]]:
    """Stamp (ns) and depth (H, W) metres, NaN where invalid, of every image of ``topic``.

    Raises:
        BagError: the recording cannot be read.
        FrameError: an image cannot be decoded.
    """
    with BagReader(recording) as reader:
        for connection in reader.connections:
            if connection.topic.lstrip("/") == topic:
                for message in _images(reader, connection):
                    yield stamp_of(message), with_nan(depth_pixels(message))


def metres(depth: DepthArray) -> FloatArray:
    """Metres with 0 where invalid, by the node's default limits."""
    limits = InputConfig()
    return to_metres(
        depth, scale_m=limits.depth_scale, min_m=limits.min_depth, max_m=limits.max_depth
    )


def with_nan(depth: DepthArray) -> FloatArray:
    """Published depth in metres with NaN, from 32FC1 or 16UC1."""
    if depth.dtype == np.uint16:
        known = np.where(depth > 0, depth * np.float32(MILLIMETRE), np.float32(np.nan))
        return np.asarray(known, np.float32)
    return depth.astype(np.float32)


def bicubic(sensor_m: FloatArray, size: tuple[int, int]) -> FloatArray:
    """The baseline: bicubic upsampling to (H, W) metres, NaN in the sensor's holes."""
    low = torch.from_numpy(np.ascontiguousarray(sensor_m))[None, None]
    depth, validity = upsample_depth(low, size)
    measured = torch.where(validity > 0, depth, torch.full_like(depth, float("nan")))
    found: FloatArray = measured[0, 0].numpy()
    return found


def _images(reader: BagReader, connection: Connection) -> Iterator[AnyImage]:
    return (read_any_image(message) for message in reader.messages([connection]))
