"""Writes the measured table into the card of a weight file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from bridgenet_ros.evaluation.evaluate import Row
from bridgenet_ros.network.weights import card_path, read_card

DIGITS = 4
LEFT_OUT = ("per_image",)


def record_metrics(weights: Path, rows: Sequence[Row]) -> None:
    """Replace the card's figures by ``rows``, without those of single images.

    Raises:
        WeightsError: there is no such weight file, or its card is wrong.
    """
    read_card(weights)
    path = card_path(weights)
    card = yaml.safe_load(path.read_text(encoding="utf-8"))
    card["metrics"] = [_plain(row) for row in rows]
    text = yaml.safe_dump(card, sort_keys=False, allow_unicode=True)
    path.write_text(text, encoding="utf-8")


def _plain(row: Row) -> dict[str, object]:
    return {
        key: round(value, DIGITS) if isinstance(value, float) else value
        for key, value in row.plain().items()
        if key not in LEFT_OUT
    }
