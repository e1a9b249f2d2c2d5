"""The evaluation table, as text for people."""

from __future__ import annotations

from collections.abc import Sequence

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
    mean hides a place where the network is worse than interpolation.
    """
    table = Table(title=f"{title}; {rows[0].unit}", title_justify="left")
    table.add_column("method", no_wrap=True)  # a file's name broken in two is no name
    for name in ("RMSE", "MAD", "edge RMSE", "ratio", "worst", "delta1", "AbsRel"):
        table.add_column(name, justify="right")
    reference = next((row for row in rows if row.method == BICUBIC), None)
    for row in rows:
        table.add_row(
            row.method,
            f"{row.rmse:.3f}",
            f"{row.mad:.3f}",
            f"{row.edge_rmse:.3f}",
            "" if reference is None else f"{headline(row) / headline(reference):.3f}",
            "" if reference is None else _worst(row, reference),
            "" if row.delta1 is None else f"{row.delta1:.3f}",
            "" if row.abs_rel is None else f"{row.abs_rel:.3f}",
        )
    return table


def _worst(row: Row, reference: Row) -> str:
    """Such as ``1015 0.826``; nothing for bicubic itself, or where bicubic errs nowhere."""
    key = "rmse" if row.unit == "cm" else "mad"
    ratios = [
        (ours[key] / theirs[key], ours["name"])
        for ours, theirs in zip(row.per_image, reference.per_image, strict=True)
        if theirs[key] > 0
    ]
    if row is reference or not ratios:
        return ""
    ratio, name = max(ratios)
    return f"{name} {ratio:.3f}"


def headline(row: Row) -> float:
    """The error that literature quotes: RMSE for depth, MAD for disparity."""
    return row.rmse if row.unit == "cm" else row.mad
