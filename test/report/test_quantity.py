"""Numbers in words, by hand. No line is broken before a unit."""

from __future__ import annotations

import pytest

from bridgenet_ros.report import quantity

NAN = float("nan")


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1.0, "1"),
        (1.2345, "1.23"),
        (-0.012345, "-0.0123"),
        (123.456, "123"),
        (1234567.8, "1,234,568"),
        (100.0, "100"),
        (NAN, quantity.NONE),
        (float("inf"), quantity.NONE),
    ],
)
def test_decimals(value: float, text: str) -> None:
    assert quantity.decimal(value) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (quantity.metres(0.00124), "1.24 mm"),
        (quantity.metres(1.5), "1.5 m"),
        (quantity.metres(NAN), quantity.NONE),
        (quantity.milliseconds(0.0635), "0.06 ms"),
        (quantity.milliseconds(999.0), "999 ms"),
        (quantity.milliseconds(1500.0), "1.5 s"),
        (quantity.milliseconds(-12.1), "-12.1 ms"),
        (quantity.duration(0.2), "200 ms"),
        (quantity.duration(61.5), "61.5 s"),
        (quantity.duration(125.4), "2 min 5 s"),
        (quantity.duration(7260.0), "2 h 1 min"),
        (quantity.duration(NAN), quantity.NONE),
        (quantity.percent(0.2561), "25.6 %"),
        (quantity.percent(0.0), "0 %"),
        (quantity.percent(1.0), "100 %"),
        (quantity.percent(0.00001), "< 0.01 %"),
        (quantity.percent(NAN), quantity.NONE),
        (quantity.size(0), "0 B"),
        (quantity.size(999), "999 B"),
        (quantity.size(28_844_550), "28.8 MB"),
        (quantity.size(10**18), "1,000 PB"),
        (quantity.count(12345), "12,345"),
    ],
)
def test_units(text: str, expected: str) -> None:
    assert plain(text) == expected
    words = text.replace("min ", "min").replace("h ", "h")
    assert " " not in words
