"""Rotation and translation: worked by hand, as a group, and what is refused."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bridgenet_ros.errors import FrameError
from bridgenet_ros.rigid_transform import (
    IDENTITY,
    RigidTransform,
    transform_of_matrix,
    transform_of_message,
)

HALF = math.sqrt(0.5)
QUARTER_TURN = RigidTransform(translation=(1.0, 2.0, 3.0), rotation=(0.0, 0.0, HALF, HALF))
"""A quarter turn about z."""

numbers = st.floats(-10, 10, allow_nan=False)


@st.composite
def transforms(draw: st.DrawFn) -> RigidTransform:
    quaternion = np.array([draw(numbers) for _ in range(4)])
    length = float(np.linalg.norm(quaternion))
    assume(length > 0.1)
    x, y, z, w = (quaternion / length).tolist()
    return RigidTransform(
        translation=(draw(numbers), draw(numbers), draw(numbers)), rotation=(x, y, z, w)
    )


def moved(transform: RigidTransform, point: tuple[float, float, float]) -> np.ndarray:
    return transform.matrix @ np.array(point) + np.array(transform.translation)


def test_a_quarter_turn_by_hand() -> None:
    # x goes to y; then the translation.
    np.testing.assert_allclose(moved(QUARTER_TURN, (1.0, 0.0, 0.0)), [1.0, 3.0, 3.0], atol=1e-12)


@given(transforms(), transforms())
def test_transforms_are_a_group(a: RigidTransform, b: RigidTransform) -> None:
    point = (0.3, -0.7, 1.9)
    both = moved(a.after(b), point)
    x, y, z = moved(b, point)
    np.testing.assert_allclose(both, moved(a, (x, y, z)), atol=1e-9)
    np.testing.assert_allclose(moved(a.inverse().after(a), point), point, atol=1e-9)
    np.testing.assert_allclose(a.matrix @ a.matrix.T, np.eye(3), atol=1e-12)


@given(transforms())
def test_a_matrix_and_back(a: RigidTransform) -> None:
    again = transform_of_matrix(a.matrix, a.translation)
    np.testing.assert_allclose(again.matrix, a.matrix, atol=1e-9)
    assert again.translation == a.translation


def test_a_message_has_x_y_z_w() -> None:
    message = SimpleNamespace(
        translation=SimpleNamespace(x=1.0, y=2.0, z=3.0),
        rotation=SimpleNamespace(x=0.0, y=0.0, z=HALF, w=HALF),
    )
    assert transform_of_message(message) == QUARTER_TURN


def test_rounded_quaternions_are_normalised() -> None:
    rounded = RigidTransform(translation=(0.0, 0.0, 0.0), rotation=(0.0, 0.0, 0.707, 0.707))
    assert math.hypot(*rounded.rotation) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    ("translation", "rotation", "told"),
    [
        ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.0), "length 0"),
        ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0, 1.0), "length 2"),
        ((math.nan, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0), "finite"),
        ((0.0, 0.0, math.inf), (0.0, 0.0, 0.0, 1.0), "finite"),
        ((0.0, 0.0), (0.0, 0.0, 0.0, 1.0), "x, y, z"),
    ],
)
def test_what_is_no_transform_is_refused(
    translation: tuple[float, float, float],
    rotation: tuple[float, float, float, float],
    told: str,
) -> None:
    with pytest.raises(FrameError, match=told) as error:
        RigidTransform(translation=translation, rotation=rotation)
    assert error.value.reason == "calibration"


@pytest.mark.parametrize(
    "matrix", [np.zeros((3, 3)), np.diag([1.0, 1.0, -1.0]), np.eye(4), np.eye(3) * 1.1]
)
def test_what_is_no_rotation_matrix_is_refused(matrix: np.ndarray) -> None:
    with pytest.raises(FrameError, match="no rotation"):
        transform_of_matrix(matrix, (0.0, 0.0, 0.0))


def test_the_identity_moves_nothing() -> None:
    assert moved(IDENTITY, (1.0, 2.0, 3.0)).tolist() == [1.0, 2.0, 3.0]
