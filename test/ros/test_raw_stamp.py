from __future__ import annotations

import pytest

from bridgenet_ros.errors import FrameError
from bridgenet_ros.ros.raw_stamp import read_stamp_ns, with_stamp_ns

# Encapsulation (little endian), 7 s, 5 ns, then whatever follows.
LITTLE = bytes.fromhex("000100000700000005000000") + b"rest"
BIG = bytes.fromhex("000000000000000700000005") + b"rest"


@pytest.mark.parametrize("raw", [LITTLE, BIG])
def test_stamp_is_read_in_the_messages_byte_order(raw: bytes) -> None:
    assert read_stamp_ns(raw) == 7_000_000_005
    assert read_stamp_ns(memoryview(raw)) == 7_000_000_005


@pytest.mark.parametrize("raw", [LITTLE, BIG])
def test_only_the_stamp_is_replaced(raw: bytes) -> None:
    changed = with_stamp_ns(raw, 1_700_000_000_123_456_789)

    assert read_stamp_ns(changed) == 1_700_000_000_123_456_789
    assert changed[:4] == raw[:4]
    assert changed[12:] == b"rest"


def test_other_bytes_are_refused() -> None:
    with pytest.raises(FrameError, match="3 bytes; expected at least 12"):
        read_stamp_ns(b"\0\1\0")
    with pytest.raises(FrameError, match="starts with 0007"):
        with_stamp_ns(bytes.fromhex("00070000") + LITTLE[4:], 1)


def test_agrees_with_rclpy() -> None:
    serialization = pytest.importorskip("rclpy.serialization")
    from builtin_interfaces.msg import Time
    from sensor_msgs.msg import Image
    from std_msgs.msg import Header

    message = Image(header=Header(stamp=Time(sec=3, nanosec=4), frame_id="camera"), height=2)
    raw = serialization.serialize_message(message)

    assert read_stamp_ns(raw) == 3_000_000_004
    back = serialization.deserialize_message(with_stamp_ns(raw, 9_000_000_008), Image)
    assert (back.header.stamp.sec, back.header.stamp.nanosec) == (9, 8)
    assert (back.header.frame_id, back.height) == ("camera", 2)
