"""The table for people."""

from __future__ import annotations

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


def test_headline_is_rmse_for_depth_and_mad_for_disparity() -> None:
    assert headline(row("a", 4.0)) == 4.0
    assert headline(row("a", 4.0, "grey")) == 2.0


def test_heading_names_protocol_border_and_count(depth_pairs: RgbdFolder) -> None:
    text = heading(depth_pairs, 8, "bicubic", 2)
    assert text.startswith("boxes, x8, low resolution: bicubic, 2 images, 6 px border dropped")
