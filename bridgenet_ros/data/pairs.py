"""Which colour file belongs to which depth file."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

from bridgenet_ros.errors import DatasetError

RGB_FOLDER, DEPTH_FOLDER = "rgb", "depth"
NS_PER_S = 1_000_000_000


class Pair(NamedTuple):
    """One colour file and its depth file."""

    name: str
    rgb: Path
    depth: Path
    rgb_stamp_ns: int | None
    depth_stamp_ns: int | None


def list_pairs(folder: Path, associations: str | None) -> list[Pair]:
    """The folder's pairs: by equal stem (sorted), or by the named associations file (its order).

    Raises:
        DatasetError: a file lacks its partner, or there is no pair at all.
    """
    if associations is None:
        pairs = _by_stem(folder)
    else:
        pairs = _by_associations(folder, folder / associations)
    if not pairs:
        raise DatasetError(f"{folder}: holds no pair of images")
    return pairs


def _by_stem(folder: Path) -> list[Pair]:
    colours = _files_by_stem(folder / RGB_FOLDER)
    depths = _files_by_stem(folder / DEPTH_FOLDER)
    for have, lack, other in ((colours, depths, DEPTH_FOLDER), (depths, colours, RGB_FOLDER)):
        alone = sorted(set(have) - set(lack))
        if alone:
            raise DatasetError(f"{have[alone[0]]}: no partner of this stem in {folder / other}")
    return [Pair(stem, colours[stem], depths[stem], None, None) for stem in sorted(colours)]


def _files_by_stem(folder: Path) -> Mapping[str, Path]:
    if not folder.is_dir():
        raise DatasetError(f"{folder}: no such folder")
    files: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and not path.name.startswith("."):
            if path.stem in files:
                raise DatasetError(f"{path}: the stem of {files[path.stem].name} again")
            files[path.stem] = path
    return files


def _by_associations(folder: Path, path: Path) -> list[Pair]:
    """Lines ``t_rgb rgb_file t_depth depth_file``, times in seconds; ``#`` starts a comment."""
    if not path.is_file():
        raise DatasetError(f"{path}: no such file")
    pairs = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        words = line.split("#")[0].split()
        if words:
            pairs.append(_associated(folder, words, f"{path}:{number}"))
    return pairs


def _associated(folder: Path, words: list[str], where: str) -> Pair:
    if len(words) != 4:
        raise DatasetError(f"{where}: expected 't_rgb rgb t_depth depth', found {len(words)} words")
    rgb, depth = folder / words[1], folder / words[3]
    for file in (rgb, depth):
        if not file.is_file():
            raise DatasetError(f"{where}: {file}: no such file")
    return Pair(depth.stem, rgb, depth, _stamp_ns(words[0], where), _stamp_ns(words[2], where))


def _stamp_ns(text: str, where: str) -> int:
    # Decimal: a float of seconds since 1970 is off by a hundred nanoseconds.
    try:
        return int(Decimal(text) * NS_PER_S)
    except (InvalidOperation, OverflowError, ValueError):
        raise DatasetError(f"{where}: {text!r} is not a time in seconds") from None
