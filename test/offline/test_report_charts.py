"""The charts of a run and what they say, by hand."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import numpy as np
import pytest
from run_records import record

from bridgenet_ros.offline.report_charts import gap_charts, quality_charts, time_axis, time_charts


def cards(made: Element) -> dict[str, str]:
    """The words of each card by its title."""
    return {
        heading.text or "": "".join(card.itertext()).replace("\u00a0", " ")
        for card in made
        for heading in card.iter("h3")
    }


def test_quality_is_said_in_words() -> None:
    found = cards(quality_charts(record(5)))
    assert list(found) == [
        "Distance from the sensor",
        "Agreement with the sensor",
        "Holes",
        "Flying pixels",
        "Flicker",
    ]
    assert "Median 20 mm, 90 % from 2 mm to 38 mm." in found["Distance from the sensor"]
    # Within 1 cm + 1 % of 1 m are 0, 1 and 2 cm.
    assert "Median 100 %, 90 % from 0 % to 100 %." in found["Agreement with the sensor"]
    assert "Sensor: median 0 %, 90 % from 0 % to 0 %; output: median 0 %" in found["Holes"]
    assert "Median 10 mm, 90 % from 10 mm to 10 mm (4 of 5 frames)." in found["Flicker"]


def test_the_fit_of_the_estimate_is_said_where_there_is_one() -> None:
    found = cards(quality_charts(record(5, estimated=True)))
    assert list(found)[5:] == [
        "Factor of the estimate",
        "Offset of the estimate",
        "Jitter of the factor",
        "Jitter of the offset",
    ]
    assert "Median 1.02, 90 % from 1 to 1.04." in found["Factor of the estimate"]
    assert "Median -0.2 m, 90 % from -0.38 m to -20 mm." in found["Offset of the estimate"]
    # Of 0 and 1 %, then of 0 to 2 % and so on: 0.5, 0.82, 1.12 and 1.41 %.
    assert "Median 0.97 %" in found["Jitter of the factor"]
    assert "(4 of 5 frames)" in found["Jitter of the offset"]


def test_times_are_said_by_stage() -> None:
    found = cards(time_charts(record(5)))
    assert "Median 12 ms, 90 % from 10.2 ms to 13.8 ms." in found["Time of a pair"]
    assert "network11 ms12.8 ms13 ms" in found["By stage"]
    assert "in all12 ms13.8 ms14 ms" in found["By stage"]


def test_stamps_are_said() -> None:
    found = cards(gap_charts(record(5)))
    assert "Median 2 ms" in found["Stamp distance"]
    assert "From 0 ms to 4 ms" in found["How often"]


@pytest.mark.parametrize("make", [quality_charts, time_charts, gap_charts])
def test_no_pair_and_one_pair_read_well(make) -> None:  # noqa: ANN001 - one of three functions
    nothing = " ".join(cards(make(record(0))).values())
    assert "Nothing to draw" in nothing
    assert "nan" not in nothing
    one = " ".join(cards(make(record(1))).values())
    assert "90 %" not in one
    assert "nan" not in one


def test_the_unit_of_time_follows_the_length() -> None:
    def shown(*seconds: float) -> tuple[list[float], str]:
        x, unit = time_axis(np.array(seconds))
        return x.tolist(), unit

    assert shown(0, 180) == ([0, 180], "s")
    assert shown(0, 240) == ([0, 4], "min")
    assert shown(0, 10_800) == ([0, 3], "h")
    # Recorded at one moment: numbers instead.
    assert shown(5, 5, 5) == ([1, 2, 3], "pair")
    assert shown(0) == ([0], "s")
    assert shown() == ([], "s")
