"""Bayer mosaics and YUV to red, green and blue.

The YUV formats are those of V4L2, in BT.601 with video range, as cv_bridge reads them.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import UInt8Array

# OpenCV names a mosaic by its second row from the second column on.
_BAYER = {
    "rggb": cv2.COLOR_BayerBG2RGB,
    "bggr": cv2.COLOR_BayerRG2RGB,
    "gbrg": cv2.COLOR_BayerGR2RGB,
    "grbg": cv2.COLOR_BayerGB2RGB,
}
BAYER_PATTERNS = tuple(_BAYER)
SMALLEST_MOSAIC = 3
"""Pixels to a side; bilinear interpolation has no answer for less."""


def demosaic(mosaic: UInt8Array, pattern: str) -> UInt8Array:
    """Colour from a Bayer mosaic by bilinear interpolation.

    Args:
        mosaic: (H, W) uint8, one colour a pixel.
        pattern: of `BAYER_PATTERNS`: the first two pixels of the first row, then of the second.

    Returns:
        (H, W, 3) uint8, red first.

    Raises:
        FrameError: ``size``, a side is below `SMALLEST_MOSAIC`.
    """
    if min(mosaic.shape) < SMALLEST_MOSAIC:
        height, width = mosaic.shape
        raise FrameError(
            "size", f"Bayer image is {width}x{height}; expected {SMALLEST_MOSAIC} pixels or more"
        )
    return _rgb(cv2.cvtColor(np.ascontiguousarray(mosaic), _BAYER[pattern]))


def from_yuv422(pixels: UInt8Array, *, luma_first: bool) -> UInt8Array:
    """Colour from packed YUV 4:2:2.

    Args:
        pixels: (H, W, 2) uint8: luma, and U and V by turns.
        luma_first: YUYV; otherwise UYVY.

    Returns:
        (H, W, 3) uint8, red first.

    Raises:
        FrameError: ``size``, the width is odd.
    """
    check_even(pixels.shape[1], "width")
    code = cv2.COLOR_YUV2RGB_YUY2 if luma_first else cv2.COLOR_YUV2RGB_UYVY
    return _rgb(cv2.cvtColor(np.ascontiguousarray(pixels), code))


def from_yuv420(rows: UInt8Array, *, u_first: bool) -> UInt8Array:
    """Colour from luma rows followed by half as many rows of interleaved chroma.

    Args:
        rows: (3 H / 2, W) uint8; H and W must be even.
        u_first: NV12; otherwise NV21.

    Returns:
        (H, W, 3) uint8, red first.

    Raises:
        FrameError: ``size``, the width is odd.
    """
    check_even(rows.shape[1], "width")
    code = cv2.COLOR_YUV2RGB_NV12 if u_first else cv2.COLOR_YUV2RGB_NV21
    return _rgb(cv2.cvtColor(np.ascontiguousarray(rows), code))


def check_even(side: int, name: str) -> None:
    """Refuse a side that chroma cannot halve.

    Raises:
        FrameError: ``size``, it is odd.
    """
    if side % 2:
        raise FrameError("size", f"{name} of a YUV image is {side}; expected an even number")


def _rgb(pixels: npt.NDArray[np.generic]) -> UInt8Array:
    return np.asarray(pixels, np.uint8)
