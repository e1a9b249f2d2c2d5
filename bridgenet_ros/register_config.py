"""The settings of registration: how depth comes into the colour view."""

from __future__ import annotations

from dataclasses import dataclass

from bridgenet_ros.errors import ConfigError, FrameError
from bridgenet_ros.rigid_transform import RigidTransform
from bridgenet_ros.setting import setting


@dataclass(frozen=True, kw_only=True, slots=True)
class RegisterConfig:
    """How depth comes into the colour view."""

    mode: str = setting(
        "auto",
        "auto takes depth with colour's frame_id as registered and projects any other into the "
        "colour view; on projects always; off trusts every pair to be registered",
        choices=("auto", "on", "off"),
        live=True,
    )
    grid: str = setting(
        "auto",
        "auto recognises registered depth that is sparse dots or copied blocks and takes one "
        "measurement of each; off takes every pixel as it is",
        choices=("auto", "off"),
        live=True,
    )
    translation: tuple[float, ...] = setting(
        (0.0, 0.0, 0.0),
        "Origin of the depth frame in colour's optical frame, x, y, z; read with register.rotation",
        unit="m",
    )
    rotation: tuple[float, ...] = setting(
        (0.0, 0.0, 0.0, 0.0),
        "From the depth frame to colour's optical frame, a quaternion x, y, z, w; all zero: not "
        "given, so the transform is taken from /tf_static or the driver's topic",
    )

    def __post_init__(self) -> None:
        self.extrinsics()

    def extrinsics(self) -> RigidTransform | None:
        """The given transform from depth to colour, if it is given.

        Raises:
            ConfigError: the rotation is no unit quaternion.
        """
        if not any(self.rotation):
            return None
        x, y, z = self.translation
        qx, qy, qz, qw = self.rotation
        try:
            return RigidTransform(translation=(x, y, z), rotation=(qx, qy, qz, qw))
        except FrameError as error:
            raise ConfigError(f"register.rotation: {error}") from error
