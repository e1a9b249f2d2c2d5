"""What is known of recordings of the RealSense SDK: those of rs-record and RealSense Viewer.

Source: librealsense's ``src/media/ros`` (ros_file_format.h, ros_writer.cpp, ros_reader.cpp) and
``sensor_msgs/Image.h``, file versions 2 to 4. The topics of a stream begin with
``/device_N/sensor_M/<Stream>_K``. An image's header says nothing of its frame: "0", or since 2021
"1", a version of the format.
"""

from __future__ import annotations

import math
import re
import struct
from copy import copy
from typing import NamedTuple, TypeVar

import numpy as np

from bridgenet_ros.calibration import CameraInfoLike
from bridgenet_ros.depth_units import MILLIMETRE
from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import DepthArray
from bridgenet_ros.rigid_transform import RigidTransform

TRANSFORM_TYPE = "geometry_msgs/msg/Transform"
FLOAT_TYPE = "std_msgs/msg/Float32"
PROPERTY_TYPE = "diagnostic_msgs/msg/KeyValue"

_IMAGE = re.compile(r"(((/device_\d+)/sensor_\d+)/([^/]+)_\d+)/image/data")
_DEPTH_OF_VERSION_1 = re.compile(r"/camera/DEPTH\d*/image_raw/\d+")
_UNIT = "Depth Units"
_PLUMB_BOB = ("Brown Conrady", "Inverse Brown Conrady", "Modified Brown Conrady")

Info = TypeVar("Info", bound=CameraInfoLike)


class Stream(NamedTuple):
    """A stream of images, by the beginnings of its topics."""

    topic: str
    """``/device_0/sensor_0/Depth_0``."""
    sensor: str
    device: str
    kind: str
    """``Depth``, ``Color``, ``Infrared`` and so on."""

    @property
    def info_topic(self) -> str:
        """Of its camera info."""
        return f"{self.topic}/info/camera_info"


def stream_of(image_topic: str) -> Stream | None:
    """The stream whose images are on a topic; None if it is not one of the SDK's."""
    found = _IMAGE.fullmatch(image_topic)
    return Stream(*found.groups()) if found else None


def own_frame(image_topic: str) -> str | None:
    """The frame of depth on a topic of the SDK, which is never colour's; None for all others.

    Colour keeps the frame that its images name, so that results in its view have the same. Of files
    of version 1 no more is known than that their depth is apart, too.
    """
    stream = stream_of(image_topic)
    if stream is not None:
        return stream.topic[1:] if stream.kind == "Depth" else None
    return image_topic[1:] if _DEPTH_OF_VERSION_1.fullmatch(image_topic) else None


def without_unit(raw: bytes) -> bytes:
    """A ROS 1 image as its definition has it.

    Since 2021 the SDK appends the depth unit, a float32, and does not say so in the definition. The
    option of the sensor says the same.

    Args:
        raw: ``sensor_msgs/Image`` as ROS 1 serialises it.
    """
    end = 12  # seq and stamp
    for fixed in (0, 8, 5):  # before frame_id, encoding and data
        end += fixed
        end += 4 + int(struct.unpack_from("<I", raw, end)[0])
    return raw[:end] if len(raw) == end + 4 else raw


def in_ros_terms(info: Info) -> Info:
    """A camera info of the SDK with ROS's name of its distortion, R and P; others as they are.

    Brown Conrady is plumb_bob. So are the modified and the inverse form, whatever their names say:
    the SDK projects with them by the same formula (``rs2_project_point_to_pixel``), and its ROS
    driver names them so. Their tangential terms differ by hundredths of a pixel. Infos
    of other models keep them, for whoever needs them to refuse them.
    """
    model = info.distortion_model
    if model not in _PLUMB_BOB and (model != "None" or any(info.d)):
        return info
    k = np.asarray(info.k, np.float64).reshape(3, 3)
    known = copy(info)
    known.distortion_model = "plumb_bob"
    known.r = np.eye(3).ravel()
    known.p = np.hstack([k, np.zeros((3, 1))]).ravel()
    return known


