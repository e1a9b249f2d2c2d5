"""Image messages of every kind to pixels; cv_bridge reads what our own codecs do not."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sensor_msgs.msg import CompressedImage, Image

from bridgenet_ros.compressed_codec import decode_compressed_color, decode_compressed_depth
from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import DepthArray, UInt8Array
from bridgenet_ros.image_codec import Fallback, ImageLike, decode_color, decode_depth

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


class Decoder:
    """Decodes messages as they come, raw or compressed; see the two codecs for the errors."""

    def __init__(self) -> None:
        self._fallback = codec_fallback()

    def color(self, message: Image | CompressedImage) -> UInt8Array:
        """(H, W, 3) uint8, red first."""
        if isinstance(message, CompressedImage):
            return decode_compressed_color(message)
        return decode_color(message, self._fallback)

    def depth(self, message: Image | CompressedImage) -> DepthArray:
        """(h, w) uint16 in raw units or float32 metres."""
        if isinstance(message, CompressedImage):
            return decode_compressed_depth(message)
        return decode_depth(message, self._fallback)
