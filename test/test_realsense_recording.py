"""The SDK's topics, transforms, units and camera infos, one by one."""

from __future__ import annotations

import math
import struct
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from realsense_bags import COLOR_POSE, DEPTH_POSE, Pose
from rosbags.typesys import Stores, get_typestore

from bridgenet_ros.errors import FrameError
from bridgenet_ros.realsense_recording import (
    FLOAT_TYPE,
    PROPERTY_TYPE,
    TRANSFORM_TYPE,
    Stream,
    StreamPair,
    in_ros_terms,
    own_frame,
    stream_of,
    without_unit,
)
from bridgenet_ros.rigid_transform import IDENTITY, RigidTransform

ROS1 = get_typestore(Stores.ROS1_NOETIC)
COLOR = "/device_0/sensor_1/Color_0"
DEPTH = "/device_0/sensor_0/Depth_0"
OTHER = "/device_1/sensor_1/Color_0"


def known(topic: str) -> Stream:
    stream = stream_of(f"{topic}/image/data")
    assert stream is not None
    return stream


def pair(*transforms: tuple[str, Pose], color: str = COLOR) -> StreamPair:
    streams = StreamPair(known(color), known(DEPTH))
    for topic, (translation, rotation) in transforms:
        streams.add_transform(topic, RigidTransform(translation=translation, rotation=rotation))
    return streams


def test_topics() -> None:
    stream = known(DEPTH)
    assert stream == (DEPTH, "/device_0/sensor_0", "/device_0", "Depth")
    assert stream.info_topic == "/device_0/sensor_0/Depth_0/info/camera_info"
    assert own_frame(f"{DEPTH}/image/data") == "device_0/sensor_0/Depth_0"
    assert own_frame(f"{COLOR}/image/data") is None
    assert own_frame("/camera/DEPTH/image_raw/0") == "camera/DEPTH/image_raw/0"
    assert own_frame("/camera/COLOR/image_raw/1") is None
    for topic in ("/camera/depth/image_raw", f"{DEPTH}/image/metadata", f"/a{DEPTH}/image/data"):
        assert stream_of(topic) is own_frame(topic) is None


def test_a_point_of_depth_lands_in_colour_by_both_transforms() -> None:
    streams = pair((f"{DEPTH}/tf/0", DEPTH_POSE), (f"{COLOR}/tf/0", COLOR_POSE))
    transform = streams.depth_to_color
    assert transform is not None
    # The reference has it at (0.2 - 0.1, -0.1 + 0.1, 1) = (0.1, 0, 1); a quarter turn makes that
    # (0, 0.1, 1), and colour's translation (0.2, 0.2, 1).
    landed = transform.matrix @ (0.2, -0.1, 1.0) + transform.translation
    assert landed == pytest.approx((0.2, 0.2, 1.0))
    assert streams.extrinsics_topics == (f"{DEPTH}/tf/0", f"{COLOR}/tf/0")


@pytest.mark.parametrize(
    ("topics", "color", "told"),
    [
        ([], COLOR, "one reference N, found none$"),
        ([f"{DEPTH}/tf/0"], COLOR, f"found {DEPTH}/tf/0$"),
        ([f"{COLOR}/tf/0"], COLOR, f"found {COLOR}/tf/0$"),
        ([f"{DEPTH}/tf/0", f"{COLOR}/tf/1"], COLOR, f"found {DEPTH}/tf/0, {COLOR}/tf/1$"),
        (
            [f"{DEPTH}/tf/0", f"{OTHER}/tf/0"],
            OTHER,
            "name colour of /device_0, the device of depth$",
        ),
    ],
)
def test_nothing_is_assumed_of_cameras(topics: list[str], color: str, told: str) -> None:
    streams = pair(*((topic, DEPTH_POSE) for topic in topics), color=color)
    assert streams.depth_to_color is None
    assert streams.extrinsics_topics is None
    with pytest.raises(AssertionError, match=told):
        raise AssertionError(streams.remedy)


def test_colour_that_is_not_the_sdk_s() -> None:
    streams = StreamPair(None, known(DEPTH))
    assert streams.is_fact(f"{DEPTH}/tf/0", TRANSFORM_TYPE)
    streams.add_transform(f"{DEPTH}/tf/0", IDENTITY)
    streams.add_unit(0.002)
    assert streams.depth_to_color is None
    assert streams.remedy == "name colour of /device_0, the device of depth"
    assert streams.in_metres(np.array([[500]], np.uint16)).tolist() == [[1.0]]


def test_the_reference_that_both_have_is_taken() -> None:
    mine = [(f"{DEPTH}/tf/{n}", DEPTH_POSE) for n in (0, 3)]
    streams = pair(*mine, (f"{COLOR}/tf/3", COLOR_POSE))
    assert streams.extrinsics_topics == (f"{DEPTH}/tf/3", f"{COLOR}/tf/3")


