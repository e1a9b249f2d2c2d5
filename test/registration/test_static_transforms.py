"""Chains of fixed transforms, in both directions."""

from __future__ import annotations

import numpy as np

from bridgenet_ros.registration.static_transforms import StaticTransforms
from bridgenet_ros.rigid_transform import IDENTITY, RigidTransform


def shift(x: float) -> RigidTransform:
    return RigidTransform(translation=(x, 0.0, 0.0), rotation=(0.0, 0.0, 0.0, 1.0))


QUARTER_TURN = RigidTransform(
    translation=(0.0, 0.0, 0.0), rotation=(0.0, 0.0, np.sqrt(0.5), np.sqrt(0.5))
)


def camera() -> StaticTransforms:
    """A link with two cameras, as camera drivers publish them."""
    tree = StaticTransforms()
    tree.add("link", "depth", shift(0.1))
    tree.add("depth", "depth_optical", QUARTER_TURN)
    tree.add("link", "color", shift(0.4))
    tree.add("color", "color_optical", QUARTER_TURN)
    tree.add("elsewhere", "lidar", shift(9.0))
    return tree


def test_a_chain_over_a_common_parent() -> None:
    found = camera().lookup("color_optical", "depth_optical")
    assert found is not None
    # The depth camera is 0.3 m behind colour along the link's x, which the optical frames call -y.
    np.testing.assert_allclose(found.translation, [0.0, 0.3, 0.0], atol=1e-12)
    np.testing.assert_allclose(found.matrix, np.eye(3), atol=1e-12)


def test_the_other_direction_is_the_inverse() -> None:
    tree = camera()
    there, back = tree.lookup("color", "depth_optical"), tree.lookup("depth_optical", "color")
    assert there is not None
    assert back is not None
    np.testing.assert_allclose(there.after(back).matrix, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(there.after(back).translation, [0, 0, 0], atol=1e-12)


def test_what_is_not_joined_is_not_known() -> None:
    tree = camera()
    assert tree.lookup("color", "lidar") is None
    assert tree.lookup("color", "nowhere") is None
    assert tree.lookup("nowhere", "color") is None


def test_a_frame_to_itself_and_a_slash_before_its_name() -> None:
    tree = camera()
    assert tree.lookup("color", "color") == IDENTITY
    assert tree.lookup("/link", "depth") == tree.lookup("link", "/depth") == shift(0.1)


def test_a_later_transform_replaces_an_earlier_one() -> None:
    tree = camera()
    tree.add("link", "depth", shift(0.2))
    assert tree.lookup("link", "depth") == shift(0.2)
