"""Pictures inside the page, and what the colours of depth mean."""

from __future__ import annotations

from base64 import b64encode
from xml.etree.ElementTree import Element

import cv2
import numpy as np

from bridgenet_ros.depth_colors import TURBO, color_depth
from bridgenet_ros.frame import FloatArray, UInt8Array
from bridgenet_ros.preview import ticks
from bridgenet_ros.report.detail import Crop
from bridgenet_ros.report.markup import element

_FEW_COLUMNS = 240
"""So small an image is enlarged until its pixels are seen: they are kept as they are."""
_STOPS = 32
_BAR_WIDTH, _BAR_HEIGHT = 360, 44
_MARGIN = 24


def framed(rgb: UInt8Array, part: Crop) -> UInt8Array:
    """A copy of a picture with a part outlined, white on black."""
    picture: UInt8Array = np.array(rgb, order="C")
    corners = (part.left, part.top), (part.left + part.width - 1, part.top + part.height - 1)
    thick = max(rgb.shape[1] // 320, 1)
    cv2.rectangle(picture, *corners, (0, 0, 0), thick + 2)
    cv2.rectangle(picture, *corners, (255, 255, 255), thick)
    return picture


def picture_uri(rgb: UInt8Array) -> str:
    """A ``data:`` address of a picture: PNG where it is small, JPEG where it is not.

    Args:
        rgb: (H, W, 3).
    """
    blue_first = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    if rgb.shape[1] <= _FEW_COLUMNS:
        kind, data = "png", cv2.imencode(".png", blue_first)[1]
    else:
        sampling = (cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444)
        quality = (cv2.IMWRITE_JPEG_QUALITY, 85)
        kind, data = "jpeg", cv2.imencode(".jpg", blue_first, [*quality, *sampling])[1]
    return f"data:image/{kind};base64,{b64encode(data.tobytes()).decode()}"


def depth_uri(depth_m: FloatArray, near_m: float, far_m: float) -> str:
    """The same of depth in colours; arguments as `color_depth`."""
    blue_first = color_depth(depth_m, near_m, far_m)
    return picture_uri(np.ascontiguousarray(blue_first[..., ::-1]))


def depth_scale(near_m: float, far_m: float) -> Element:
    """The colours from near to far with depths in metres, as ``svg``."""
    width = _BAR_WIDTH - 2 * _MARGIN
    stops = []
    for number in range(_STOPS + 1):
        red, green, blue = TURBO[round(number * 255 / _STOPS)].tolist()
        color = f"rgb({red},{green},{blue})"
        stops.append(element("stop", offset=number / _STOPS, stop_color=color))
    ramp = element("defs", element("linearGradient", *stops, id="depths"))
    bar = element("rect", x=_MARGIN, y=2, width=width, height=16, fill="url(#depths)")
    parts = [ramp, bar]
    for depth_m in ticks(near_m, far_m, 2 * width):
        x = _MARGIN + (depth_m - near_m) / (far_m - near_m) * width
        parts.append(element("line", x1=x, x2=x, y1=18, y2=23, class_="tick"))
        parts.append(element("text", f"{depth_m:g} m", x=x, y=38, class_="middle"))
    label = f"Colours of depth, from {near_m:g} m to {far_m:g} m"
    svg = element(
        "svg", *parts, viewBox=f"0 0 {_BAR_WIDTH} {_BAR_HEIGHT}", role="img", aria_label=label
    )
    svg.set("class", "scale")
    return svg
