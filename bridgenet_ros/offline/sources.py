"""What can be processed: recordings, and data sets of depth in place of them."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bridgenet_ros.data.dataset import RgbdDataset
from bridgenet_ros.data.kinds import Kind, kind_of, open_images, split_part
from bridgenet_ros.errors import BagError
from bridgenet_ros.offline.bag_reader import SUFFIXES, check_layout


class Source(NamedTuple):
    """Where an input lies, and the data set that it is, if it is no recording."""

    place: Path
    dataset: RgbdDataset | None


def open_source(path: Path) -> Source:
    """A recording as it is, or any other data set, opened; see `open_images` for its path.

    Raises:
        BagError: topics follow a recording's ``#``, which only data sets have, or a folder holds
            files of a recording alone.
        DatasetError: nothing is there, it is of no known kind, or not as its kind should be.
        ModuleNotFoundError: the library that reads it is not installed.
    """
    place, part = split_part(path)
    kind = kind_of(place)
    if kind is None and _holds_recordings(place):
        check_layout(place)
    if kind is not Kind.RECORDING:
        return Source(place, open_images(path))
    if part:
        raise BagError(f"{place}: found #{part}; name topics with --rgb-topic and --depth-topic")
    return Source(place, None)


def find_sources(patterns: Sequence[str]) -> list[Path]:
    """The recordings and data sets that match, each once, in the order of their paths.

    Args:
        patterns: of the shell; what follows a ``#`` that is part of no name goes to each match.

    Raises:
        BagError: a pattern matches nothing of the kind.
    """
    sources: dict[Path, None] = {}
    for pattern in patterns:
        found = _matches(pattern)
        if not found:
            raise BagError(
                f"{pattern!r} matches no recording and no data set; expected rosbag2 directories, "
                f"{', '.join(SUFFIXES)} files, or what docs/datasets.md lists"
            )
        sources.update(dict.fromkeys(found))
    return list(sources)


def _holds_recordings(place: Path) -> bool:
    return place.is_dir() and any(path.suffix in SUFFIXES for path in place.iterdir())


def _matches(pattern: str) -> list[Path]:
    if places := _places(pattern):
        return places
    start, mark, part = pattern.rpartition("#")
    return [Path(f"{place}#{part}") for place in _places(start)] if mark else []


def _places(pattern: str) -> list[Path]:
    found = sorted(map(Path, glob.glob(pattern)))  # noqa: PTH207 - patterns may be absolute
    return [place for place in found if place.exists() and kind_of(place) is not None]
