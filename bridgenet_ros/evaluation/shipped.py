"""The weight files that ship with the package, measured side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

from bridgenet_ros.config import FAMILIES, INT8, ModelConfig
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.evaluation.card import record_metrics
from bridgenet_ros.evaluation.evaluate import Row
from bridgenet_ros.network.topology import PRESETS
from bridgenet_ros.network.weights import read_card
from bridgenet_ros.preset_choice import DEFAULTS, is_shipped, weights_path


def trained_weights() -> list[Path]:
    """The installed weight files that were trained, of all families and precisions.

    The largest preset comes first.

    Raises:
        ConfigError: there is none.
        WeightsError: a card is missing or wrong.
    """
    models = [
        ModelConfig(preset=preset, family=family, precision=precision)
        for preset, family, precision in product(PRESETS, FAMILIES, (DEFAULTS.precision, INT8))
    ]
    found = [weights_path(model) for model in models if is_shipped(model)]
    trained = [path for path in found if read_card(path).trained]
    if not trained:
        raise ConfigError(f"{len(found)} weight files are installed; expected a trained one")
    return trained


def record_in_cards(measured: Mapping[Path, str], rows: Sequence[Row]) -> None:
    """Replace the figures of each file's card by those of ``rows`` that belong there.

    These are its own, under its preset's name, and those of methods without weights: a card does
    not depend on what was measured beside its file.

    Args:
        measured: weight file to the method of its rows.
        rows: of all the files.

    Raises:
        WeightsError: a weight file is missing, or its card is wrong.
        OSError: a card cannot be written.
    """
    for path, name in measured.items():
        others = set(measured.values()) - {name}
        preset = read_card(path).preset
        own = [
            replace(row, method=preset) if row.method == name else row
            for row in rows
            if row.method not in others
        ]
        record_metrics(path, own)
