"""The before/after picture: what went in, what came out, and how far both are from the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from bridgenet_ros.demo.colours import ACCENT, DEPTH, ERROR, HOLE, INK, QUIET
from bridgenet_ros.depth_colors import round_range
from bridgenet_ros.frame import FloatArray, UInt8Array
from bridgenet_ros.report.detail import Crop, busiest_part

Image: TypeAlias = FloatArray | UInt8Array

ERROR_RANGE_CM = (0.0, 20.0)

_PANEL_IN = 3.7
_GAP_IN = 0.18
_MARGIN_IN = 0.28
_TITLE_IN = 0.36
_HEAD_IN = 0.80
_BAR_IN = 0.62
_DPI = 100


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """One frame, before and after.

    Attributes:
        rgb: (H, W, 3) uint8.
        sensor_m: (h, w) metres, 0 in holes: what the node was given.
        bicubic_m: (H, W) metres, NaN in holes.
        sr_m: (H, W) metres, NaN in holes.
        mde_m: (H, W) metres, or None if none was recorded.
        truth_m: (H, W) metres, or None where it is not known.
    """

    rgb: UInt8Array
    sensor_m: FloatArray
    bicubic_m: FloatArray
    sr_m: FloatArray
    mde_m: FloatArray | None
    truth_m: FloatArray | None


class _Panel(NamedTuple):
    title: str
    note: str
    image: Image
    scale: ScalarMappable | None


class _Row(NamedTuple):
    panels: Sequence[_Panel]
    scale: ScalarMappable
    label: str
    zoomed: bool = False


def draw(view: View, path: Path, *, title: str, subtitle: str) -> None:
    """Write the picture of one frame as a PNG.

    Three rows: the images; the error maps (left out where there is no truth); and the part
    with the most depth edges, enlarged. Every depth has the same colours, and every error.

    Raises:
        OSError: the file cannot be written.
    """
    depth = _scale(DEPTH, depth_range(view))
    rows = [_image_row(view, depth)]
    if view.truth_m is not None:
        rows.append(_error_row(view, view.truth_m, depth))
    crop = busiest_part(view.sensor_m, view.rgb.shape[:2])
    rows.append(_zoom_row(view, crop, depth))
    figure = _layout(rows, crop, aspect=view.rgb.shape[0] / view.rgb.shape[1])
    height = figure.get_figheight()
    left = _MARGIN_IN / figure.get_figwidth()
    figure.text(left, 1 - 0.36 / height, title, fontsize=19, fontweight="bold", color=INK)
    figure.text(left, 1 - 0.64 / height, subtitle, fontsize=11.5, color=QUIET)
    figure.savefig(path, dpi=_DPI)


def depth_range(view: View) -> tuple[float, float]:
    """The depths, metres, at the two ends of the colours: of the truth where it is known."""
    return round_range(view.truth_m if view.truth_m is not None else view.sensor_m)


def _scale(colours: Colormap, limits: tuple[float, float]) -> ScalarMappable:
    return ScalarMappable(norm=Normalize(*limits), cmap=colours)


def _image_row(view: View, depth: ScalarMappable) -> _Row:
    low = f"{view.sensor_m.shape[1]} x {view.sensor_m.shape[0]}"
    high = f"{view.rgb.shape[1]} x {view.rgb.shape[0]}"
    sensor = np.where(view.sensor_m > 0, view.sensor_m, np.nan)
    panels = [
        _Panel("Colour", high, view.rgb, None),
        _Panel("Sensor depth", low, sensor, depth),
        _Panel("Super-resolved depth", high, view.sr_m, depth),
    ]
    if view.mde_m is not None:
        panels.append(_Panel("Estimated depth", f"with the sensor, {high}", view.mde_m, depth))
    return _Row(panels, depth, "depth, m")


def _error_row(view: View, truth: FloatArray, depth: ScalarMappable) -> _Row:
    error = _scale(ERROR, ERROR_RANGE_CM)
    panels = [_Panel("True depth", "", truth, depth)]
    for name, found in (
        ("Bicubic", view.bicubic_m),
        ("Super-resolved", view.sr_m),
        ("Estimated", view.mde_m),
    ):
        if found is not None:
            off = np.abs(found - truth) * np.float32(100)
            rmse = float(np.sqrt(np.nanmean(off**2))) if np.isfinite(off).any() else float("nan")
            panels.append(_Panel(f"{name}: error", f"RMSE {rmse:.1f} cm here", off, error))
    return _Row(panels, error, "error, cm")


def _zoom_row(view: View, crop: Crop, depth: ScalarMappable) -> _Row:
    named: list[tuple[str, FloatArray | None]] = [
        ("Bicubic", view.bicubic_m),
        ("Super-resolved", view.sr_m),
        ("True depth", view.truth_m),
        ("Estimated", view.mde_m if view.truth_m is None else None),
    ]
    panels = [_Panel("Colour", "enlarged", crop.of(view.rgb), None)]
    panels += [
        _Panel(name, "enlarged", crop.of(image), depth)
        for name, image in named
        if image is not None
    ]
    return _Row(panels, depth, "depth, m", zoomed=True)


def _layout(rows: Sequence[_Row], crop: Crop, *, aspect: float) -> Figure:
    columns = max(len(row.panels) for row in rows)
    tall = _PANEL_IN * aspect
    width = 2 * _MARGIN_IN + columns * (_PANEL_IN + _GAP_IN) + _BAR_IN
    height = _HEAD_IN + len(rows) * (tall + _TITLE_IN + _GAP_IN) + _MARGIN_IN
    figure = Figure(figsize=(width, height), dpi=_DPI, facecolor="white")
    for number, row in enumerate(rows):
        top = height - _HEAD_IN - number * (tall + _TITLE_IN + _GAP_IN) - _TITLE_IN
        for column, panel in enumerate(row.panels):
            left = _MARGIN_IN + column * (_PANEL_IN + _GAP_IN)
            place = (left / width, (top - tall) / height, _PANEL_IN / width, tall / height)
            axes = figure.add_axes(place)
            _fill(axes, panel, zoomed=row.zoomed)
            if number == 0:
                _frame(axes, crop, panel.image.shape[1] / rows[0].panels[0].image.shape[1])
        left = _MARGIN_IN + len(row.panels) * (_PANEL_IN + _GAP_IN)
        bar = figure.add_axes((left / width, (top - tall) / height, 0.14 / width, tall / height))
        figure.colorbar(
            row.scale, cax=bar, extend="max" if row.label.startswith("error") else "neither"
        )
        bar.set_title(row.label, fontsize=10, color=INK, loc="left", pad=7)
        bar.tick_params(labelsize=9.5, colors=INK, length=3)
        bar.spines[:].set_visible(False)
    return figure


def _fill(axes: Axes, panel: _Panel, *, zoomed: bool) -> None:
    image = panel.image
    if panel.scale is not None:
        image = panel.scale.to_rgba(np.ma.masked_invalid(image))
    axes.imshow(image, interpolation="nearest", aspect="auto")
    axes.set_facecolor(HOLE)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set(color=ACCENT if zoomed else "none", linewidth=2.0)
    axes.set_title(panel.title, fontsize=13, color=INK, loc="left", pad=6)
    axes.set_title(panel.note, fontsize=10.5, color=QUIET, loc="right", pad=6)


def _frame(axes: Axes, crop: Crop, shrink: float) -> None:
    """Outline the enlarged part; an image's pixel (0, 0) is centred at (0, 0)."""
    corner = (crop.left * shrink - 0.5, crop.top * shrink - 0.5)
    size = (crop.width * shrink, crop.height * shrink)
    axes.add_patch(Rectangle(corner, *size, fill=False, edgecolor=ACCENT, linewidth=2.0))
