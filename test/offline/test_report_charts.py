"""The charts of a run and what they say, by hand."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element

import numpy as np
import pytest
from run_records import record

from bridgenet_ros.offline.report_charts import gap_charts, quality_charts, time_axis, time_charts
from bridgenet_ros.offline.run_record import RunRecord


def cards(made: Element) -> dict[str, str]:
    """The words of each card by its title."""
    return {
        heading.text or "": "".join(card.itertext()).replace("\u00a0", " ")
        for card in made
        for heading in card.iter("h3")
    }


QUALITY = [
    "Distance from the sensor",
    "Agreement with the sensor",
    "Holes",
    "Flying pixels",
    "Flicker",
]
FIT = [
    "Factor of the estimate",
    "Offset of the estimate",
    "Jitter of the factor",
    "Jitter of the offset",
]


def test_the_fit_of_the_estimate_has_cards_where_there_is_one() -> None:
    assert list(cards(quality_charts(record(5)))) == QUALITY
    assert list(cards(quality_charts(record(5, estimated=True)))) == QUALITY + FIT


@pytest.mark.parametrize(
    ("make", "title", "words"),
    [
        (quality_charts, QUALITY[0], "Median 20 mm, 90 % from 2 mm to 38 mm."),
        # Within 1 cm + 1 % of 1 m are 0, 1 and 2 cm.
        (quality_charts, QUALITY[1], "Median 100 %, 90 % from 0 % to 100 %."),
        (
            quality_charts,
            QUALITY[2],
            "Sensor: median 0 %, 90 % from 0 % to 0 %; output: median 0 %",
        ),
        (quality_charts, QUALITY[4], "Median 10 mm, 90 % from 10 mm to 10 mm (4 of 5 frames)."),
        (quality_charts, FIT[0], "Median 1.02, 90 % from 1 to 1.04."),
        (quality_charts, FIT[1], "Median -0.2 m, 90 % from -0.38 m to -20 mm."),
        # Of 0 and 1 %, then of 0 to 2 % and so on: 0.5, 0.82, 1.12 and 1.41 %.
        (quality_charts, FIT[2], "Median 0.97 %"),
        (quality_charts, FIT[3], "(4 of 5 frames)"),
        (time_charts, "Time of a pair", "Median 12 ms, 90 % from 10.2 ms to 13.8 ms."),
        (time_charts, "By stage", "network11 ms12.8 ms13 ms"),
        (time_charts, "By stage", "in all12 ms13.8 ms14 ms"),
        (gap_charts, "Stamp distance", "Median 2 ms"),
        (gap_charts, "How often", "From 0 ms to 4 ms"),
    ],
)
def test_figures_are_said_in_words(
    make: Callable[[RunRecord], Element], title: str, words: str
) -> None:
    made = record(5, estimated=title in FIT)
    assert words in cards(make(made))[title]


@pytest.mark.parametrize("make", [quality_charts, time_charts, gap_charts])
def test_no_pair_and_one_pair_read_well(make: Callable[[RunRecord], Element]) -> None:
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
