"""The evaluation table, as text for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from bridgenet_ros.data.dataset import RgbdDataset
from bridgenet_ros.evaluation.evaluate import Row

BICUBIC = "bicubic"


def heading(dataset: RgbdDataset, scale: int, protocol: str, n: int) -> str:
    """Protocol, border and sample count in one line."""
    means = "whole grey levels" if dataset.card.unit == "grey" else "mean of per-image errors"
    return (
        f"{dataset.name}, x{scale}, low resolution: {protocol}, {n} images, "
        f"{dataset.crop_border_px} px border dropped, {means}"
    )


def make_table(title: str, rows: Sequence[Row]) -> Table:
    """One table of methods; ratios are to bicubic's RMSE for depth, MAD for disparity.

    ``worst`` is the image on which a method fares worst against bicubic, and its ratio there: a
    mean hides a place where the network is worse than interpolation. A column in which no method
    has a figure is left out.
    """
    reference = next((row for row in rows if row.method == BICUBIC), None)
    columns = {
        "method": [row.method for row in rows],
        "RMSE": [_digits(row.rmse) for row in rows],
        "MAD": [_digits(row.mad) for row in rows],
        "edge RMSE": [_digits(row.edge_rmse) for row in rows],
        "ratio": [_ratio(row, reference) for row in rows],
        "worst": [_worst(row, reference) for row in rows],
        "delta1": [_digits(row.delta1) for row in rows],
        "AbsRel": [_digits(row.abs_rel) for row in rows],
    }
    shown = {name: cells for name, cells in columns.items() if any(cells)}
    # Without lines between them all columns fit into the 80 characters of a terminal.
    table = Table(
        title=f"{title}; {rows[0].unit}",
        title_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    for name in shown:
        # A method's or an image's name broken in two is no name.
        is_text = name in ("method", "worst")
        table.add_column(name, justify="left" if name == "method" else "right", no_wrap=is_text)
    for cells in zip(*shown.values(), strict=True):
        table.add_row(*cells)
    return table


def _digits(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _ratio(row: Row, reference: Row | None) -> str:
    return "" if reference is None else _digits(headline(row) / headline(reference))


def _worst(row: Row, reference: Row | None) -> str:
    """Such as ``1015 0.826``; nothing for bicubic itself, or where bicubic errs nowhere."""
    if row is reference or reference is None:
        return ""
    key = "rmse" if row.unit == "cm" else "mad"
    ratios = [
        (ours[key] / theirs[key], ours["name"])
        for ours, theirs in zip(row.per_image, reference.per_image, strict=True)
        if theirs[key] > 0
    ]
    if not ratios:
        return ""
    ratio, name = max(ratios)
    return f"{name} {ratio:.3f}"


def headline(row: Row) -> float:
    """The error that literature quotes: RMSE for depth, MAD for disparity."""
    return row.rmse if row.unit == "cm" else row.mad
