"""Charts as SVG in the page: no script, the page's colours, readable at the width of a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import numpy as np

from bridgenet_ros.report.axis import Axis, round_axis
from bridgenet_ros.report.markup import element
from bridgenet_ros.report.quantity import decimal
from bridgenet_ros.report.series import Drawn, Values, drawn

WIDTH, HEIGHT = 360, 200
"""Units of a chart, which are pixels on a phone: larger screens enlarge it, texts and all."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 352.0, 28.0, 170.0
_DOTS = 40
"""Up to so many points are drawn one by one."""
_OUTLIER = 3.0
"""Values may leave the chart, and are said, where the greatest is so many times what 90 % reach."""
_BARS = 24


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Series:
    """A line of a chart: a value at each of the chart's ``x``; NaN where there is none."""

    name: str
    y: Values


def line_chart(
    x: Values, series: Sequence[Series], *, label: str, x_unit: str, y_unit: str
) -> Element:
    """Values over time: a line through the medians, a band from the least to the greatest.

    Args:
        x: (n,) finite.
        series: of n values each; at most two.
        label: what is shown, for those who cannot see it.
        x_unit: of ``x``.
        y_unit: of the values.

    Returns:
        An ``svg`` element, or a ``p`` with a word where no value is known.
    """
    lines = [drawn(x, s.y) for s in series]
    known = np.concatenate([s.y[np.isfinite(s.y)] for s in series])
    if not len(known):
        return _empty()
    limit, beyond = _limit(known)
    across = round_axis(float(x.min()), float(x.max()), steps=5, widen=False)
    up = round_axis(min(float(known.min()), 0.0), limit)
    parts = [*_grid(up, y_unit), *_foot(across, x_unit)]
    for number, line in enumerate(lines):
        parts += _line(line, across, up, f"s{number}")
    if beyond:
        greatest = f"{beyond} above, up to {decimal(float(known.max()))} {y_unit}"
        parts.append(element("text", greatest, x=_RIGHT, y=14, class_="end note"))
    return _svg(label, parts)


def histogram(values: Values, *, label: str, x_unit: str, y_unit: str) -> Element:
    """How often which values are.

    Args:
        values: (n,); what is not finite is left out.
        label: what is shown, for those who cannot see it.
        x_unit: of the values.
        y_unit: what is counted.

    Returns:
        An ``svg`` element, or a ``p`` with a word where no value is known.
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return _empty()
    across = round_axis(float(known.min()), float(known.max()), steps=5)
    counts, edges = np.histogram(known, _BARS, (across.low, across.high))
    up = round_axis(0.0, float(counts.max()))
    parts = [*_grid(up, y_unit), *_foot(across, x_unit)]
    for number, left, right in zip(counts.tolist(), edges[:-1], edges[1:], strict=True):
        if number:
            a, b = _x(across, left), _x(across, right)
            top = _y(up, number)
            bar = element("rect", x=a + 0.5, y=top, width=b - a - 1, height=_BOTTOM - top)
            bar.set("class", "s0 bar")
            parts.append(bar)
    return _svg(label, parts)


def legend(series: Sequence[Series]) -> Element:
    """The names of the lines beside their colours."""
    entries = [
        element("span", element("i", class_=f"s{number} key"), one.name)
        for number, one in enumerate(series)
    ]
    return element("p", *entries, class_="legend")


def _limit(known: Values) -> tuple[float, int]:
    """Up to which value the chart goes, and how many lie beyond."""
    high, greatest = float(np.percentile(known, 90)), float(known.max())
    if high <= 0 or greatest <= _OUTLIER * high:
        return max(greatest, 0.0), 0
    return 1.5 * high, int(np.count_nonzero(known > round_axis(0.0, 1.5 * high).high))


def _svg(label: str, parts: Sequence[Element]) -> Element:
    svg = element("svg", *parts, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=label)
    svg.set("class", "chart")
    return svg


def _empty() -> Element:
    return element("p", "Nothing to draw: no value was measured.", class_="empty")


def _x(axis: Axis, value: float) -> float:
    return _LEFT + float(np.clip(axis.share(value), 0, 1)) * (_RIGHT - _LEFT)


def _y(axis: Axis, value: float) -> float:
    return _BOTTOM - float(np.clip(axis.share(value), 0, 1)) * (_BOTTOM - _TOP)


def _grid(up: Axis, unit: str) -> list[Element]:
    parts = [element("text", unit, x=2, y=14, class_="note")]
    for tick, text in zip(up.ticks, up.texts(), strict=True):
        y = _y(up, tick)
        parts.append(element("line", x1=_LEFT, x2=_RIGHT, y1=y, y2=y, class_="grid"))
        parts.append(element("text", text, x=_LEFT - 5, y=y + 4.5, class_="end"))
    return parts


def _foot(across: Axis, unit: str) -> list[Element]:
    parts = []
    for tick, text in zip(across.ticks, across.texts(), strict=True):
        x = _x(across, tick)
        parts.append(element("line", x1=x, x2=x, y1=_BOTTOM, y2=_BOTTOM + 4, class_="tick"))
        # Room at the right end for the unit.
        if x < _RIGHT - 44:
            parts.append(element("text", text, x=x, y=_BOTTOM + 18, class_="middle"))
    parts.append(element("text", unit, x=_RIGHT, y=_BOTTOM + 18, class_="end note"))
    return parts


def _line(line: Drawn, across: Axis, up: Axis, style: str) -> list[Element]:
    parts = []
    for stretch in line.stretches():
        x = [_x(across, v) for v in line.x[stretch]]
        middle, low, high = (
            [_y(up, v) for v in values[stretch]] for values in (line.middle, line.low, line.high)
        )
        if low != high:
            band = _points([*x, *reversed(x)], [*high, *reversed(low)])
            parts.append(element("polygon", points=band, class_=f"{style} band"))
        if len(x) > 1:
            parts.append(element("polyline", points=_points(x, middle), class_=f"{style} line"))
        if len(x) == 1 or len(line.x) <= _DOTS:
            parts += [
                element("circle", cx=a, cy=b, r=2.5, class_=f"{style} dot")
                for a, b in zip(x, middle, strict=True)
            ]
    return parts


def _points(x: Sequence[float], y: Sequence[float]) -> str:
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
