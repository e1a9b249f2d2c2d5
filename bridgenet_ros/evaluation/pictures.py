"""Error maps side by side: one picture for each image and protocol."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, ListedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bridgenet_ros.data.dataset import RgbdDataset
from bridgenet_ros.depth_colors import TURBO
from bridgenet_ros.evaluation.evaluate import reported_unit
from bridgenet_ros.evaluation.metrics import mean_absolute_error, root_mean_square_error
from bridgenet_ros.evaluation.protocol import Case, Protocol

DEPTH_COLOURS, ERROR_COLOURS = ListedColormap(TURBO / 255.0), "inferno"
WORST_PERCENTILE = 98.0
"""The error scale ends where this share of the first method's errors does."""
PANEL_IN = 3.2
DPI = 100


def draw_errors(
    case: Case, results: Mapping[str, NDArray[np.float32]], *, unit: str, title: str
) -> Figure:
    """Colour and truth, then a row of results above a row of their error maps.

    Args:
        case: the image.
        results: (H, W) maps by method, in the unit of the case.
        unit: name of that unit, for the legend.
        title: protocol and data set.
    """
    columns = len(results) + 1
    aspect = case.truth.shape[0] / case.truth.shape[1]
    size = (PANEL_IN * columns, 2 * (PANEL_IN * aspect + 0.45) + 0.4)
    figure = Figure(figsize=size, dpi=DPI, layout="constrained")
    figure.suptitle(title)
    axes = figure.subplots(2, columns)
    _show(axes[0, 0], case.rgb, f"colour, {case.name}")
    span = _span(case)
    _show(axes[1, 0], np.where(case.counted, case.truth, np.nan), "truth", DEPTH_COLOURS, span)
    errors = {n: np.abs(np.where(case.counted, r - case.truth, np.nan)) for n, r in results.items()}
    worst = float(np.nanpercentile(next(iter(errors.values())), WORST_PERCENTILE))
    for i, (name, result) in enumerate(results.items(), start=1):
        _show(axes[0, i], result, name, DEPTH_COLOURS, span)
        rmse = root_mean_square_error(result, case.truth, case.counted)
        mad = mean_absolute_error(result, case.truth, case.counted)
        label = f"error: RMSE {rmse:.3g} {unit}, MAD {mad:.3g} {unit}"
        _show(axes[1, i], errors[name], label, ERROR_COLOURS, (0.0, worst))
    bar = figure.colorbar(axes[1, 1].images[0], ax=list(axes[1]), shrink=0.9, pad=0.01)
    bar.set_label(f"absolute error, {unit}")
    return figure


def save_errors(
    target: Path,
    dataset: RgbdDataset,
    protocol: Protocol,
    case: Case,
    results: Mapping[str, NDArray[np.float32]],
) -> Path:
    """Write ``target/dataset_protocol_xS_name.png``; returns its path."""
    target.mkdir(parents=True, exist_ok=True)
    unit, factor = reported_unit(dataset)
    title = f"{dataset.name}, x{protocol.scale}, low resolution: {protocol.name}"
    path = target / f"{dataset.name}_{protocol.name}_x{protocol.scale}_{case.name}.png"
    shown = case._replace(truth=case.truth * np.float32(factor))
    scaled = {name: result * np.float32(factor) for name, result in results.items()}
    draw_errors(shown, scaled, unit=unit, title=title).savefig(path)
    return path


def _show(
    axes: Axes,
    image: NDArray[np.generic],
    label: str,
    colours: Colormap | str | None = None,
    span: tuple[float, float] | None = None,
) -> None:
    low, high = span if span is not None else (None, None)
    axes.imshow(image, cmap=colours, vmin=low, vmax=high, interpolation="nearest")
    axes.set_title(label, fontsize=9)
    axes.set_axis_off()


def _span(case: Case) -> tuple[float, float]:
    known = case.truth[case.counted]
    return float(known.min()), float(known.max())
