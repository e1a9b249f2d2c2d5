"""Images of a recording, raw or compressed, to pixels."""

from __future__ import annotations

from typing import TypeAlias

from bridgenet_ros.compressed_codec import decode_compressed_color, decode_compressed_depth
from bridgenet_ros.frame import DepthArray, UInt8Array
from bridgenet_ros.image_codec import decode_color, decode_depth
from bridgenet_ros.offline.bag_reader import BagMessage
from bridgenet_ros.offline.messages import (
    COMPRESSED_TYPE,
    CompressedImage,
    Image,
    read_compressed_image,
    read_image,
)

AnyImage: TypeAlias = Image | CompressedImage


def read_any_image(message: BagMessage) -> AnyImage:
    """The image of a message, not yet decoded.

    Raises:
        FrameError: ``undecodable``, it is none.
    """
    if message.connection.msgtype == COMPRESSED_TYPE:
        return read_compressed_image(message.raw)
    return read_image(message.raw)


def color_pixels(image: AnyImage) -> UInt8Array:
    """(H, W, 3) uint8, red first.

    Raises:
        FrameError: see `decode_color` and `decode_compressed_color`.
    """
    if isinstance(image, CompressedImage):
        return decode_compressed_color(image)
    return decode_color(image)


def depth_pixels(image: AnyImage) -> DepthArray:
    """(h, w) uint16 in raw units, or float32 metres.

    Raises:
        FrameError: see `decode_depth` and `decode_compressed_depth`.
    """
    if isinstance(image, CompressedImage):
        return decode_compressed_depth(image)
    return decode_depth(image)
