"""What a chart draws, in its own units: x from 44 to 352, y from 170 up to 28."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import numpy as np
import pytest

from bridgenet_ros.report.chart import Series, histogram, legend, line_chart

NAN = float("nan")


def chart(x: list[float], *lines: list[float]) -> Element:
    series = [Series(name="one", y=np.array(y, np.float64)) for y in lines]
    x_values = np.array(x, np.float64)
    return line_chart(x_values, series, label="About it", x_unit="s", y_unit="mm")


def of_class(svg: Element, name: str) -> list[Element]:
    return [part for part in svg.iter() if name in part.get("class", "").split()]


def texts(svg: Element) -> list[str]:
    return [part.text or "" for part in svg.iter("text")]


def test_a_line_goes_through_its_values() -> None:
    svg = chart([0, 5, 10], [0, 2, 4])
    (line,) = of_class(svg, "line")
    assert line.get("points") == "44.0,170.0 198.0,99.0 352.0,28.0"
    assert len(of_class(svg, "dot")) == 3
    assert of_class(svg, "band") == []
    assert svg.get("aria-label") == "About it"
    assert svg.get("viewBox") == "0 0 360 200"
    assert texts(svg) == ["mm", "0", "1", "2", "3", "4", "0", "2", "4", "6", "8", "s"]


def test_lines_have_a_style_each_and_one_scale() -> None:
    svg = chart([0, 10], [0, 4], [2, 2])
    first, second = of_class(svg, "line")
    assert "s0" in first.get("class", "")
    assert "s1" in second.get("class", "")
    assert second.get("points") == "44.0,99.0 352.0,99.0"


def test_a_single_value_is_a_dot() -> None:
    (dot,) = of_class(chart([7], [3]), "dot")
    # The axes are 0 to 14 and 0 to 3.
    assert (dot.get("cx"), dot.get("cy")) == ("198", "28")


def test_many_values_are_a_line_in_a_band() -> None:
    x = np.arange(1000.0).tolist()
    svg = chart(x, [1.0, 3.0] * 500)
    assert len(of_class(svg, "line")) == len(of_class(svg, "band")) == 1
    assert of_class(svg, "dot") == []
    points = of_class(svg, "line")[0].get("points", "").split()
    assert len(points) == 160


def test_a_value_far_off_leaves_the_chart_and_is_said() -> None:
    svg = chart(list(range(20)), [2.0] * 19 + [1000.0])
    assert "1 above, up to 1,000 mm" in texts(svg)
    # The axis ends at 3, half as much again as nearly all.
    assert of_class(svg, "line")[0].get("points", "").endswith("352.0,28.0")


def test_negative_values_have_their_axis() -> None:
    assert {"-20", "0", "20"} <= set(texts(chart([0, 1], [-15.0, 15.0])))


@pytest.mark.parametrize("values", [[], [NAN, NAN]])
def test_without_values_there_is_a_word(values: list[float]) -> None:
    assert chart(list(range(len(values))), values).tag == "p"
    assert histogram(np.array(values), label="", x_unit="ms", y_unit="pairs").tag == "p"


def test_bars_are_as_high_as_their_counts() -> None:
    values = np.array([0.1, 0.2, 0.3, 23.9, NAN])
    svg = histogram(values, label="Bars", x_unit="ms", y_unit="pairs")
    # The axis is 0 to 25 in 24 bars; three values are in the first.
    first, last = of_class(svg, "bar")
    assert (first.get("x"), first.get("y"), first.get("height")) == ("44.5", "28", "142")
    assert float(last.get("height", "")) == pytest.approx(142 / 3, abs=0.01)
    assert float(last.get("x", "")) == pytest.approx(44 + 308 * 22 / 24 + 0.5, abs=0.01)


def test_equal_values_are_one_bar() -> None:
    svg = histogram(np.zeros(5), label="Bars", x_unit="ms", y_unit="pairs")
    assert len(of_class(svg, "bar")) == 1


def test_a_legend_names_the_lines() -> None:
    made = legend([Series(name="a", y=np.empty(0)), Series(name="b", y=np.empty(0))])
    assert "".join(made.itertext()) == "ab"
    assert [part.get("class") for part in made.iter("i")] == ["s0 key", "s1 key"]
