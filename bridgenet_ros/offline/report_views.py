"""The pictures of a run's report: some frames before and after, all in one range of colours."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element

import numpy as np

from bridgenet_ros.depth_colors import round_range
from bridgenet_ros.frame import FloatArray, UInt8Array
from bridgenet_ros.offline.measuring import View, depth_of
from bridgenet_ros.offline.run_record import RunRecord
from bridgenet_ros.report import quantity
from bridgenet_ros.report.markup import element
from bridgenet_ros.report.pictures import depth_scale, depth_uri, picture_uri

_FEW_COLUMNS = 320
"""An image of fewer columns is shown pixel by pixel."""


def views(record: RunRecord) -> Element:
    """The kept frames in order, with the scale of their colours."""
    kept = record.views()
    if not kept:
        return element("p", "There is no picture: no frame that was to be shown gave a result.")
    near_m, far_m = round_range(np.concatenate([depth_of(v.sensor).ravel() for v in kept]))
    shown = [
        _view(view, record.since_start_s(np.array(view.time_ns)).item(), near_m, far_m)
        for view in kept
    ]
    note = "Every picture has the same colours; grey is without depth."
    return element("div", element("p", note, class_="quiet"), depth_scale(near_m, far_m), *shown)


def _view(view: View, time_s: float, near_m: float, far_m: float) -> Element:
    when = f"at {quantity.duration(time_s)}"
    color, sensor_m, sr_m = view.rgb(), depth_of(view.sensor), depth_of(view.sr)
    small, large = _size(view.sensor_size), _size(view.color_size)
    return element(
        "div",
        element("h3", when[0].upper() + when[1:]),
        _picture(picture_uri(color), color, "Colour", large, when),
        _picture(depth_uri(sensor_m, near_m, far_m), sensor_m, "Sensor depth", small, when),
        _picture(depth_uri(sr_m, near_m, far_m), sr_m, "Super-resolved depth", large, when),
        class_="view card",
    )


def _picture(
    uri: str, pixels: FloatArray | UInt8Array, title: str, size: str, when: str
) -> Element:
    rows, columns = pixels.shape[:2]
    image = element(
        "img",
        src=uri,
        width=columns,
        height=rows,
        alt=f"{title} {when}, {size} pixels",
        class_="few" if columns < _FEW_COLUMNS else "many",
    )
    return element("figure", image, element("figcaption", f"{title}, {size}"))


def _size(size: Sequence[int]) -> str:
    columns, rows = size
    return f"{columns}x{rows}"
