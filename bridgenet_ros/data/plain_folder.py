"""Folders of colour and depth without a ``dataset.yaml``: TUM's layout, and plain rgb/ and depth/.

TUM: https://cvg.cit.tum.de/data/datasets/rgbd-dataset/file_formats. Lists of ``time file`` lines,
or what its ``associate.py`` makes of them; depth in steps of 1/5000 m.
"""

from __future__ import annotations

from pathlib import Path

from bridgenet_ros.data.dataset import Intrinsics, Quantity
from bridgenet_ros.data.dataset_yaml import CARD_NAME, FolderCard
from bridgenet_ros.data.folder import RgbdFolder, read_plane
from bridgenet_ros.data.pairs import (
    ASSOCIATIONS,
    DEPTH_FOLDER,
    DEPTH_LIST,
    RGB_FOLDER,
    RGB_LIST,
    Pair,
    list_pairs,
    pair_lists,
)
from bridgenet_ros.depth_units import MILLIMETRE
from bridgenet_ros.errors import DatasetError

TUM_UNIT_M = 1 / 5000
LICENCE = "not stated in the folder"

_UNIT = "unit"
_HELP = (
    f"{_UNIT}=0.001 (metres of one step of depth) and, if known, fx=525,fy=525,cx=319.5,cy=239.5"
)


def is_plain(place: Path) -> bool:
    """Whether it is such a folder."""
    return _is_tum(place) or all((place / name).is_dir() for name in (RGB_FOLDER, DEPTH_FOLDER))


def open_plain(place: Path, facts: str = "") -> RgbdFolder:
    """Pair the images of a folder: by its lists, or else by equal stems in rgb/ and depth/.

    Args:
        place: the folder.
        facts: what no file says, as in ``unit=0.001,fx=525,fy=525,cx=319.5,cy=239.5``: metres of
            one step of integer depth, and the colour camera in pixels. The unit of TUM's layout
            is known; float depth is in metres. Depth lies in the colour view.

    Raises:
        DatasetError: the unit is needed and not given, a fact is unknown or has a bad value, a
            file is missing or lacks its partner, or no two times are near each other.
    """
    known = _parse(place, facts)
    unit = known.pop(_UNIT, None)
    if known and set(known) != set(Intrinsics._fields):
        raise DatasetError(
            f"{place}: the camera is {', '.join(known)}; expected all of fx, fy, cx and cy"
        )
    pairs = _pairs(place)
    if unit is None:
        unit = TUM_UNIT_M if _is_tum(place) else _float_unit(place, pairs[0])
    card = FolderCard(
        name=place.resolve().name,
        quantity=Quantity.DEPTH,
        unit="m",
        stored_unit=unit,
        split="train",
        licence=LICENCE,
        intrinsics=Intrinsics(**known) if known else None,
        invalid=0,
        pairs=None,
        clean_depth=None,
        noisy_low_resolution=None,
    )
    path = Path(f"{place}#{facts}") if facts else place
    return RgbdFolder(path=path, card=card, pairs=tuple(pairs))


def _is_tum(place: Path) -> bool:
    return (place / ASSOCIATIONS).is_file() or all(
        (place / name).is_file() for name in (RGB_LIST, DEPTH_LIST)
    )


def _pairs(place: Path) -> list[Pair]:
    if (place / ASSOCIATIONS).is_file():
        return list_pairs(place, ASSOCIATIONS)
    return pair_lists(place) if _is_tum(place) else list_pairs(place, None)


def _float_unit(place: Path, first: Pair) -> float:
    stored = read_plane(first.depth)
    if stored.dtype.kind != "f":
        raise DatasetError(
            f"{place}: its depth is {stored.dtype} of unknown unit; say it as in "
            f"'{place}#{_UNIT}=0.001' (metres of one step; TUM's are 0.0002), or in a {CARD_NAME}"
        )
    return MILLIMETRE


def _parse(place: Path, facts: str) -> dict[str, float]:
    known: dict[str, float] = {}
    for fact in facts.split(",") if facts else []:
        name, _, text = fact.partition("=")
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if name not in {_UNIT, *Intrinsics._fields} or not 0 < value < float("inf"):
            raise DatasetError(f"{place}: {fact!r} is no fact of a folder; expected {_HELP}")
        known[name] = value
    return known
