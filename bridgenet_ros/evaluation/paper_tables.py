"""The paper's Tables 1 and 2 with our rows beside its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import numpy as np
from rich.table import Table

from bridgenet_ros.evaluation.evaluate import Row
from bridgenet_ros.evaluation.paper import ABLATION_MAD, MIDDLEBURY_MAD, NYU_RMSE, SCALES, Figures

NAME_WIDTH = 24


def table_1(rows: Sequence[Row]) -> Table:
    """MAD in grey levels for each scene and their mean; ``rows`` of middlebury2005_eval."""
    scenes = [str(image["name"]) for image in rows[0].per_image]
    title = f"Table 1: Middlebury 2005, MAD in grey levels, {len(scenes)} of 6 scenes"
    table = _table(title, [*scenes, "mean"])
    for method, found in _by_method(rows).items():
        figures = [_per_scale(found, partial(_of_image, name=scene)) for scene in scenes]
        table.add_row(method, *map(_join, [*figures, _mean(figures)]))
    table.add_section()
    for method, known in MIDDLEBURY_MAD.items():
        of_paper = [known[scene] for scene in scenes if scene in known]
        if len(of_paper) == len(scenes):
            table.add_row(method, *map(_join, [*of_paper, _mean(of_paper)]))
    return table


def table_2(rows: Sequence[Row]) -> Table:
    """RMSE in centimetres, and as a ratio to the same protocol's bicubic; ``rows`` of NYU v2.

    The caption names the pairs that were measured.
    """
    title = f"Table 2: NYU v2, RMSE in cm, {rows[0].n} of 449 test pairs"
    table = _table(title, ["RMSE", "ratio to bicubic"])
    names = [str(image["name"]) for image in rows[0].per_image]
    table.caption, table.caption_justify = f"Test pairs measured: {_spans(names)}", "left"
    methods = {m: _per_scale(f, lambda row: row.rmse) for m, f in _by_method(rows).items()}
    for method, figures in methods.items():
        table.add_row(method, _join(figures), _join(_ratio(figures, methods["bicubic"])))
    table.add_section()
    for method, figures in NYU_RMSE.items():
        table.add_row(method, _join(figures), "")
    return table


def ablation_table(measured: Mapping[str, float], budget: str) -> Table:
    """Tables 3 and 4: ``measured`` MAD at x8 by the row's name in `paper.ABLATION_MAD`."""
    table = Table(title=f"Tables 3 and 4: Middlebury, x8, {budget}", title_justify="left")
    table.add_column("network", min_width=NAME_WIDTH)
    table.add_column("MAD", justify="right")
    table.add_column("MAD (paper)", justify="right")
    for name, mad in measured.items():
        of_paper = ABLATION_MAD.get(name)
        table.add_row(name, f"{mad:.3f}", "" if of_paper is None else f"{of_paper:.3f}")
    return table


def _table(title: str, columns: Iterable[str]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("method", min_width=NAME_WIDTH)
    for name in columns:
        table.add_column(f"{name}\n" + " / ".join(f"x{s}" for s in SCALES), justify="right")
    return table


def _by_method(rows: Iterable[Row]) -> dict[str, dict[int, Row]]:
    found: dict[str, dict[int, Row]] = {}
    for row in rows:
        found.setdefault(row.method, {})[row.scale] = row
    return found


def _per_scale(rows: Mapping[int, Row], figure: Callable[[Row], float]) -> Figures:
    x4, x8, x16 = (figure(rows[s]) if s in rows else float("nan") for s in SCALES)
    return x4, x8, x16


def _of_image(row: Row, name: str) -> float:
    return float(next(image["mad"] for image in row.per_image if image["name"] == name))


def _mean(figures: Sequence[Figures]) -> Figures:
    x4, x8, x16 = np.mean(np.array(figures), axis=0)
    return float(x4), float(x8), float(x16)


def _ratio(figures: Figures, reference: Figures) -> Figures:
    x4, x8, x16 = (a / b for a, b in zip(figures, reference, strict=True))
    return x4, x8, x16


def _join(figures: Figures) -> str:
    return " / ".join("-" if np.isnan(f) else f"{f:.3f}" for f in figures)


def _spans(names: Iterable[str]) -> str:
    """Such as ``1000-1017, 1150``: numbers that follow one another are named by their ends."""
    spans: list[list[str]] = []
    for name in names:
        last = spans[-1][-1] if spans else ""
        if name.isdecimal() and last.isdecimal() and int(name) == int(last) + 1:
            spans[-1].append(name)
        else:
            spans.append([name])
    return ", ".join(s[0] if len(s) == 1 else f"{s[0]}-{s[-1]}" for s in spans)
