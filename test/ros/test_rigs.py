"""Calibrations and extrinsics of the live node, subscribed to only when they are needed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from fake_node import FakeNode
from sensor_msgs.msg import CameraInfo

from bridgenet_ros.errors import FrameError
from bridgenet_ros.live import StampedImage
from bridgenet_ros.register_config import RegisterConfig
from bridgenet_ros.registration.static_transforms import StaticTransforms
from bridgenet_ros.rigid_transform import RigidTransform
from bridgenet_ros.ros import rigs, tf
from bridgenet_ros.ros.rigs import Rigs

GIVEN = RegisterConfig(translation=(0.1, 0.0, 0.0), rotation=(0.0, 0.0, 0.0, 1.0))


def make_node() -> FakeNode:
    """Remapped as a camera's launch file would."""
    return FakeNode({"depth/image": "/camera/depth/image_rect_raw"})


class Transforms(StaticTransforms):
    """Counts as closed when it is."""

    closed = False

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def transforms(monkeypatch: pytest.MonkeyPatch) -> Transforms:
    double = Transforms()
    monkeypatch.setattr(tf, "open_transforms", lambda _: double)
    monkeypatch.setattr(tf, "is_available", lambda: True)
    monkeypatch.setattr(rigs, "Extrinsics", SimpleNamespace)
    return double


def image(frame: str, *size: int) -> StampedImage[Any]:
    return StampedImage(np.zeros(size, np.uint16), 1, frame, 0.0)


COLOR, DEPTH = image("color", 6, 8, 3), image("depth", 3, 4)


def info(width: int, height: int, focal: float) -> CameraInfo:
    k = [focal, 0.0, 3.0, 0.0, focal, 2.0, 0.0, 0.0, 1.0]
    p = [focal, 0.0, 4.0, 0.0, 0.0, focal, 2.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    return CameraInfo(width=width, height=height, k=k, p=p)


def make(node: FakeNode, config: RegisterConfig | None = None) -> Rigs:
    return Rigs(node, config or RegisterConfig(), lambda: info(8, 6, 10.0))


def test_registered_depth_subscribes_to_nothing(transforms: Transforms) -> None:
    node = make_node()
    assert make(node).find(COLOR, image("color", 3, 4)) is None
    assert node.subscriptions == {}


def test_extrinsics_from_tf(transforms: Transforms) -> None:
    node = make_node()
    found = make(node)
    with pytest.raises(FrameError, match=r"'depth', colour in 'color'.* /tf_static.*; or "):
        found.find(COLOR, DEPTH)
    assert set(node.subscriptions) == {"depth/camera_info", "extrinsics/depth_to_color"}
    shift = RigidTransform(translation=(0.2, 0.0, 0.0), rotation=(0.0, 0.0, 0.0, 1.0))
    transforms.add("color", "depth", shift)
    with pytest.raises(FrameError, match="no camera info has come on /depth/camera_info"):
        found.find(COLOR, DEPTH)
    node.subscriptions["depth/camera_info"](info(4, 3, 5.0))
    assert not transforms.closed
    rig = found.find(COLOR, DEPTH)
    assert rig is not None
    assert (rig.depth_to_color, rig.source) == (shift, "tf")
    assert transforms.closed  # what is known need not be listened to
    assert rig.color.k[2] == 3.0
    assert rig.depth.k[2] == 4.0  # image_rect_raw: from P
    assert found.find(COLOR, DEPTH) == rig
    found.close()
    assert node.subscriptions == {}


def test_given_extrinsics_need_no_tf(
    transforms: Transforms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tf, "open_transforms", lambda _: pytest.fail("listens to tf"))
    node = make_node()
    found = make(node, GIVEN)
    with pytest.raises(FrameError, match="no camera info"):
        found.find(COLOR, DEPTH)
    node.subscriptions["depth/camera_info"](info(4, 3, 5.0))
    rig = found.find(COLOR, DEPTH)
    assert rig is not None
    assert (rig.depth_to_color.translation, rig.source) == ((0.1, 0.0, 0.0), "the parameters")


def test_another_camera_is_looked_up_anew(
    transforms: Transforms, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    monkeypatch.setattr(tf, "open_transforms", lambda node: opened.append(node) or transforms)
    node = make_node()
    found = make(node)
    for frame in ("depth", "other"):
        shift = RigidTransform(translation=(0.2, 0.0, 0.0), rotation=(0.0, 0.0, 0.0, 1.0))
        transforms.add("color", frame, shift)
        with pytest.raises(FrameError, match="no camera info"):
            found.find(COLOR, image(frame, 3, 4))
        node.subscriptions["depth/camera_info"](info(4, 3, 5.0))
        assert found.find(COLOR, image(frame, 3, 4)) is not None
        node.subscriptions["depth/camera_info"](None)
    assert len(opened) == 2


def test_the_driver_s_matrix_comes_by_columns(transforms: Transforms) -> None:
    node = make_node()
    found = make(node)
    with pytest.raises(FrameError):
        found.find(COLOR, DEPTH)
    node.subscriptions["depth/camera_info"](info(4, 3, 5.0))
    by_columns = [0.0, 1.0, 0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 1.0]
    message = SimpleNamespace(rotation=by_columns, translation=[0.3, 0.0, 0.0])
    node.subscriptions["extrinsics/depth_to_color"](message)
    rig = found.find(COLOR, DEPTH)
    assert rig is not None
    assert rig.source == "the driver's topic"
    np.testing.assert_allclose(rig.depth_to_color.matrix @ [1, 0, 0], [0, 1, 0], atol=1e-12)
    assert rig.depth_to_color.translation == (0.3, 0.0, 0.0)


def test_a_driver_s_broken_matrix_is_told_and_left_out(transforms: Transforms) -> None:
    node = make_node()
    found = make(node)
    with pytest.raises(FrameError):
        found.find(COLOR, DEPTH)
    message = SimpleNamespace(rotation=[0.0] * 9, translation=[0.3, 0.0, 0.0])
    node.subscriptions["extrinsics/depth_to_color"](message)
    (warning,) = node.warnings
    assert "no rotation" in warning
    with pytest.raises(FrameError, match="not known"):
        found.find(COLOR, DEPTH)


def test_the_refusal_says_what_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tf, "open_transforms", lambda _: None)
    monkeypatch.setattr(tf, "is_available", lambda: False)
    monkeypatch.setattr(rigs, "Extrinsics", None)
    node = make_node()
    with pytest.raises(FrameError) as error:
        make(node).find(COLOR, DEPTH)
    assert "install tf2_ros or tf2_msgs" in str(error.value)
    assert "install realsense2_camera_msgs" in str(error.value)
    assert "set register.translation and register.rotation" in str(error.value)
    assert set(node.subscriptions) == {"depth/camera_info"}
