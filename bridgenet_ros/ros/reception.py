"""Decodes the images that arrive and hands them to the session; runs on the executor's thread."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

from bridgenet_ros.errors import FrameError
from bridgenet_ros.interface import DEPTH_IMAGE, RGB_IMAGE
from bridgenet_ros.live import ColorImage, DepthImage, LiveSession, StampedImage
from bridgenet_ros.ros.conversion import Decoder
from bridgenet_ros.ros.inputs import AnyImage
from bridgenet_ros.ros.messages import stamp_to_ns


class Reception:
    """What the image subscriptions call.

    Args:
        decoder: makes arrays of messages.
        session: takes them; a message that cannot be decoded is counted there.
        on_error: told the drop reason and the message of an image that cannot be decoded.
    """

    def __init__(
        self, decoder: Decoder, session: LiveSession, on_error: Callable[[str, str], None]
    ) -> None:
        self._decoder = decoder
        self._session = session
        self._on_error = on_error

    def color(self, message: AnyImage) -> None:
        """A colour image has arrived."""
        if image := self._decode_color(message):
            self._session.add_color(image)

    def depth(self, message: AnyImage) -> None:
        """A depth image has arrived."""
        if image := self._decode_depth(message):
            self._session.add_depth(image)

    def pair(self, color_message: AnyImage, depth_message: AnyImage) -> None:
        """Two images that belong together have arrived."""
        color, depth = self._decode_color(color_message), self._decode_depth(depth_message)
        if color is not None and depth is not None:
            self._session.add_pair(color, depth)

    def _decode_color(self, message: AnyImage) -> ColorImage | None:
        try:
            return _stamped(self._decoder.color(message), message)
        except FrameError as error:
            self._refuse(error, RGB_IMAGE)
            return None

    def _decode_depth(self, message: AnyImage) -> DepthImage | None:
        try:
            return _stamped(self._decoder.depth(message), message)
        except FrameError as error:
            self._refuse(error, DEPTH_IMAGE)
            return None

    def _refuse(self, error: FrameError, topic: str) -> None:
        self._session.drop(error.reason)
        self._on_error(error.reason, f"{topic}: {error}")


def _stamped(pixels: Any, message: AnyImage) -> StampedImage[Any]:  # noqa: ANN401
    return StampedImage(
        pixels, stamp_to_ns(message.header.stamp), message.header.frame_id, monotonic()
    )
