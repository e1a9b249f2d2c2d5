"""The card of a data set: what is read, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bridgenet_ros.data.dataset import Quantity
from bridgenet_ros.data.dataset_yaml import parse_card, read_card
from bridgenet_ros.errors import DatasetError

GOOD: dict[str, Any] = {
    "name": "n",
    "quantity": "depth",
    "stored_unit_m": 0.01,
    "split": "train",
    "licence": "l",
}


def test_defaults() -> None:
    card = parse_card(GOOD)
    assert (card.quantity, card.unit, card.stored_unit) == (Quantity.DEPTH, "m", 0.01)
    assert (card.invalid, card.crop_border_px, card.pairs, card.validation) == (None, 0, None, ())


@pytest.mark.parametrize(("unit", "value_range"), [("m", 10.0), ("grey", 255.0), ("px", 256.0)])
def test_each_unit_has_a_fixed_range(unit: str, value_range: float) -> None:
    raw = {k: v for k, v in GOOD.items() if k != "stored_unit_m"}
    raw |= {"quantity": "depth" if unit == "m" else "disparity", f"stored_unit_{unit}": 0.5}
    assert parse_card(raw).value_range == value_range


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"quantity": "range"}, "quantity is 'range'; expected one of depth, disparity"),
        ({"quantity": None}, "quantity is None"),
        ({"quantity": "disparity"}, "disparity needs exactly one unit"),
        ({"stored_unit_px": 1.0}, "depth needs exactly one unit"),
        ({"stored_unit_m": 0}, "stored_unit_m is 0; expected a number above 0"),
        ({"stored_unit_m": "mm"}, "stored_unit_m is 'mm'"),
        ({"stored_unit_mm": 1}, "unknown key 'stored_unit_mm'"),
        ({"split": "test"}, "split is 'test'; expected one of train, eval, demo"),
        ({"name": ""}, "name is ''; expected text"),
        ({"licence": 3}, "licence is 3"),
        ({"invalid": "none"}, "invalid is 'none'; expected a whole number or null"),
        ({"crop_border_px": -1}, "crop_border_px is -1"),
        ({"intrinsics": {"fx": 1}}, "expected fx, fy, cx and cy"),
        ({"distortion": "no"}, "distortion is 'no'; expected a list of numbers"),
        ({"registered": "no"}, "registered is 'no'; expected true or false"),
        ({"validation": [8]}, "validation names 8, a number to YAML; quote it"),
        ({"validation": "Teddy"}, "validation is 'Teddy'; expected a list of names"),
    ],
)
def test_bad_values_are_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        parse_card({**GOOD, **change})


def test_missing_card_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"dataset\.yaml: no such file"):
        read_card(tmp_path)


@pytest.mark.parametrize("text", ["- a\n", "a: [\n"])
def test_a_card_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "dataset.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError, match=r"dataset\.yaml: "):
        read_card(tmp_path)


def test_a_card_of_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "dataset.yaml").write_bytes("licence: Münster".encode("latin-1"))
    with pytest.raises(DatasetError, match=r"dataset\.yaml: .*utf-8"):
        read_card(tmp_path)
