"""The paper's tables: its figures, and ours beside them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace

import pytest
from rich.console import Console
from rich.table import Table

from bridgenet_ros.evaluation.evaluate import Row
from bridgenet_ros.evaluation.paper import ABLATION_MAD, MIDDLEBURY_MAD, NYU_RMSE, PAPER
from bridgenet_ros.evaluation.paper_tables import ablation_table, table_1, table_2


def row(method: str, scale: int, mads: Sequence[float], rmse: float = 1.0) -> Row:
    images = [{"name": name, "mad": mad} for name, mad in zip(("art", "book"), mads, strict=False)]
    return Row(
        dataset="d", method=method, scale=scale, downsample="bicubic", n=len(images), unit="grey",
        rmse=rmse, mad=0.0, mae=0.0, edge_rmse=0.0, per_image=tuple(images),
    )  # fmt: skip


def text(table: Table) -> str:
    console = Console(file=io.StringIO(), width=200)
    console.print(table)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def cells(table: Table, method: str) -> list[str]:
    line = next(line for line in text(table).splitlines() if method in line)
    return [cell.strip() for cell in line.strip("│").split("│")]


def test_table_1_has_each_scene_and_its_mean() -> None:
    rows = [row("bicubic", 4, (1.0, 0.5)), row("bicubic", 8, (2.0, 1.0))]
    table = table_1(rows)
    assert "2 of 6 scenes" in text(table)
    assert cells(table, "bicubic") == [
        "bicubic",
        "1.000 / 2.000 / -",
        "0.500 / 1.000 / -",
        "0.750 / 1.500 / -",
    ]
    # Art 0.58 and Books 0.24 at x8: 0.41.
    assert cells(table, PAPER)[-1] == "0.220 / 0.410 / 1.000"


def test_table_2_has_ratios_to_our_own_bicubic_only() -> None:
    rows = [row("bicubic", 8, (), rmse=6.0), row("tiny", 8, (), rmse=3.0)]
    table = table_2(rows)
    assert cells(table, "tiny") == ["tiny", "- / 3.000 / -", "- / 0.500 / -"]
    assert cells(table, "DKN (paper)") == ["DKN (paper)", "1.620 / 3.260 / 6.510", ""]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([*range(1000, 1018), *range(1150, 1168), 1300], "1000-1017, 1150-1167, 1300"),
        (["kitchen", 7, 9, 10], "kitchen, 7, 9-10"),
    ],
)
def test_table_2_names_the_pairs(names: Sequence[object], said: str) -> None:
    images = tuple({"name": str(name)} for name in names)
    table = table_2([replace(row("bicubic", 8, ()), per_image=images, n=len(images))])
    assert f"Table 2: NYU v2, RMSE in cm, {len(names)} of 449 test pairs" in text(table)
    assert f"Test pairs measured: {said}" in text(table)


def test_ablation_puts_the_papers_figure_beside_ours() -> None:
    table = ablation_table({"DSRNet": 0.9}, "10 steps")
    assert cells(table, "DSRNet") == ["DSRNet", "0.900", "0.366"]


def test_the_papers_full_model_is_its_best_row() -> None:
    assert min(ABLATION_MAD, key=lambda name: ABLATION_MAD[name]) == "both, both bridges"
    assert MIDDLEBURY_MAD[PAPER]["art"] == (0.30, 0.58, 1.49)
    assert NYU_RMSE[PAPER][1] / NYU_RMSE["bicubic (paper)"][1] == pytest.approx(0.185, abs=1e-3)
