"""The charts of a run's report, each with its figures in words: quality, time, stamps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element

import numpy as np

from bridgenet_ros.offline.measuring import PROCESS_MS
from bridgenet_ros.offline.run_record import RunRecord, Values
from bridgenet_ros.quality import WINDOW
from bridgenet_ros.report import quantity
from bridgenet_ros.report.chart import Series, histogram, legend, line_chart
from bridgenet_ros.report.markup import element
from bridgenet_ros.report.series import spread

_STAGES = {
    "prepare": "conversion",
    "register": "registration",
    "engine": "network",
    "guard": "guard",
    "align": "fit of the estimate",
    PROCESS_MS: "in all",
}


class Unit(NamedTuple):
    """How a figure is drawn and said."""

    factor: float
    name: str
    text: Callable[[float], str]


_TIMES = Unit(1.0, "", quantity.decimal)
_MM, _PERCENT = Unit(1e3, "mm", quantity.metres), Unit(1e2, "%", quantity.percent)
_MS = Unit(1.0, "ms", quantity.milliseconds)


class _Chart(NamedTuple):
    title: str
    meaning: str
    unit: Unit
    figures: dict[str, str]
    """Of `Quality`, with what they are called beside others."""


_QUALITY = (
    _Chart(
        "Distance from the sensor",
        "Median distance of the output, averaged over each of the sensor's pixels, from what the "
        "sensor measured there.",
        _MM,
        {"consistency_median_m": "median distance"},
    ),
    _Chart(
        "Agreement with the sensor",
        "Share of the sensor's pixels from which the output is no more than 1\u00a0cm + 1\u00a0% "
        "away.",
        _PERCENT,
        {"consistency_share": "agreeing pixels"},
    ),
    _Chart(
        "Holes",
        "Share of the pixels without depth.",
        _PERCENT,
        {"holes_in": "sensor", "holes_out": "output"},
    ),
    _Chart(
        "Flying pixels",
        "Share of the pixels that hang between two surfaces, as the strictest setting of the guard "
        "sees them.",
        _PERCENT,
        {"flying_before": "before the guard", "flying_after": "output"},
    ),
    _Chart(
        "Flicker",
        "Mean change of depth since the frame before where colour stayed the same. Not measured "
        "while the camera moves, nor where a segment of the recording begins.",
        _MM,
        {"flicker_m": "flicker"},
    ),
)
_ESTIMATE = (
    _Chart(
        "Factor of the estimate",
        "By which the estimated depth was multiplied to agree with the sensor; 1 where it was not "
        "fitted.",
        _TIMES,
        {"estimate_scale": "factor"},
    ),
    _Chart(
        "Offset of the estimate",
        "What was added to it after that.",
        _MM,
        {"estimate_shift_m": "offset"},
    ),
    _Chart(
        "Jitter of the factor",
        f"Standard deviation over the last {WINDOW} estimates, or fewer where a segment of the "
        "recording begins. While the camera stands still it should be small.",
        _PERCENT,
        {"estimate_scale_jitter": "jitter"},
    ),
    _Chart(
        "Jitter of the offset",
        "The same of the offset. Factor and offset make up for each other, so depth jitters less.",
        _MM,
        {"estimate_shift_jitter_m": "jitter"},
    ),
)


def quality_charts(record: RunRecord) -> Element:
    """Every figure of quality over time; those of the estimate where there is one."""
    x, x_unit = time_axis(record.result_times_s())
    charts = []
    estimated = bool(np.isfinite(record.quality("estimate_scale")).any())
    for chart in _QUALITY + (_ESTIMATE if estimated else ()):
        values = {name: record.quality(name) for name in chart.figures}
        charts.append(
            _figure(
                chart.title,
                chart.meaning,
                x,
                x_unit,
                [(label, values[name]) for name, label in chart.figures.items()],
                chart.unit,
            )
        )
    return element("div", *charts, class_="grid-of")


def time_charts(record: RunRecord) -> Element:
    """Milliseconds of each result over time, and by stage."""
    x, x_unit = time_axis(record.result_times_s())
    over_time = _figure(
        "Time of a pair",
        "From the decoded pair to its depth; reading and writing run beside it. A worker's "
        "first pair also prepares the network.",
        x,
        x_unit,
        [("time", record.timing_ms(PROCESS_MS))],
        _MS,
    )
    known = record.stages()
    stages = [name for name in (*_STAGES, *known) if name in known]
    rows = [
        (_STAGES.get(name, name), *_spread_texts(record.timing_ms(name), quantity.milliseconds))
        for name in dict.fromkeys(stages)
    ]
    by_stage = element(
        "div",
        element("h3", "By stage"),
        table(("", "median", "95 % below", "longest"), rows),
        class_="card",
    )
    return element("div", over_time, by_stage, class_="grid-of")


def gap_charts(record: RunRecord) -> Element:
    """The distance of the stamps of the pairs, over time and how often which."""
    gaps, (x, x_unit) = record.gaps_ms(), time_axis(record.pair_times_s())
    over_time = _figure(
        "Stamp distance",
        "Stamp of depth less that of colour, in every pair.",
        x,
        x_unit,
        [("distance", gaps)],
        _MS,
    )
    label = f"Histogram of the stamp distances of {quantity.count(len(gaps))} pairs in ms"
    counted = element(
        "figure",
        element("h3", "How often"),
        histogram(gaps, label=label, x_unit="ms", y_unit="pairs"),
        element("figcaption", _farthest(gaps)),
        class_="card",
    )
    return element("div", over_time, counted, class_="grid-of")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Element:
    """Rows of a name and its values, which are set to the right."""
    titles = [
        element("th", text, scope="col", class_="number" if column else "name")
        for column, text in enumerate(head)
    ]
    lines = [
        element(
            "tr",
            element("th", name, scope="row"),
            *[element("td", text, class_="number") for text in values],
        )
        for name, *values in rows
    ]
    return element("table", element("thead", element("tr", *titles)), element("tbody", *lines))


def time_axis(times_s: Values) -> tuple[Values, str]:
    """Seconds as they are best shown, and their unit; numbers where all are the same."""
    span = float(np.ptp(times_s)) if len(times_s) else 0.0
    if span == 0 and len(times_s) > 1:
        return np.arange(1, len(times_s) + 1, dtype=np.float64), "pair"
    for seconds, unit in ((7200, "h"), (180, "min")):
        if span > seconds:
            return times_s / (3600 if unit == "h" else 60), unit
    return times_s, "s"


def _figure(
    title: str,
    meaning: str,
    x: Values,
    x_unit: str,
    lines: Sequence[tuple[str, Values]],
    unit: Unit,
) -> Element:
    """A chart with its title, meaning and figures in words."""
    series = [Series(name=name, y=values * unit.factor) for name, values in lines]
    words = "; ".join(_words(name, values, unit, of=len(lines)) for name, values in lines)
    words = words[0].upper() + words[1:]
    chart = line_chart(
        x, series, label=f"{title} over time. {words}", x_unit=x_unit, y_unit=unit.name
    )
    heads = [element("h3", title)] + ([legend(series)] if len(series) > 1 else [])
    caption = element("figcaption", element("b", f"{words}. "), meaning)
    return element("figure", *heads, chart, caption, class_="card")


def _words(name: str, values: Values, unit: Unit, *, of: int) -> str:
    """A series in words, such as ``median 3 mm, 90 % from 2 mm to 5 mm``."""
    found, total = spread(values), len(values)
    start = f"{name}: " if of > 1 else ""
    if not found.known:
        return f"{start}not measured"
    share = f" ({quantity.count(found.known)} of {quantity.count(total)} frames)"
    part = share if found.known < total else ""
    if found.known == 1:
        return f"{start}{unit.text(found.median)}{part}"
    low, high = unit.text(found.low), unit.text(found.high)
    return f"{start}median {unit.text(found.median)}, 90\u00a0% from {low} to {high}{part}"


def _spread_texts(values: Values, text: Callable[[float], str]) -> tuple[str, str, str]:
    found = spread(values)
    return text(found.median), text(found.high), text(found.greatest)


def _farthest(gaps_ms: Values) -> str:
    if not len(gaps_ms):
        return "There was no pair."
    least, most = float(gaps_ms.min()), float(gaps_ms.max())
    return (
        f"From {quantity.milliseconds(least)} to {quantity.milliseconds(most)}; "
        "positive where depth is the later image."
    )
