"""Depth to points: geometry, layout of the bytes, invalid pixels."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bridgenet_ros.calibration import Intrinsics
from bridgenet_ros.errors import FrameError
from bridgenet_ros.point_cloud import CloudMaker, write_ply

CAMERA = Intrinsics(fx=10.0, fy=20.0, cx=1.5, cy=0.5)
NAN = float("nan")
DEPTH = np.array([[1.0, 2.0, NAN, 4.0], [2.0, 0.0, 3.0, NAN]], np.float32)
RGB = np.arange(24, dtype=np.uint8).reshape(2, 4, 3) + 100


def test_points_lie_on_the_rays_of_their_pixels() -> None:
    cloud = CloudMaker()(DEPTH, CAMERA)
    expected = [
        [(0 - 1.5) / 10 * 1, (0 - 0.5) / 20 * 1, 1],
        [(1 - 1.5) / 10 * 2, (0 - 0.5) / 20 * 2, 2],
        [(3 - 1.5) / 10 * 4, (0 - 0.5) / 20 * 4, 4],
        [(0 - 1.5) / 10 * 2, (1 - 0.5) / 20 * 2, 2],
        [(2 - 1.5) / 10 * 3, (1 - 0.5) / 20 * 3, 3],
    ]
    np.testing.assert_allclose(cloud.points, expected, rtol=1e-6)
    assert (cloud.height, cloud.width, cloud.is_dense) == (1, 5, True)
    assert (cloud.point_step, cloud.row_step, len(cloud.data)) == (12, 60, 60)


def test_an_ordered_cloud_keeps_rows_and_columns() -> None:
    cloud = CloudMaker()(DEPTH, CAMERA, RGB, ordered=True)
    assert (cloud.height, cloud.width, cloud.is_dense) == (2, 4, False)
    assert (cloud.point_step, cloud.row_step, len(cloud.data)) == (16, 64, 128)
    z = cloud.points[:, 2].reshape(2, 4)
    np.testing.assert_array_equal(z, np.where(DEPTH == 0, NAN, DEPTH))
    assert np.isnan(cloud.points.reshape(2, 4, 4)[0, 2, :3]).all()


def test_the_bytes_are_those_that_pcl_reads() -> None:
    depth = np.array([[2.0]], np.float32)
    color = np.array([[[0x12, 0x34, 0x56]]], np.uint8)
    cloud = CloudMaker()(depth, Intrinsics(1.0, 1.0, 0.0, 0.0), color)
    assert cloud.fields == ("x", "y", "z", "rgb")
    assert struct.unpack("=fffI", cloud.data) == (0.0, 0.0, 2.0, 0x123456)


@pytest.mark.parametrize("stride", [1, 2, 3, 5])
@pytest.mark.parametrize("ordered", [True, False])
def test_a_stride_takes_every_nth_column_of_every_nth_row(stride: int, ordered: bool) -> None:
    rng = np.random.default_rng(0)
    depth = rng.uniform(1, 5, (11, 13)).astype(np.float32)
    rgb = rng.integers(0, 256, (11, 13, 3), np.uint8)
    whole = CloudMaker()(depth, CAMERA, rgb, ordered=True).points.reshape(11, 13, 4)
    strided = CloudMaker()(depth, CAMERA, rgb, stride=stride, ordered=ordered)
    np.testing.assert_array_equal(strided.points, whole[::stride, ::stride].reshape(-1, 4))


def test_rays_follow_a_change_of_camera_size_or_stride() -> None:
    maker, depth = CloudMaker(), np.ones((6, 8), np.float32)
    other = CAMERA._replace(cx=3.0)
    for camera, image, stride in (
        (CAMERA, depth, 1),
        (other, depth, 1),
        (other, depth, 2),
        (other, depth[:4], 2),
        (CAMERA, depth, 1),
    ):
        np.testing.assert_array_equal(
            maker(image, camera, stride=stride).points,
            CloudMaker()(image, camera, stride=stride).points,
        )


@given(
    arrays.arrays(
        np.float32,
        (5, 7),
        elements=st.sampled_from([1.5, 0.0, -1.0, NAN, float("inf"), -float("inf")]),
    ),
    st.integers(1, 8),
)
def test_no_point_of_an_unordered_cloud_is_without_a_place(depth: np.ndarray, stride: int) -> None:
    cloud = CloudMaker()(depth, CAMERA, np.zeros((5, 7, 3), np.uint8), stride=stride)
    assert np.isfinite(cloud.points).all()
    assert (cloud.points[:, 2] > 0).all()
    assert cloud.width == (depth[::stride, ::stride] == 1.5).sum()


def test_colour_may_be_a_reversed_view() -> None:
    view = RGB[..., ::-1].copy()[..., ::-1]
    np.testing.assert_array_equal(
        CloudMaker()(DEPTH, CAMERA, view).points, CloudMaker()(DEPTH, CAMERA, RGB).points
    )


def test_colour_of_another_size_is_refused() -> None:
    with pytest.raises(FrameError, match="expected one size"):
        CloudMaker()(DEPTH, CAMERA, RGB[:, :2])


def test_ply_holds_the_finite_points(tmp_path: Path) -> None:
    path = tmp_path / "cloud.ply"
    write_ply(path, CloudMaker()(DEPTH, CAMERA, RGB, ordered=True))
    head, _, body = path.read_bytes().partition(b"end_header\n")
    assert head.decode().splitlines() == [
        "ply",
        "format binary_little_endian 1.0",
        "element vertex 5",
        *(f"property float {axis}" for axis in "xyz"),
        *(f"property uchar {name}" for name in ("red", "green", "blue")),
    ]
    vertices = list(struct.iter_unpack("<fffBBB", body))
    assert len(vertices) == 5
    assert vertices[0] == pytest.approx((-0.15, -0.025, 1.0, 100, 101, 102))
    assert vertices[2] == pytest.approx((0.6, -0.1, 4.0, 109, 110, 111))


def test_ply_without_colour_has_three_properties(tmp_path: Path) -> None:
    path = tmp_path / "cloud.ply"
    write_ply(path, CloudMaker()(DEPTH, CAMERA))
    head, _, body = path.read_bytes().partition(b"end_header\n")
    assert head.count(b"property") == 3
    assert len(body) == 5 * 12
