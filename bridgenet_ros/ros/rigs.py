"""What the projection of unregistered depth needs from ROS: calibrations and extrinsics.

Nothing is subscribed to before the first pair that must be projected.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo

from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import Rig
from bridgenet_ros.interface import (
    DEPTH_IMAGE,
    DEPTH_INFO,
    EXTRINSICS,
    RGB_IMAGE,
    RGB_INFO,
)
from bridgenet_ros.live import ColorImage, DepthImage
from bridgenet_ros.register_config import RegisterConfig
from bridgenet_ros.registration.rig_finder import (
    TF_REMEDY,
    TOPIC_REMEDY,
    ExtrinsicsSource,
    RigFinder,
    View,
    is_rectified,
)
from bridgenet_ros.rigid_transform import RigidTransform, transform_of_matrix
from bridgenet_ros.ros import tf

try:
    from realsense2_camera_msgs.msg import Extrinsics
except ImportError:  # comes with the driver
    Extrinsics = None

NO_TF = "install tf2_ros or tf2_msgs, without which /tf_static cannot be read"
NO_EXTRINSICS = "install realsense2_camera_msgs to read the RealSense driver's extrinsics"


class Rigs:
    """Finds the rig of a pair of images; on the executor's thread.

    Args:
        node: subscribes.
        config: read when the node is activated, but for the mode.
        color_info: the latest colour calibration, if there is one.
    """

    def __init__(
        self,
        node: Node,
        config: RegisterConfig,
        color_info: Callable[[], CameraInfo | None],
    ) -> None:
        self._node = node
        self._color_info = color_info
        self._depth_info: CameraInfo | None = None
        self._driver: RigidTransform | None = None
        self._transforms: tf.Transforms | None = None
        self._subscriptions: list[Any] = []
        self.finder = RigFinder(
            config.mode,
            config.extrinsics(),
            [
                ExtrinsicsSource("tf", self._from_tf, TF_REMEDY if tf.is_available() else NO_TF),
                ExtrinsicsSource(
                    "the driver's topic",
                    lambda *_: self._driver,
                    NO_EXTRINSICS if Extrinsics is None else TOPIC_REMEDY,
                ),
            ],
        )

    def find(self, color: ColorImage, depth: DepthImage) -> Rig | None:
        """How to project the pair's depth; None where it lies in the colour view already.

        Raises:
            FrameError: ``frame_id`` or ``calibration``, see `RigFinder.find`.
        """
        if not self.finder.needs_rig(color.frame_id, depth.frame_id):
            return None
        self._subscribe()
        if self._transforms is None and not self.finder.knows(color.frame_id, depth.frame_id):
            self._transforms = tf.open_transforms(self._node)
        rig = self.finder.find(
            self._view(color, self._color_info(), RGB_IMAGE, RGB_INFO),
            self._view(depth, self._depth_info, DEPTH_IMAGE, DEPTH_INFO),
        )
        self._stop_listening()  # the finder keeps what it has found
        return rig

    def known(self, color: ColorImage, depth: DepthImage) -> bool:
        """Whether `find` would answer; it may while messages still come."""
        try:
            self.find(color, depth)
        except FrameError:
            return False
        return True

    def close(self) -> None:
        """Destroy every subscription."""
        self._stop_listening()
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._subscriptions = []

    def _view(
        self,
        image: ColorImage | DepthImage,
        info: CameraInfo | None,
        image_topic: str,
        info_topic: str,
    ) -> View:
        height, width = image.pixels.shape[:2]
        return View(
            frame_id=image.frame_id,
            size=(height, width),
            info=info,
            info_topic=self._node.resolve_topic_name(info_topic),
            rectified=is_rectified(self._node.resolve_topic_name(image_topic)),
        )

    def _subscribe(self) -> None:
        if self._subscriptions:
            return
        create = self._node.create_subscription
        self._subscriptions = [
            create(CameraInfo, DEPTH_INFO, self._on_depth_info, qos_profile_sensor_data)
        ]
        if Extrinsics is not None:
            self._subscriptions.append(
                create(Extrinsics, EXTRINSICS, self._on_extrinsics, tf.LATCHED)
            )

    def _stop_listening(self) -> None:
        """A listener to /tf costs time at every message of a moving robot."""
        if self._transforms is not None:
            self._transforms.close()
            self._transforms = None

    def _from_tf(self, color: str, depth: str) -> RigidTransform | None:
        return None if self._transforms is None else self._transforms.lookup(color, depth)

    def _on_depth_info(self, message: CameraInfo) -> None:
        self._depth_info = message

    def _on_extrinsics(self, message: Any) -> None:  # noqa: ANN401 - may not be installed
        # By columns, as librealsense has it.
        rotation = np.asarray(message.rotation, np.float64).reshape(3, 3).T
        try:
            self._driver = transform_of_matrix(rotation, list(message.translation))
        except FrameError as error:
            self._node.get_logger().warning(f"{EXTRINSICS}: {error}")
