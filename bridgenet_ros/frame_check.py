"""Whether two images can be an RGB-D pair at all."""

from __future__ import annotations

import numpy as np

from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import RgbdFrame


def check_images(frame: RgbdFrame) -> None:
    """Refuse arrays that are no RGB-D pair; `depth_units.to_metres` checks the depth's type.

    Raises:
        FrameError: ``size``, an image is empty, of the wrong rank, or depth in the colour view
            exceeds colour; ``dtype``, colour is not uint8.
    """
    if frame.rgb.dtype != np.uint8:
        raise FrameError("dtype", f"colour has dtype {frame.rgb.dtype}; expected uint8")
    rgb, depth = frame.rgb.shape, frame.depth.shape
    if len(rgb) != 3 or rgb[2] != 3 or len(depth) != 2:
        raise FrameError("size", f"shapes {rgb} and {depth}; expected (H, W, 3) and (h, w)")
    if 0 in rgb or 0 in depth:
        raise FrameError(
            "size", f"colour {rgb[1]}x{rgb[0]} or depth {depth[1]}x{depth[0]} is empty"
        )
    if frame.rig is None and (depth[0] > rgb[0] or depth[1] > rgb[1]):
        raise FrameError(
            "size",
            f"depth {depth[1]}x{depth[0]} is larger than colour {rgb[1]}x{rgb[0]}; "
            "expected depth no larger than colour",
        )