class StreamPair:
    """What a recording says of its colour and its depth stream, gathered fact by fact.

    The transform of a stream takes points of a reference, which is known by a number and belongs to
    the device, to the stream's camera.

    Args:
        color: of the images that are taken as colour; None where they are none of the SDK's.
        depth: of the depth images.
    """

    def __init__(self, color: Stream | None, depth: Stream) -> None:
        self._color, self._depth = color, depth
        self._transforms: dict[str, RigidTransform] = {}
        self._units_m: set[float] = set()

    def is_fact(self, topic: str, msgtype: str) -> bool:
        """Whether a topic is one of those that this wants to be told of."""
        if msgtype == TRANSFORM_TYPE:
            return any(_reference(topic, s) for s in (self._color, self._depth) if s is not None)
        units = [f"{self._depth.sensor}/option/{n}/value" for n in (_UNIT, _UNIT.replace(" ", "_"))]
        return (msgtype == FLOAT_TYPE and topic in units) or (
            msgtype == PROPERTY_TYPE and topic == f"{self._depth.sensor}/property"
        )

    def add_transform(self, topic: str, reference_to_stream: RigidTransform) -> None:
        """Take the transform of a topic."""
        self._transforms[topic] = reference_to_stream

    def add_unit(self, unit_m: float) -> None:
        """Take an option's value: metres of one count of depth, a float32."""
        # The shortest decimal: 0.001 and not 0.0010000000474974513.
        self._units_m.add(float(str(np.float32(unit_m))))

    def add_property(self, key: str, value: str) -> None:
        """Take one of the properties, which files of version 2 have in place of options."""
        if key == _UNIT:
            try:
                self.add_unit(float(value))
            except ValueError:
                self.add_unit(math.nan)

    @property
    def extrinsics_topics(self) -> tuple[str, str] | None:
        """Of depth's and of colour's transform from one reference; None where there is none."""
        if self._color is None or self._color.device != self._depth.device:
            return None
        for topic in sorted(self._transforms):
            if reference := _reference(topic, self._depth):
                of_color = f"{self._color.topic}/tf/{reference}"
                if of_color in self._transforms:
                    return topic, of_color
        return None

    @property
    def depth_to_color(self) -> RigidTransform | None:
        """From the depth camera to colour's; None where the recording does not say it."""
        topics = self.extrinsics_topics
        if topics is None:
            return None
        depth, color = (self._transforms[topic] for topic in topics)
        return color.after(depth.inverse())

    @property
    def remedy(self) -> str:
        """What would let the transform be known."""
        color, depth = self._color, self._depth
        if color is None or color.device != depth.device:
            return f"name colour of {depth.device}, the device of depth"
        found = ", ".join(sorted(self._transforms)) or "none"
        return (
            f"record again with {depth.topic}/tf/N and {color.topic}/tf/N of one reference N, "
            f"found {found}"
        )

    def in_metres(self, depth: DepthArray) -> DepthArray:
        """Depth as it is where it is in millimetres or metres, else in metres.

        Args:
            depth: (h, w) uint16 counts or float32 metres.

        Raises:
            FrameError: ``calibration``, counts of which the recording does not say one unit.
        """
        if depth.dtype != np.uint16 or (unit_m := self._unit_m()) == MILLIMETRE:
            return depth
        metres: DepthArray = np.multiply(depth, unit_m, dtype=np.float64).astype(np.float32)
        return metres

    def _unit_m(self) -> float:
        units_m = sorted(self._units_m)
        if len(units_m) != 1 or not 0 < units_m[0] < math.inf:
            found = ", ".join(f"{unit_m:g}" for unit_m in units_m) or "none"
            raise FrameError(
                "calibration",
                f"depth units of {self._depth.sensor}/option/Depth_Units/value: {found}; "
                "expected one, the metres of a count",
            )
        return units_m[0]


def _reference(topic: str, stream: Stream) -> str:
    """The number of the reference of a stream's transform; empty if the topic is no such."""
    found = re.fullmatch(re.escape(stream.topic) + r"/tf/(\d+)", topic)
    return found[1] if found else ""
