"""Building messages: exact headers, one copy, fast."""

from __future__ import annotations

import time

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sensor_msgs.msg import CameraInfo

from bridgenet_ros.calibration import Intrinsics
from bridgenet_ros.image_codec import decode_color, decode_depth, encode_depth
from bridgenet_ros.point_cloud import CloudMaker
from bridgenet_ros.ros.messages import (
    camera_info_message,
    cloud_message,
    header,
    image_message,
    stamp_to_ns,
)


@given(st.integers(0, 2**31 * 10**9 - 1))
def test_stamps_survive_to_the_nanosecond(stamp_ns: int) -> None:
    assert stamp_to_ns(header(stamp_ns, "f").stamp) == stamp_ns


def test_image_round_trip() -> None:
    depth = np.array([[0.5, np.nan], [2.0, 9.0]], np.float32)
    message = image_message(encode_depth(depth), header(5, "optical"))
    assert (message.height, message.width, message.step) == (2, 2, 8)
    assert message.header.frame_id == "optical"
    np.testing.assert_array_equal(decode_depth(message), depth)


def test_reading_a_message_copies_nothing() -> None:
    depth = np.ones((4, 4), np.float32)
    message = image_message(encode_depth(depth), header(5, "optical"))
    assert np.shares_memory(decode_depth(message), np.frombuffer(message.data, np.uint8))
    message.encoding, message.step, message.width = "bgr8", 16, 5
    assert np.shares_memory(decode_color(message), np.frombuffer(message.data, np.uint8))


def test_720p_message_is_built_and_filled_in_under_three_milliseconds() -> None:
    depth = np.random.default_rng(0).random((720, 1280), np.float32)
    head = header(5, "optical")
    times = []
    for _ in range(20):
        start = time.perf_counter()
        image_message(encode_depth(depth), head)
        times.append(time.perf_counter() - start)
    # The best of twenty: the others measure what else this machine is doing.
    assert min(times) < 0.003


def test_camera_info_is_verbatim_but_for_its_header() -> None:
    info = CameraInfo(header=header(1, "old"), width=640, height=480, d=[0.1], k=[1.0] * 9)
    copy = camera_info_message(info, header(2, "new"), (640, 480))
    assert (copy.header.frame_id, list(copy.d), list(copy.k)) == ("new", [0.1], [1.0] * 9)
    assert info.header.frame_id == "old"


def test_camera_info_of_a_smaller_colour_is_scaled() -> None:
    k = [500.0, 0.0, 320.0, 0.0, 400.0, 240.0, 0.0, 0.0, 1.0]
    info = CameraInfo(header=header(1, "old"), width=640, height=480, d=[0.1], k=k, binning_x=2)
    info.binning_y = 2
    scaled = camera_info_message(info, header(2, "new"), (640, 480))
    assert (scaled.header.frame_id, scaled.binning_x, scaled.binning_y) == ("new", 0, 0)
    assert list(scaled.d) == [0.1]
    # Binned to 320x240, then doubled.
    assert list(scaled.k) == k
    assert (scaled.width, scaled.height) == (640, 480)


def test_a_vga_cloud_at_stride_two_takes_less_than_ten_milliseconds() -> None:
    rng = np.random.default_rng(0)
    depth = rng.uniform(0.5, 8.0, (480, 640)).astype(np.float32)
    depth[rng.random(depth.shape) < 0.05] = np.nan
    rgb = rng.integers(0, 256, (480, 640, 3), np.uint8)
    camera, make, head = Intrinsics(525.0, 525.0, 319.5, 239.5), CloudMaker(), header(5, "optical")
    times = []
    for _ in range(20):
        start = time.thread_time()
        message = cloud_message(make(depth, camera, rgb, stride=2), head)
        times.append(time.thread_time() - start)
    # Of this thread alone, and the best of twenty: the machine may be busy.
    assert min(times) < 0.010
    points = np.frombuffer(message.data, np.float32).reshape(-1, 4)
    assert len(points) == np.isfinite(depth[::2, ::2]).sum()
    assert np.isfinite(points).all()
