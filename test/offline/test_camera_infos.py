"""The calibration in force at a stamp."""

from __future__ import annotations

import pytest
from tiny_bags import HEIGHT, WIDTH, camera_info

from bridgenet_ros.errors import FrameError
from bridgenet_ros.offline.camera_infos import CameraInfos
from bridgenet_ros.offline.messages import make_header

SIZE = (WIDTH, HEIGHT)


@pytest.mark.parametrize(
    ("stamp", "fx"), [(1, 10.0), (10, 10.0), (29, 10.0), (30, 20.0), (44, 20.0), (99, 10.0)]
)
def test_the_latest_at_or_before_else_the_first(stamp: int, fx: float) -> None:
    stamps_and_fx = [(10, 10.0), (20, 10.0), (30, 20.0), (40, 20.0), (50, 10.0)]
    infos = CameraInfos(camera_info(stamp, fx) for stamp, fx in stamps_and_fx)
    assert infos.at(stamp, make_header(stamp, ""), SIZE).k[0] == fx


def test_the_order_of_recording_does_not_matter() -> None:
    infos = CameraInfos([camera_info(30, 20.0), camera_info(10, 10.0)])
    assert infos.at(10, make_header(10, ""), SIZE).k[0] == 10.0
    assert infos.at(30, make_header(30, ""), SIZE).k[0] == 20.0


def test_the_header_is_the_given_one_and_the_rest_is_verbatim() -> None:
    original = camera_info(10)
    copy = CameraInfos([original]).at(77, make_header(77, "lens"), SIZE)
    assert (copy.header.stamp.nanosec, copy.header.frame_id) == (77, "lens")
    assert copy.p is original.p
    assert original.header.stamp.nanosec == 10


def test_a_camera_without_calibration() -> None:
    assert CameraInfos([camera_info(1), camera_info(2, 20.0)]).calibrated
    assert not CameraInfos([camera_info(1), camera_info(2, 0.0)]).calibrated


def test_without_any_it_is_false() -> None:
    assert not CameraInfos([])
    assert CameraInfos([camera_info(1)])


def test_an_info_of_a_larger_image_is_scaled() -> None:
    infos = CameraInfos([camera_info(10)])
    info = infos.at(10, make_header(10, "lens"), (2 * WIDTH, 2 * HEIGHT))
    assert (info.width, info.height, info.header.frame_id) == (2 * WIDTH, 2 * HEIGHT, "lens")
    assert info.k.tolist() == [20, 0, 12, 0, 20, 8, 0, 0, 1]


def test_an_info_of_another_shape_is_refused() -> None:
    with pytest.raises(FrameError, match="describes 12x8, the image is 12x16"):
        CameraInfos([camera_info(10)]).at(10, make_header(10, ""), (WIDTH, 2 * HEIGHT))
