"""Images of a recording, raw or compressed, to pixels."""

from __future__ import annotations

from typing import TypeAlias

from bridgenet_ros.compressed_codec import (
    compressed_size,
    decode_compressed_color,
    decode_compressed_depth,
)
from bridgenet_ros.frame import DepthArray, UInt8Array
from bridgenet_ros.image_codec import decode_color, decode_depth
from bridgenet_ros.image_file import Size
from bridgenet_ros.offline.bag_reader import BagMessage
from bridgenet_ros.offline.messages import (
    COMPRESSED_TYPE,
    CompressedImage,
    Image,
    read_compressed_image,
    read_image,
)
from bridgenet_ros.realsense_recording import own_frame
from bridgenet_ros.topic_choice import base_topic

AnyImage: TypeAlias = Image | CompressedImage


def read_any_image(message: BagMessage) -> AnyImage:
    """The image of a message, not yet decoded; depth of the RealSense SDK in a frame of its own.

    Raises:
        FrameError: ``undecodable``, it is none.
    """
    is_compressed = message.connection.msgtype == COMPRESSED_TYPE
    image = (read_compressed_image if is_compressed else read_image)(message.raw)
    frame = own_frame(base_topic(message.connection))
    if frame is not None:
        image.header.frame_id = frame
    return image


def size_of(image: AnyImage) -> Size:
    """What the image promises to be; nothing is decoded.

    Raises:
        FrameError: see `compressed_size`.
    """
    if isinstance(image, CompressedImage):
        return compressed_size(image)
    return Size(image.width, image.height)


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
