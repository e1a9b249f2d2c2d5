"""The evaluation table, as text for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from bridgenet_ros.data.dataset import RgbdDataset
from bridgenet_ros.evaluation.evaluate import Row

BICUBIC = "bicubic"


def heading(dataset: RgbdDataset, scale: int, protocol: str, n: int) -> str:
    """Protocol, border and sample count in one line."""
    unit = "whole grey levels" if dataset.card.unit == "grey" else "mean of per-image errors"
    return (
        f"{dataset.name}, x{scale}, low resolution: {protocol}, {n} images, "
        f"{dataset.crop_border_px} px border dropped, {unit}"
    )


def make_table(title: str, rows: Sequence[Row]) -> Table:
    """One table of methods; the ratio is to bicubic's RMSE for depth, MAD for disparity."""
    unit = rows[0].unit
    table = Table(title=title, title_justify="left")
    table.add_column("method")
    for name in (f"RMSE {unit}", f"MAD {unit}", f"edge RMSE {unit}", "ratio", "delta1", "AbsRel"):
        table.add_column(name, justify="right")
    reference = next((row for row in rows if row.method == BICUBIC), None)
    for row in rows:
        table.add_row(
            row.method,
            f"{row.rmse:.3f}",
            f"{row.mad:.3f}",
            f"{row.edge_rmse:.3f}",
            "" if reference is None else f"{headline(row) / headline(reference):.3f}",
            "" if row.delta1 is None else f"{row.delta1:.3f}",
            "" if row.abs_rel is None else f"{row.abs_rel:.3f}",
        )
    return table


def headline(row: Row) -> float:
    """The error that literature quotes: RMSE for depth, MAD for disparity."""
    return row.rmse if row.unit == "cm" else row.mad
