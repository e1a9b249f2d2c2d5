"""When depth must be projected, where the extrinsics come from, and the refusals."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from bridgenet_ros.errors import FrameError
from bridgenet_ros.registration.rig_finder import (
    PARAMETER_REMEDY,
    TF_REMEDY,
    TOPIC_REMEDY,
    ExtrinsicsSource,
    RigFinder,
    View,
    is_rectified,
    unregistered,
)
from bridgenet_ros.rigid_transform import IDENTITY, RigidTransform


def shift(x: float) -> RigidTransform:
    return RigidTransform(translation=(x, 0.0, 0.0), rotation=(0.0, 0.0, 0.0, 1.0))


def info(width: int, height: int, focal: float, **changes: Any) -> Any:
    message = {
        "width": width,
        "height": height,
        "distortion_model": "plumb_bob",
        "d": [0.1, 0.0, 0.0, 0.0, 0.0],
        "k": [focal, 0, 3, 0, focal, 2, 0, 0, 1],
        "r": [1, 0, 0, 0, 1, 0, 0, 0, 1],
        "p": [focal + 1, 0, 4, 0, 0, focal + 1, 3, 0, 0, 0, 1, 0],
        "binning_x": 0,
        "binning_y": 0,
        "roi": SimpleNamespace(x_offset=0, y_offset=0, width=0, height=0),
    }
    return SimpleNamespace(**{**message, **changes})


COLOR = View(
    frame_id="color",
    size=(6, 8),
    info=info(8, 6, 10.0),
    info_topic="/rgb/camera_info",
    rectified=False,
)
DEPTH = View(
    frame_id="depth",
    size=(3, 4),
    info=info(4, 3, 5.0),
    info_topic="/depth/camera_info",
    rectified=True,
)


def source(name: str, *answers: RigidTransform | None) -> ExtrinsicsSource:
    """Gives its answers one by one; the last one again and again."""
    left = list(answers)
    return ExtrinsicsSource(
        name, lambda *_: left.pop(0) if len(left) > 1 else left[0], f"use {name}"
    )


@pytest.mark.parametrize(
    ("mode", "depth_frame", "needed"),
    [
        ("auto", "depth", True),
        ("auto", "color", False),
        ("on", "depth", True),
        ("on", "color", True),
        ("off", "depth", False),
        ("off", "color", False),
    ],
)
def test_mode_and_frames_decide_whether_depth_is_projected(
    mode: str, depth_frame: str, needed: bool
) -> None:
    finder = RigFinder(mode, None, [source("a", shift(1.0))])
    assert finder.needs_rig("color", depth_frame) is needed
    rig = finder.find(COLOR, replace(DEPTH, frame_id=depth_frame))
    assert (rig is not None) is needed


def test_the_first_source_that_knows_is_taken_and_kept() -> None:
    finder = RigFinder("auto", None, [source("a", None), source("b", shift(2.0), None)])
    for _ in range(2):
        rig = finder.find(COLOR, DEPTH)
        assert rig is not None
        assert (rig.depth_to_color, rig.source) == (shift(2.0), "b")


def test_what_the_user_gives_wins() -> None:
    rig = RigFinder("auto", shift(3.0), [source("a", shift(1.0))]).find(COLOR, DEPTH)
    assert rig is not None
    assert (rig.depth_to_color, rig.source) == (shift(3.0), "the parameters")


def test_a_source_may_know_later() -> None:
    finder = RigFinder("auto", None, [source("a", None, shift(1.0))])
    with pytest.raises(FrameError):
        finder.find(COLOR, DEPTH)
    rig = finder.find(COLOR, DEPTH)
    assert rig is not None
    assert rig.source == "a"


def test_a_rectified_image_is_described_by_p_and_a_raw_one_by_k_and_d() -> None:
    rig = RigFinder("auto", None, [source("a", shift(1.0))]).find(COLOR, DEPTH)
    assert rig is not None
    assert rig.color.k == (10, 0, 3, 0, 10, 2, 0, 0, 1)
    assert rig.color.d == (0.1, 0.0, 0.0, 0.0, 0.0)
    assert rig.depth.k == (6, 0, 4, 0, 6, 3, 0, 0, 1)
    assert rig.depth.d == ()


def test_one_frame_has_one_origin() -> None:
    rig = RigFinder("on", None, []).find(COLOR, replace(DEPTH, frame_id="color"))
    assert rig is not None
    assert (rig.depth_to_color, rig.source) == (IDENTITY, "equal frames")


def test_unknown_extrinsics_are_refused_with_every_remedy() -> None:
    with pytest.raises(FrameError) as error:
        RigFinder("auto", None, [source("a", None), source("b", None)]).find(COLOR, DEPTH)
    assert error.value.reason == "frame_id"
    assert str(error.value) == (
        "depth is in frame 'depth', colour in 'color', and the transform between them is not "
        "known: set register.translation and register.rotation to those from depth to colour; "
        "or use a; or use b; or set register.mode to 'off' if it is registered all the same"
    )


def test_the_remedies_name_the_three_ways() -> None:
    text = unregistered("color", "depth", [TF_REMEDY, PARAMETER_REMEDY, TOPIC_REMEDY])
    assert "/tf_static" in text
    assert "register.translation and register.rotation" in text
    assert "extrinsics/depth_to_color" in text


def test_without_extrinsics_nothing_is_said_about_calibrations() -> None:
    with pytest.raises(FrameError, match="transform between them"):
        RigFinder("auto", None, []).find(replace(COLOR, info=None), DEPTH)


@pytest.mark.parametrize(
    ("color", "depth", "told"),
    [
        (replace(COLOR, info=None), DEPTH, "no camera info has come on /rgb/camera_info.* 8x6"),
        (COLOR, replace(DEPTH, info=None), "no camera info has come on /depth/camera_info.* 4x3"),
        (COLOR, replace(DEPTH, size=(5, 4)), "describes 4x3, the image is 4x5"),
    ],
)
def test_missing_and_unfit_calibrations_are_refused(color: View, depth: View, told: str) -> None:
    with pytest.raises(FrameError, match=told) as error:
        RigFinder("auto", None, [source("a", shift(1.0))]).find(color, depth)
    assert error.value.reason == "calibration"


@pytest.mark.parametrize(
    ("topic", "rectified"),
    [
        ("/camera/depth/image_rect_raw", True),
        ("/camera/color/image_rect_color", True),
        ("/camera/color/image_raw", False),
        ("/rectangle/image", False),
        ("image_rect", True),
    ],
)
def test_the_topic_s_name_tells_whether_an_image_is_rectified(topic: str, rectified: bool) -> None:
    assert is_rectified(topic) is rectified
