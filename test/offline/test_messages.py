"""Headers keep every bit, images keep their memory, broken bytes are named."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_bags import camera_info

from bridgenet_ros.errors import FrameError
from bridgenet_ros.image_codec import decode_depth, encode_depth
from bridgenet_ros.offline.messages import (
    CAMERA_INFO_TYPE,
    IMAGE_TYPE,
    make_header,
    make_image,
    read_camera_info,
    read_image,
    serialize,
    stamp_of,
    stamp_text,
    typestore,
)


@given(stamp_ns=st.integers(0, 2**31 * 10**9 - 1))
def test_a_stamp_survives_its_message(stamp_ns: int) -> None:
    info = read_camera_info(bytes(serialize(camera_info(stamp_ns))))
    assert stamp_of(info) == stamp_ns
    assert 0 <= info.header.stamp.nanosec < 10**9


def test_a_stamp_is_written_exactly() -> None:
    assert stamp_text(1_700_000_000_000_000_001) == "1700000000.000000001"
    assert stamp_text(5) == "0.000000005"


def test_an_image_survives_and_is_read_in_place() -> None:
    depth = np.array([[0.5, np.nan, 2.0]], np.float32)
    raw = bytes(serialize(make_image(encode_depth(depth), make_header(7, "lens"))))
    image = read_image(raw)
    np.testing.assert_array_equal(decode_depth(image), depth)
    assert image.header.frame_id == "lens"
    assert np.shares_memory(image.data, np.frombuffer(raw, np.uint8))


def test_a_message_is_built_in_place() -> None:
    depth = np.ones((4, 4), np.float32)
    image = make_image(encode_depth(depth), make_header(1, ""))
    assert np.shares_memory(image.data, depth)


@given(cut=st.integers(0, 400), junk=st.binary(max_size=300))
def test_broken_bytes_are_a_frame_error(cut: int, junk: bytes) -> None:
    raw = bytes(serialize(make_image(encode_depth(np.ones((9, 9), np.uint16)), make_header(1, ""))))
    for broken in (raw[:cut], b"\0\1\0\0" + junk):
        with suppress(FrameError):
            read_image(broken)
        with suppress(FrameError):
            read_camera_info(broken)


def test_the_reason_of_a_cut_image_is_undecodable() -> None:
    raw = bytes(serialize(camera_info(5)))
    with pytest.raises(FrameError, match=r"100 bytes is no sensor_msgs/msg/CameraInfo") as caught:
        read_camera_info(raw[:100])
    assert caught.value.reason == "undecodable"


def test_the_types_are_those_of_jazzy_and_kilted() -> None:
    from rosbags.typesys import Stores, get_typestore

    for name in (IMAGE_TYPE, CAMERA_INFO_TYPE):
        kilted = get_typestore(Stores.ROS2_KILTED).hash_rihs01(name)
        assert typestore().hash_rihs01(name) == kilted