@pytest.mark.parametrize(
    ("topic", "msgtype", "wanted"),
    [
        (f"{DEPTH}/tf/0", TRANSFORM_TYPE, True),
        (f"{COLOR}/tf/12", TRANSFORM_TYPE, True),
        (f"{DEPTH}/tf/0", FLOAT_TYPE, False),
        ("/device_0/sensor_0/Infrared_1/tf/0", TRANSFORM_TYPE, False),
        ("/device_1/sensor_0/Depth_0/tf/0", TRANSFORM_TYPE, False),
        ("/device_0/sensor_0/option/Depth Units/value", FLOAT_TYPE, True),
        ("/device_0/sensor_0/option/Depth_Units/value", FLOAT_TYPE, True),
        ("/device_0/sensor_1/option/Depth_Units/value", FLOAT_TYPE, False),
        ("/device_1/sensor_0/option/Depth_Units/value", FLOAT_TYPE, False),
        ("/device_0/sensor_0/option/Gain/value", FLOAT_TYPE, False),
        ("/device_0/sensor_0/property", PROPERTY_TYPE, True),
        ("/device_0/sensor_1/property", PROPERTY_TYPE, False),
    ],
)
def test_facts_of_other_streams_are_none(topic: str, msgtype: str, wanted: bool) -> None:
    assert pair().is_fact(topic, msgtype) is wanted


def test_millimetres_stay_counts() -> None:
    streams, counts = pair(), np.array([[0, 1000]], np.uint16)
    streams.add_unit(float(np.float32(0.001)))
    streams.add_property("Depth Units", "0.001000")
    streams.add_property("Gain", "16")
    assert streams.in_metres(counts) is counts


def test_another_unit_gives_metres() -> None:
    streams = pair()
    streams.add_unit(float(np.float32(0.00025)))
    depth = streams.in_metres(np.array([[0, 4000, 65535]], np.uint16))
    assert depth.dtype == np.float32
    assert depth.tolist() == [[0.0, 1.0, np.float32(16.38375)]]
    assert streams.in_metres(depth) is depth


@pytest.mark.parametrize(
    ("units", "found"),
    [
        ([], "none"),
        ([0.001, 0.0001], "0.0001, 0.001"),
        ([0.0], "0"),
        ([-0.001], "-0.001"),
        ([math.nan], "nan"),
        ([math.inf], "inf"),
    ],
)
def test_a_unit_that_is_not_known_is_refused(units: list[float], found: str) -> None:
    streams = pair()
    for unit in units:
        streams.add_unit(unit)
    told = f"depth units of /device_0/sensor_0/option/Depth_Units/value: {found}; expected one"
    with pytest.raises(FrameError, match=told) as refused:
        streams.in_metres(np.ones((1, 1), np.uint16))
    assert refused.value.reason == "calibration"


def test_a_property_that_is_no_number_is_no_unit() -> None:
    streams = pair()
    streams.add_property("Depth Units", "unknown")
    with pytest.raises(FrameError, match="value: nan; expected one"):
        streams.in_metres(np.ones((1, 1), np.uint16))


def info(model: str, *d: float) -> SimpleNamespace:
    k = [20.0, 0.0, 8.5, 0.0, 21.0, 7.5, 0.0, 0.0, 1.0]
    return SimpleNamespace(distortion_model=model, d=d, k=k, r=[0.0] * 9, p=[0.0] * 12)


@pytest.mark.parametrize(
    "found",
    [
        info("Brown Conrady", 0.1, 0.2, 0.3, 0.4, 0.5),
        info("Inverse Brown Conrady", -0.05, 0.07, 1e-4, 2e-4, -0.02),
        info("Modified Brown Conrady", 0.1, 0.0, 0.0, 0.0, 0.0),
        info("None", 0.0, 0.0, 0.0, 0.0, 0.0),
    ],
)
def test_infos_in_ros_terms(found: SimpleNamespace) -> None:
    made = in_ros_terms(found)
    assert (made.distortion_model, made.d) == ("plumb_bob", found.d)
    assert made.r.tolist() == [1, 0, 0, 0, 1, 0, 0, 0, 1]
    assert made.p.tolist() == [20, 0, 8.5, 0, 0, 21, 7.5, 0, 0, 0, 1, 0]
    assert found.distortion_model != "plumb_bob"


@pytest.mark.parametrize(
    "found",
    [
        info("None", 0.0, 0.0, 0.0, 0.0, 1e-6),
        info("Ftheta", 0.1, 0.0, 0.0, 0.0, 0.0),
        info("Kannala Brandt4", 0.0, 0.0, 0.0, 0.0, 0.0),
        info("plumb_bob", 0.1, 0.0, 0.0, 0.0, 0.0),
    ],
)
def test_infos_that_stay_as_they_are(found: SimpleNamespace) -> None:
    assert in_ros_terms(found) is found


@given(st.text(max_size=5), st.text(max_size=5), st.binary(max_size=8), st.floats(width=32))
def test_the_appended_unit_is_cut_off(frame: str, encoding: str, data: bytes, unit: float) -> None:
    time = ROS1.types["builtin_interfaces/msg/Time"](1, 2)
    message = ROS1.types["sensor_msgs/msg/Image"](
        header=ROS1.types["std_msgs/msg/Header"](seq=7, stamp=time, frame_id=frame),
        height=1,
        width=2,
        encoding=encoding,
        is_bigendian=0,
        step=3,
        data=np.frombuffer(data, np.uint8),
    )
    raw = bytes(ROS1.serialize_ros1(message, message.__msgtype__))
    assert without_unit(raw) == raw
    assert without_unit(raw + struct.pack("<f", unit)) == raw
    assert without_unit(raw + b"abc") == raw + b"abc"  # damaged, for the reader to refuse
