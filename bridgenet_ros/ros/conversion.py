"""Encodings that our own codec does not read, through cv_bridge where it is installed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bridgenet_ros.errors import FrameError
from bridgenet_ros.image_codec import Fallback, ImageLike

try:
    from cv_bridge import CvBridge, CvBridgeError
except ImportError:  # only a ROS installation has it
    CvBridge = None


def codec_fallback() -> Fallback | None:
    """cv_bridge as the codec's last resort, or None where it is not installed."""
    if CvBridge is None:
        return None
    bridge = CvBridge()

    def decode(message: ImageLike, wanted: str) -> npt.NDArray[Any]:
        try:
            return np.asarray(bridge.imgmsg_to_cv2(message, wanted))
        except CvBridgeError as error:
            raise FrameError(
                "encoding", f"cv_bridge cannot turn {message.encoding!r} into {wanted!r}: {error}"
            ) from error

    return decode
