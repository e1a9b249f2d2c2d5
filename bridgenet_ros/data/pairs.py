"""Which colour file belongs to which depth file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

from bridgenet_ros.errors import DatasetError
from bridgenet_ros.sync import StampSynchronizer

RGB_FOLDER, DEPTH_FOLDER = "rgb", "depth"
RGB_LIST, DEPTH_LIST, ASSOCIATIONS = "rgb.txt", "depth.txt", "associations.txt"
NS_PER_S = 1_000_000_000

_SLOP_NS = NS_PER_S // 50
_QUEUE_SIZE = 30
"""Images of each list that may wait for a partner, as in a recording."""


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


def pair_lists(folder: Path) -> list[Pair]:
    """The pairs of TUM's ``rgb.txt`` and ``depth.txt``, at most 20 ms apart, as the node pairs.

    Images without a partner are left out, as `associate.py` does. A pair has the name of its
    depth file.

    Raises:
        DatasetError: a list is not as it should be, a file is missing, or there is no pair.
    """
    sync: StampSynchronizer[Path, Path] = StampSynchronizer(_SLOP_NS, _QUEUE_SIZE, eager=False)
    images = [(*image, sync.add_color) for image in _listed(folder, RGB_LIST)]
    images += [(*image, sync.add_depth) for image in _listed(folder, DEPTH_LIST)]
    images.sort(key=lambda image: image[0])
    found = [pair for stamp_ns, file, add in images for pair in add(stamp_ns, file)]
    found += sync.flush()
    if not found:
        raise DatasetError(
            f"{folder}: no image of {RGB_LIST} has a partner in {DEPTH_LIST} within "
            f"{_SLOP_NS / 1e6:g} ms"
        )
    return [Pair(p.depth.stem, p.color, p.depth, p.color_stamp_ns, p.depth_stamp_ns) for p in found]


def _listed(folder: Path, name: str) -> Iterator[tuple[int, Path]]:
    """Stamps and files of ``time file`` lines; ``#`` starts a comment."""
    for where, words in _lines(folder / name):
        if len(words) != 2:
            raise DatasetError(f"{where}: expected 'time file', found {len(words)} words")
        yield _stamp_ns(words[0], where), _existing(folder / words[1], where)


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
    return [_associated(folder, words, where) for where, words in _lines(path)]


def _lines(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Where a line is, and its words; lines without any are left out."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DatasetError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path}: {error}") from error
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#")[0].split()
        if words:
            yield f"{path}:{number}", words


def _associated(folder: Path, words: list[str], where: str) -> Pair:
    if len(words) != 4:
        raise DatasetError(f"{where}: expected 't_rgb rgb t_depth depth', found {len(words)} words")
    rgb, depth = (_existing(folder / name, where) for name in words[1::2])
    return Pair(depth.stem, rgb, depth, _stamp_ns(words[0], where), _stamp_ns(words[2], where))


def _existing(file: Path, where: str) -> Path:
    if not file.is_file():
        raise DatasetError(f"{where}: {file}: no such file")
    return file


def _stamp_ns(text: str, where: str) -> int:
    # Decimal: a float of seconds since 1970 is off by a hundred nanoseconds.
    try:
        return int(Decimal(text) * NS_PER_S)
    except (InvalidOperation, OverflowError, ValueError):
        raise DatasetError(f"{where}: {text!r} is not a time in seconds") from None
