"""The table for people."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

from rich.console import Console

from bridgenet_ros.data.folder import RgbdFolder
from bridgenet_ros.evaluation.evaluate import Row
from bridgenet_ros.evaluation.table import heading, headline, make_table


def row(method: str, rmse: float, unit: str = "cm", images: tuple[float, ...] = ()) -> Row:
    return Row(
        dataset="d", method=method, scale=8, downsample="bicubic", n=1, unit=unit, rmse=rmse,
        mad=rmse / 2, mae=rmse / 2, edge_rmse=rmse * 2,
        per_image=tuple({"name": f"i{n}", "rmse": e, "mad": e / 2} for n, e in enumerate(images)),
        delta1=0.5 if method == "tiny" else None,
    )  # fmt: skip


def test_ratio_is_to_bicubic() -> None:
    table = make_table("t", [row("bicubic", 6.0), row("tiny", 3.0)])
    columns = {str(c.header): list(c.cells) for c in table.columns}
    assert columns["method"] == ["bicubic", "tiny"]
    assert columns["ratio"] == ["1.000", "0.500"]
    assert columns["RMSE"] == ["6.000", "3.000"]
    assert columns["delta1"] == ["", "0.500"]
    assert str(table.title) == "t; cm"


def test_the_worst_image_is_named() -> None:
    rows = [
        row("bicubic", 3.0, images=(0.0, 2.0, 4.0)),
        row("tiny", 2.0, images=(0.0, 2.1, 3.0)),
        row("flat", 2.0, images=(9.0, 1.0, 1.0)),
    ]
    worst = next(c for c in make_table("t", rows).columns if c.header == "worst")
    assert list(worst.cells) == ["", "i1 1.050", "i1 0.500"]


def test_columns_without_figures_are_left_out() -> None:
    def names(rows: list[Row]) -> list[str]:
        return [str(c.header) for c in make_table("t", rows).columns]

    assert names([row("flat", 3.0)]) == ["method", "RMSE", "MAD", "edge RMSE"]
    assert names([row("bicubic", 3.0), row("tiny", 2.0)]) == [
        *("method", "RMSE", "MAD", "edge RMSE", "ratio", "delta1")
    ]


def test_eighty_characters_show_everything() -> None:
    bicubic = row("bicubic", 24.0, images=(12.0,))
    longest = replace(
        row("tiny_procedural", 12.0),
        per_image=({"name": "moebius", "rmse": 13.0},),
        delta1=0.5,
        abs_rel=0.125,
    )
    printed = StringIO()
    Console(width=80, file=printed).print(make_table("t", [bicubic, longest]))
    words = " ".join(printed.getvalue().split())
    assert "RMSE MAD RMSE ratio worst delta1 AbsRel" in words
    assert "tiny_procedural 12.000 6.000 24.000 0.500 moebius 1.083 0.500 0.125" in words


def test_headline_is_rmse_for_depth_and_mad_for_disparity() -> None:
    assert headline(row("a", 4.0)) == 4.0
    assert headline(row("a", 4.0, "grey")) == 2.0


def test_heading_names_protocol_border_and_count(depth_pairs: RgbdFolder) -> None:
    text = heading(depth_pairs, 8, "bicubic", 2)
    assert text.startswith("boxes, x8, low resolution: bicubic, 2 images, 6 px border dropped")
