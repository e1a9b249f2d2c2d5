"""Where one camera stands relative to another: a rotation and a translation, checked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from transforms3d.quaternions import mat2quat, quat2mat

from bridgenet_ros.errors import FrameError

Matrix = npt.NDArray[np.float64]

_UNIT_ERROR = 0.01
"""How far a quaternion's length or a matrix' product with itself may be from one."""


class _Vector3(Protocol):
    x: float
    y: float
    z: float


class _Quaternion(_Vector3, Protocol):
    w: float


class TransformLike(Protocol):
    """What is read of a ``geometry_msgs/Transform``."""

    @property
    def translation(self) -> _Vector3:
        """Metres."""

    @property
    def rotation(self) -> _Quaternion:
        """A unit quaternion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RigidTransform:
    """Takes points of a source frame to a target frame: ``p_target = R p_source + t``.

    Attributes:
        translation: x, y, z, metres: the source's origin in the target frame.
        rotation: x, y, z, w, a quaternion of length one; normalised when it nearly is.

    Raises:
        FrameError: ``calibration``, a wrong count, a value that is not finite, or no unit
            quaternion.
    """

    translation: tuple[float, float, float]
    rotation: tuple[float, float, float, float]

    def __post_init__(self) -> None:
        values = (*self.translation, *self.rotation)
        if len(values) != 7 or not all(map(math.isfinite, values)):
            raise FrameError(
                "calibration",
                f"transform {self.translation}, {self.rotation}; "
                "expected x, y, z in metres and a quaternion x, y, z, w, all finite",
            )
        length = math.hypot(*self.rotation)
        if abs(length - 1) > _UNIT_ERROR:
            raise FrameError(
                "calibration",
                f"rotation {self.rotation} has length {length:.3g}; expected a unit quaternion",
            )
        x, y, z, w = (value / length for value in self.rotation)
        object.__setattr__(self, "rotation", (x, y, z, w))

    @property
    def matrix(self) -> Matrix:
        """R, (3, 3) float64."""
        x, y, z, w = self.rotation
        return np.asarray(quat2mat((w, x, y, z)), np.float64)

    def inverse(self) -> RigidTransform:
        """From the target frame back to the source frame."""
        x, y, z, w = self.rotation
        back = self.matrix.T @ -np.asarray(self.translation)
        return RigidTransform(translation=_triple(back), rotation=(-x, -y, -z, w))

    def after(self, first: RigidTransform) -> RigidTransform:
        """``first``, then this one."""
        moved = self.matrix @ np.asarray(first.translation) + np.asarray(self.translation)
        return transform_of_matrix(self.matrix @ first.matrix, _triple(moved))


IDENTITY = RigidTransform(translation=(0.0, 0.0, 0.0), rotation=(0.0, 0.0, 0.0, 1.0))
"""Both frames are one."""


def transform_of_matrix(
    rotation: npt.ArrayLike, translation: Sequence[float] | Matrix
) -> RigidTransform:
    """A transform from a (3, 3) rotation matrix and x, y, z in metres.

    Raises:
        FrameError: ``calibration``, the matrix is no rotation.
    """
    matrix = np.asarray(rotation, np.float64)
    off = np.abs(matrix @ matrix.T - np.eye(3)).max() if matrix.shape == (3, 3) else math.inf
    if not off < _UNIT_ERROR or np.linalg.det(matrix) < 0:
        raise FrameError(
            "calibration", f"matrix {matrix.tolist()} is no rotation; expected a (3, 3) one"
        )
    w, x, y, z = (float(value) for value in mat2quat(matrix))
    return RigidTransform(translation=_triple(translation), rotation=(x, y, z, w))


def transform_of_message(message: TransformLike) -> RigidTransform:
    """A transform from a ``geometry_msgs/Transform`` of any library.

    Raises:
        FrameError: ``calibration``, a value that is not finite, or no unit quaternion.
    """
    t, q = message.translation, message.rotation
    return RigidTransform(translation=(t.x, t.y, t.z), rotation=(q.x, q.y, q.z, q.w))


def _triple(values: Sequence[float] | Matrix) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z
