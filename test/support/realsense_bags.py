"""Small recordings as the RealSense SDK lays them out."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
from rosbags.interfaces import Connection
from rosbags.rosbag1 import Writer
from rosbags.typesys import Stores, get_typestore

PERIOD = 33_333_333
STAMP = 360_000_000_000
"""Of the first image; its clock is the camera's, that of the recording begins at 0."""
STATIC = 1
"""Recording time of what does not change, nanoseconds."""

Pose = tuple[tuple[float, float, float], tuple[float, float, float, float]]
"""Translation in metres, and a quaternion x, y, z, w."""

HALF = 0.5**0.5
DEPTH_POSE: Pose = (0.1, -0.1, 0.0), (0.0, 0.0, 0.0, 1.0)
COLOR_POSE: Pose = (0.2, 0.1, 0.0), (0.0, 0.0, -HALF, -HALF)
"""With a quarter turn about the optical axis: (x, y, z) becomes (-y, x, z) and is moved."""


@dataclass(frozen=True, kw_only=True)
class Device:
    """What a recording says of a device; the defaults are complete.

    Colour is 18x18 with a focal length of 20 pixels, depth 9x9 with 10.
    """

    number: int = 0
    transforms: tuple[tuple[str, Pose], ...] = (
        ("sensor_0/Depth_0/tf/0", DEPTH_POSE),
        ("sensor_1/Color_0/tf/0", COLOR_POSE),
    )
    units: tuple[float, ...] = (0.001,)
    """Of option messages, in their order."""
    option: str = "Depth Units"
    properties: tuple[tuple[str, str], ...] = ()
    color_model: tuple[str, tuple[float, ...]] = ("Brown Conrady", (0.0,) * 5)
    near: int = 1000
    """Counts of a block of 3x3 pixels of depth around column 6 of row 3."""
    far: int = 5000
    """Of all the others."""

    @property
    def color(self) -> str:
        return f"/device_{self.number}/sensor_1/Color_0"

    @property
    def depth(self) -> str:
        return f"/device_{self.number}/sensor_0/Depth_0"


def write_sdk_bag(path: Path, *devices: Device, pairs: int = 2, version: str = "0") -> Path:
    """A ROS 1 recording.

    Args:
        path: ends in .bag.
        devices: none: one with the defaults.
        pairs: of colour and depth, of one stamp each.
        version: in place of the images' frame; "1" appends the unit to every image.
    """
    with Writer(path) as writer:
        bag = _SdkBag(writer, version)
        bag.put("/file_version", "std_msgs/msg/UInt32", STATIC, 4)
        for device in devices or (Device(),):
            bag.put_facts(device)
            for index in range(pairs):
                bag.put_pair(device, index)
    return path


class _SdkBag:
    def __init__(self, writer: Writer, version: str) -> None:
        self._writer = writer
        self._version = version
        self._store = get_typestore(Stores.ROS1_NOETIC)
        self._connections: dict[str, Connection] = {}
        self._numbers = count()

    def put(self, topic: str, kind: str, time_ns: int, *fields: object, extra: bytes = b"") -> None:
        if topic not in self._connections:
            self._connections[topic] = self._writer.add_connection(
                topic, kind, typestore=self._store
            )
        raw = bytes(self._store.serialize_ros1(self._store.types[kind](*fields), kind))
        self._writer.write(self._connections[topic], time_ns, raw + extra)

    def put_facts(self, device: Device) -> None:
        types, root = self._store.types, f"/device_{device.number}"
        self._put_info(device.depth, 9, 10.0, ("Brown Conrady", (0.0,) * 5))
        self._put_info(device.color, 18, 20.0, device.color_model)
        for topic, (translation, rotation) in device.transforms:
            vector = types["geometry_msgs/msg/Vector3"](*translation)
            quaternion = types["geometry_msgs/msg/Quaternion"](*rotation)
            kind = "geometry_msgs/msg/Transform"
            self.put(f"{root}/{topic}", kind, STATIC, vector, quaternion)
        for number, unit in enumerate(device.units):
            topic = f"{root}/sensor_0/option/{device.option}/value"
            self.put(topic, "std_msgs/msg/Float32", STATIC + number, unit)
        for key, value in device.properties:
            topic = f"{root}/sensor_0/property"
            self.put(topic, "diagnostic_msgs/msg/KeyValue", STATIC, key, value)

    def put_pair(self, device: Device, index: int) -> None:
        counts = np.full((9, 9), device.far, np.uint16)
        counts[2:5, 5:8] = device.near
        self._put_image(device.depth, index, counts, "mono16", sum(device.units[:1]))
        self._put_image(device.color, index, np.full((18, 18, 3), index, np.uint8), "rgb8", 0.0)

    def _put_image(
        self, stream: str, index: int, pixels: np.ndarray, encoding: str, unit: float
    ) -> None:
        height, width = pixels.shape[:2]
        self.put(
            f"{stream}/image/data",
            "sensor_msgs/msg/Image",
            (index + 1) * PERIOD,
            self._header(STAMP + index * PERIOD, self._version),
            height,
            width,
            encoding,
            0,
            pixels.strides[0],
            pixels.view(np.uint8).ravel(),
            extra=struct.pack("<f", unit) if self._version == "1" else b"",
        )

    def _put_info(
        self, stream: str, size: int, focal: float, model: tuple[str, tuple[float, ...]]
    ) -> None:
        centre = (size - 1) / 2
        self.put(
            f"{stream}/info/camera_info",
            "sensor_msgs/msg/CameraInfo",
            STATIC,
            self._header(0, ""),
            size,
            size,
            model[0],
            np.array(model[1]),
            np.array([focal, 0, centre, 0, focal, centre, 0, 0, 1], np.float64),
            np.zeros(9),
            np.zeros(12),
            0,
            0,
            self._store.types["sensor_msgs/msg/RegionOfInterest"](0, 0, 0, 0, do_rectify=False),
        )

    def _header(self, stamp_ns: int, frame: str) -> object:
        stamp = self._store.types["builtin_interfaces/msg/Time"](*divmod(stamp_ns, 1_000_000_000))
        return self._store.types["std_msgs/msg/Header"](next(self._numbers), stamp, frame)
