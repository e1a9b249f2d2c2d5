"""Frames become the topics that the node reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_bags import COLOR, COLOR_INFO, DEPTH, read_bag

from bridgenet_ros.image_codec import decode_color, decode_depth
from bridgenet_ros.offline.bag_writer import BagWriter
from bridgenet_ros.offline.camera_model import CameraModel
from bridgenet_ros.offline.image_messages import color_pixels, depth_pixels, read_any_image
from bridgenet_ros.offline.messages import make_header, read_camera_info, read_image
from bridgenet_ros.offline.rgbd_bag import FRAME_ID, RgbdBag

CAMERA = CameraModel(width=4, height=2, fx=8.0, fy=8.0, cx=2.0, cy=1.0)


def write(
    tmp_path: Path,
    depth_m: np.ndarray,
    depth_stamp_ns: int | None = None,
    compress: str | None = None,
) -> Path:
    rgb = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    with BagWriter(tmp_path / "out.mcap") as writer:
        bag = RgbdBag(writer, CAMERA, compress=compress)
        bag.write(rgb, depth_m.astype(np.float32), stamp_ns=50, depth_stamp_ns=depth_stamp_ns)
    return tmp_path / "out.mcap"


def test_colour_is_rgb8_and_depth_millimetres_with_zero(tmp_path: Path) -> None:
    topics = read_bag(write(tmp_path, np.array([[1.0004, 0.0], [np.nan, 65.0]])))
    color, depth = read_image(topics[COLOR][0].raw), read_image(topics[DEPTH][0].raw)
    assert (color.encoding, depth.encoding) == ("rgb8", "16UC1")
    assert decode_color(color).ravel().tolist() == list(range(24))
    assert decode_depth(depth).tolist() == [[1000, 0], [0, 65000]]


def test_each_calibration_has_its_images_header_and_size(tmp_path: Path) -> None:
    topics = read_bag(write(tmp_path, np.ones((1, 2)), depth_stamp_ns=61))
    color_info = read_camera_info(topics[COLOR_INFO][0].raw)
    depth_info = read_camera_info(topics["/depth/camera_info"][0].raw)
    assert color_info.header == make_header(50, FRAME_ID)
    assert depth_info.header == make_header(61, FRAME_ID)
    assert (color_info.width, color_info.k[0], color_info.k[2]) == (4, 8.0, 2.0)
    assert (depth_info.width, depth_info.k[0], depth_info.k[2]) == (2, 4.0, 1.0)
    assert [m.time_ns for m in topics[DEPTH] + topics["/depth/camera_info"]] == [61, 61]


def test_one_stamp_serves_both_images(tmp_path: Path) -> None:
    topics = read_bag(write(tmp_path, np.ones((1, 2))))
    assert {m.time_ns for messages in topics.values() for m in messages} == {50}


@pytest.mark.parametrize(("compress", "error"), [("png", 0), ("jpeg", 40)])
def test_compressed_images_are_found_beside_their_names(
    tmp_path: Path, compress: str, error: int
) -> None:
    depth_m = np.array([[1.0004, 0.0], [np.nan, 65.0]])
    topics = read_bag(write(tmp_path, depth_m, depth_stamp_ns=61, compress=compress))
    color = read_any_image(topics[f"{COLOR}/compressed"][0])
    depth = read_any_image(topics[f"{DEPTH}/compressedDepth"][0])
    np.testing.assert_allclose(color_pixels(color).ravel(), range(24), atol=error)
    assert depth_pixels(depth).tolist() == [[1000, 0], [0, 65000]]
    assert (color.header, depth.header) == (make_header(50, FRAME_ID), make_header(61, FRAME_ID))
    depth_info = read_camera_info(topics["/depth/camera_info"][0].raw)
    assert (depth_info.header, depth_info.width, depth_info.height) == (depth.header, 2, 2)
    assert not {COLOR, DEPTH} & topics.keys()
