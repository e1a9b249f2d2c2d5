"""The pictures of a run's report: some frames before and after, all in one range of colours."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element

import numpy as np

from bridgenet_ros.depth_colors import round_range
from bridgenet_ros.offline.measuring import View, depth_of
from bridgenet_ros.offline.run_record import RunRecord
from bridgenet_ros.report import quantity
from bridgenet_ros.report.detail import busiest_part
from bridgenet_ros.report.markup import element
from bridgenet_ros.report.pictures import depth_scale, depth_uri, framed, picture_uri

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
    note = (
        "The same colour is the same depth in every picture; dark grey is without depth. The "
        "frame marks what is enlarged."
    )
    return element("div", element("p", note, class_="quiet"), depth_scale(near_m, far_m), *shown)


def _view(view: View, time_s: float, near_m: float, far_m: float) -> Element:
    when = f"at {quantity.duration(time_s)}"
    color, sensor_m, sr_m = view.rgb(), depth_of(view.sensor), depth_of(view.sr)
    part = busiest_part(np.nan_to_num(sensor_m), color.shape[:2])
    rows, columns = sensor_m.shape[0] / color.shape[0], sensor_m.shape[1] / color.shape[1]
    small, large = _size(view.sensor_size), _size(view.color_size)
    titles = (
        f"Sensor depth, {small}",
        f"Super-resolved, {large}",
        "Sensor, enlarged",
        "Super-resolved, enlarged",
    )
    depths = (sensor_m, sr_m, part.scaled(rows, columns).of(sensor_m), part.of(sr_m))
    return element(
        "div",
        element("h3", when[0].upper() + when[1:]),
        _picture(picture_uri(framed(color, part)), color.shape, f"Colour, {large}", when, "wide"),
        *[
            _picture(depth_uri(depth_m, near_m, far_m), depth_m.shape, title, when, "half")
            for title, depth_m in zip(titles, depths, strict=True)
        ],
        class_="view card",
    )


def _picture(uri: str, shape: Sequence[int], title: str, when: str, place: str) -> Element:
    image = element(
        "img",
        src=uri,
        width=shape[1],
        height=shape[0],
        alt=f"{title}, {when}",
        class_="few" if shape[1] < _FEW_COLUMNS else "many",
    )
    return element("figure", image, element("figcaption", title), class_=place)


def _size(size: Sequence[int]) -> str:
    columns, rows = size
    return f"{columns}x{rows}"
