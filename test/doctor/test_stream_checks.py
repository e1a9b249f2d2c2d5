"""One situation for each thing that can be wrong with a topic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tiny_bags import HEIGHT, WIDTH, camera_info

from bridgenet_ros.doctor.finding import Finding, Status
from bridgenet_ros.doctor.stream_checks import (
    check_arrivals,
    check_decoding,
    check_frames,
    check_info,
    check_values,
)
from bridgenet_ros.doctor.stream_record import Arrival
from bridgenet_ros.frame import DepthArray
from bridgenet_ros.input_config import InputConfig
from bridgenet_ros.offline.messages import make_header

SECOND = 1_000_000_000
VIEW = ("camera_color_optical_frame", (HEIGHT, WIDTH))


def arrivals(*stamps_s: float) -> list[Arrival]:
    return [Arrival(i, round(stamp * SECOND)) for i, stamp in enumerate(stamps_s)]


def statuses(found: list[Finding]) -> list[Status]:
    return [finding.status for finding in found]


def test_a_steady_stream() -> None:
    (found,) = check_arrivals("colour", "/rgb", arrivals(1.0, 1.1, 1.2, 1.3))
    assert found.status is Status.OK
    assert found.what == "/rgb: 10.0 Hz, 4 images, at most 0.100 s between two stamps"


def test_lost_images() -> None:
    (found,) = check_arrivals("colour", "/rgb", arrivals(1.0, 1.1, 1.2, 1.6, 1.7))
    assert (found.status, found.part) == (Status.WARNING, "colour")
    assert "at most 0.400 s" in found.what
    assert "fastdds_shm.xml" in found.advice


def test_stamps_that_go_back_or_are_not_set() -> None:
    back, rate = check_arrivals("depth", "/d", arrivals(1.0, 1.1, 1.2, 1.0, 1.1))
    assert (back.status, back.what) == (Status.NOTE, "stamps of /d go back in time 1 times")
    assert rate.status is Status.OK
    (zero,) = check_arrivals("depth", "/d", arrivals(0.0, 1.1))
    assert (zero.status, zero.what) == (Status.ERROR, "1 of 2 images of /d have stamp 0")


def test_too_few_images_to_tell() -> None:
    assert check_arrivals("depth", "/d", []) == []
    (found,) = check_arrivals("depth", "/d", arrivals(1.0))
    assert (found.status, found.advice) == (Status.WARNING, "look longer")


def test_frame_ids() -> None:
    assert check_frames("depth", "/d", ["camera"]) == []
    assert statuses(check_frames("depth", "/d", [""])) == [Status.WARNING]
    (found,) = check_frames("depth", "/d", ["a", "b"])
    assert "'a', 'b'" in found.what


def test_encodings_and_sizes() -> None:
    (good,) = check_decoding("depth", "/d", ["16UC1"], [(480, 640)], 0, "")
    assert (good.status, good.what) == (Status.OK, "/d: 16UC1, 640x480")
    (changing,) = check_decoding("depth", "/d", ["16UC1"], [(480, 640), (240, 320)], 0, "")
    assert changing.status is Status.NOTE
    (bad,) = check_decoding("depth", "/d", ["8UC1"], [], 3, "'8UC1' given as depth; accepted …")
    assert (bad.status, bad.part) == (Status.ERROR, "depth")
    assert bad.what.startswith("3 images of /d cannot be decoded: '8UC1' given as depth")
    assert check_decoding("depth", "/d", [], [], 0, "") == []


@pytest.mark.parametrize(
    ("depth", "status", "what", "advice"),
    [
        (np.array([[1000, 2000]], np.uint16), Status.OK, "100% of the pixels", ""),
        (np.array([[1500, 0, 0, 0]], np.uint16), Status.WARNING, "25% of the pixels", "covered"),
        (np.zeros((2, 2), np.uint16), Status.ERROR, "0% of", "no pixel holds a measurement"),
        (np.full((2, 2), 40, np.uint16), Status.ERROR, "0% of", "that is 0.04 m"),
        (np.full((2, 2), 1500, np.float32), Status.ERROR, "0% of", "looks like millimetres"),
        (np.full((2, 2), 20, np.float32), Status.ERROR, "0% of", "the median is 20 m"),
    ],
)
def test_values(depth: DepthArray, status: Status, what: str, advice: str) -> None:
    found = check_values("/d", depth, InputConfig())
    assert found.status is status
    assert found.what.startswith(what)
    assert advice in found.advice


def test_a_calibration_that_fits() -> None:
    (found,) = check_info("colour", "/rgb/image", VIEW, camera_info(1), "/i", needed=False)
    assert (found.status, found.what) == (Status.OK, "/i fits 12x8, focal length 10.0 pixels")


def test_a_missing_calibration() -> None:
    (found,) = check_info("colour", "/rgb/image", VIEW, None, "/i", needed=False)
    assert (found.status, found.what) == (
        Status.WARNING,
        "no camera info on /i: there will be no camera_info and points",
    )
    (found,) = check_info("depth", "/d", VIEW, None, "/i", needed=True)
    assert (found.status, found.what) == (
        Status.ERROR,
        "no camera info on /i: depth cannot be projected",
    )
    assert check_info("depth", "/d", VIEW, None, "/i", needed=False) == []


@pytest.mark.parametrize(
    ("changes", "size", "words"),
    [
        ({}, (8, 20), "describes 12x8, the image is 20x8"),
        ({"k": np.zeros(9), "p": np.zeros(12)}, (8, 12), "focal length 0"),
    ],
)
def test_a_calibration_that_does_not_fit(
    changes: dict[str, np.ndarray], size: tuple[int, int], words: str
) -> None:
    info = replace(camera_info(1), **changes)
    (found,) = check_info("colour", "/rgb/image", (VIEW[0], size), info, "/i", needed=False)
    assert found.status is Status.WARNING
    assert words in found.what
    (found,) = check_info("colour", "/rgb/image", (VIEW[0], size), info, "/i", needed=True)
    assert found.status is Status.ERROR


def test_a_calibration_of_another_frame_and_a_raw_image() -> None:
    info = replace(camera_info(1), header=make_header(1, "other"), d=np.array([0.1, 0, 0, 0, 0]))
    found = check_info("colour", "/rgb/image_raw", VIEW, info, "/i", needed=False)
    assert statuses(found) == [Status.OK, Status.WARNING, Status.NOTE]
    assert "in frame 'other'" in found[1].what
    assert found[2].what == "/rgb/image_raw is not rectified"
    assert len(check_info("colour", "/rgb/image_rect", VIEW, info, "/i", needed=False)) == 2
