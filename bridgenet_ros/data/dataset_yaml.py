"""The card of a data set folder, ``dataset.yaml``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from bridgenet_ros.data.dataset import DatasetCard, Intrinsics, Quantity
from bridgenet_ros.errors import DatasetError

CARD_NAME = "dataset.yaml"
SPLITS = ("train", "eval", "demo")


@dataclass(frozen=True, kw_only=True, slots=True)
class FolderCard(DatasetCard):
    """What ``dataset.yaml`` says."""

    invalid: int | None
    """The stored value that means "no data"; None where every pixel is valid."""
    pairs: str | None
    """An associations file (``t_rgb rgb t_depth depth`` lines); None for equal stems."""
    clean_depth: str | None
    noisy_low_resolution: str | None
    registered: bool = True
    """Depth lies in the colour view."""


UNITS = {
    "stored_unit_m": (Quantity.DEPTH, "m"),
    "stored_unit_grey": (Quantity.DISPARITY, "grey"),
    "stored_unit_px": (Quantity.DISPARITY, "px"),
}
OTHER_KEYS = {
    "name",
    "quantity",
    "invalid",
    "crop_border_px",
    "split",
    "licence",
    "pairs",
    "intrinsics",
    "distortion",
    "validation",
    "clean_depth",
    "noisy_low_resolution",
    "trajectory",
    "note",
    "registered",
}


def read_card(folder: Path) -> FolderCard:
    """Read and check ``folder/dataset.yaml``.

    Raises:
        DatasetError: it is missing, not YAML, or a key is missing, unknown or has a bad value.
    """
    path = folder / CARD_NAME
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DatasetError(f"{path}: no such file; a data set folder needs one") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DatasetError(f"{path}: {error}") from error
    if not isinstance(raw, dict):
        raise DatasetError(f"{path}: expected key: value lines, found {type(raw).__name__}")
    try:
        return parse_card(raw)
    except DatasetError as error:
        raise DatasetError(f"{path}: {error}") from error


def parse_card(raw: Mapping[str, object]) -> FolderCard:
    """A card from the decoded YAML mapping.

    Raises:
        DatasetError: a key is missing, unknown or has a bad value.
    """
    unknown = set(raw) - OTHER_KEYS - set(UNITS)
    if unknown:
        raise DatasetError(f"unknown key {min(unknown)!r}")
    quantity = _quantity(raw)
    unit_key = _unit_key(raw, quantity)
    split = _text(raw, "split")
    if split not in SPLITS:
        raise DatasetError(f"split is {split!r}; expected one of {', '.join(SPLITS)}")
    return FolderCard(
        name=_text(raw, "name"),
        quantity=quantity,
        unit=UNITS[unit_key][1],
        stored_unit=_positive(raw[unit_key], unit_key),
        invalid=_optional_int(raw, "invalid"),
        crop_border_px=_optional_int(raw, "crop_border_px") or 0,
        split=split,
        licence=_text(raw, "licence"),
        pairs=_optional_text(raw, "pairs"),
        intrinsics=_intrinsics(raw.get("intrinsics")),
        distortion=_floats(raw.get("distortion"), "distortion"),
        validation=_names(raw.get("validation")),
        clean_depth=_optional_text(raw, "clean_depth"),
        noisy_low_resolution=_optional_text(raw, "noisy_low_resolution"),
        registered=_truth(raw, "registered"),
    )


def _quantity(raw: Mapping[str, object]) -> Quantity:
    value = raw.get("quantity")
    known = [q.value for q in Quantity]
    if value not in known:
        raise DatasetError(f"quantity is {value!r}; expected one of {', '.join(known)}")
    return Quantity(value)


def _unit_key(raw: Mapping[str, object], quantity: Quantity) -> str:
    fitting = [key for key, (q, _) in UNITS.items() if q is quantity]
    found = [key for key in UNITS if key in raw]
    if len(found) != 1 or found[0] not in fitting:
        raise DatasetError(
            f"{quantity.value} needs exactly one unit of {', '.join(fitting)}; "
            f"found {', '.join(found) or 'none'}"
        )
    return found[0]


def _text(raw: Mapping[str, object], key: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value:
        raise DatasetError(f"{key} is {value!r}; expected text")
    return value


def _optional_text(raw: Mapping[str, object], key: str) -> str | None:
    return None if raw.get(key) is None else _text(raw, key)


def _optional_int(raw: Mapping[str, object], key: str) -> int | None:
    value = raw.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise DatasetError(f"{key} is {value!r}; expected a whole number or null")
    return value


def _truth(raw: Mapping[str, object], key: str) -> bool:
    value = raw.get(key, True)
    if not isinstance(value, bool):
        raise DatasetError(f"{key} is {value!r}; expected true or false")
    return value


def _positive(value: object, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise DatasetError(f"{key} is {value!r}; expected a number above 0")
    return float(value)


def _intrinsics(value: object) -> Intrinsics | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or set(value) != set(Intrinsics._fields):
        raise DatasetError(f"intrinsics is {value!r}; expected fx, fy, cx and cy")
    return Intrinsics(**{key: _positive(value[key], key) for key in Intrinsics._fields})


def _floats(value: object, key: str) -> tuple[float, ...] | None:
    if value is None:
        return None
    if not isinstance(value, Sequence) or not all(isinstance(v, int | float) for v in value):
        raise DatasetError(f"{key} is {value!r}; expected a list of numbers")
    return tuple(float(v) for v in value)


def _names(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise DatasetError(f"validation is {value!r}; expected a list of names")
    for v in value:
        if not isinstance(v, str):
            raise DatasetError(f"validation names {v!r}, a number to YAML; quote it: '0010'")
    return tuple(value)
