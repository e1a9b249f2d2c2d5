"""Compressed messages of a recording give the pixels that raw ones give."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_bags import (
    COLOR,
    DEPTH,
    START,
    color_payload,
    compressed_recording,
    depth_payload,
    read_bag,
    write_bag,
)

from bridgenet_ros.compressed_codec import encode_compressed_color, encode_compressed_depth
from bridgenet_ros.errors import FrameError
from bridgenet_ros.image_codec import decode_color, decode_depth, encode_depth
from bridgenet_ros.offline.image_messages import (
    color_pixels,
    depth_pixels,
    read_any_image,
    size_of,
)
from bridgenet_ros.offline.messages import (
    make_compressed_image,
    make_header,
    make_image,
    read_compressed_image,
    serialize,
    stamp_of,
)


def test_the_pixels_of_a_compressed_recording(tmp_path: Path) -> None:
    topics = read_bag(write_bag(tmp_path / "in.mcap", compressed_recording(2)))
    for index in range(2):
        color = read_any_image(topics[f"{COLOR}/compressed"][index])
        depth = read_any_image(topics[f"{DEPTH}/compressedDepth"][index])
        np.testing.assert_array_equal(color_pixels(color), decode_color(color_payload(index)))
        np.testing.assert_array_equal(depth_pixels(depth), decode_depth(depth_payload(index)))
    assert stamp_of(read_any_image(topics[f"{COLOR}/compressed"][0])) == START


def test_the_size_is_known_without_decoding() -> None:
    header = make_header(1, "")
    rgb, depth = np.zeros((5, 7, 3), np.uint8), np.ones((5, 7), np.uint16)
    payloads = [encode_compressed_color(rgb, kind) for kind in ("png", "jpeg")]
    payloads += [encode_compressed_depth(depth, codec) for codec in ("png", "rvl")]
    images = [make_compressed_image(payload, header) for payload in payloads]
    assert {size_of(image) for image in [make_image(encode_depth(depth), header), *images]} == {
        (7, 5)
    }
    for payload in payloads:
        cut = replace(payload, data=payload.data[:15])
        with pytest.raises(FrameError):
            size_of(make_compressed_image(cut, header))


def test_a_compressed_image_survives_and_is_read_in_place() -> None:
    payload = encode_compressed_depth(np.array([[1, 0, 65535]], np.uint16), "rvl")
    message = make_compressed_image(payload, make_header(7, "lens"))
    assert np.shares_memory(message.data, np.frombuffer(payload.data, np.uint8))
    raw = bytes(serialize(message))
    image = read_compressed_image(raw)
    assert (image.format, bytes(image.data)) == (payload.format, payload.data)
    assert image.header == make_header(7, "lens")
    assert np.shares_memory(image.data, np.frombuffer(raw, np.uint8))


@given(cut=st.integers(0, 80), junk=st.binary(max_size=90))
def test_broken_bytes_are_a_frame_error(cut: int, junk: bytes) -> None:
    payload = encode_compressed_depth(np.ones((3, 3), np.uint16), "rvl")
    raw = bytes(serialize(make_compressed_image(payload, make_header(1, ""))))
    for broken in (raw[:cut], b"\0\1\0\0" + junk):
        with suppress(FrameError):
            depth_pixels(read_compressed_image(broken))


def test_the_reason_of_a_cut_message_is_undecodable() -> None:
    with pytest.raises(FrameError, match="is no sensor_msgs/msg/CompressedImage") as caught:
        read_compressed_image(b"\0\1\0\0\5")
    assert caught.value.reason == "undecodable"
