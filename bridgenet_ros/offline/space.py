"""How much disk a run needs, told before it begins and when it runs out."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bridgenet_ros.errors import SpaceError
from bridgenet_ros.offline.bag_writer import Compression
from bridgenet_ros.offline.options import ProcessOptions
from bridgenet_ros.offline.plan import Plan

_BYTES_OF_PIXEL = {"32FC1": 4, "16UC1": 2}


def needed_bytes(plan: Plan, options: ProcessOptions, source_bytes: int) -> int:
    """Bytes that a run takes at its end: the results twice, as parts and in the output, and copies.

    Without compression it is nearly that much; the results' size is that of the first image. Of a
    part of a recording only the copied images are known, so that it is no less.
    """
    pixel = _BYTES_OF_PIXEL.get(options.encoding, 4) * (2 if options.estimate else 1)
    results = len(plan.pairs) * plan.pixels * pixel
    copies = max(source_bytes, plan.image_bytes) if options.selection.is_whole else plan.image_bytes
    return 2 * results + copies


def check_space(needed: int, folder: Path, options: ProcessOptions) -> None:
    """Refuse a run that cannot end well.

    Raises:
        SpaceError: the output, uncompressed, is larger than what is free beside it.
    """
    free = shutil.disk_usage(folder).free
    exact = options.compression is Compression.NONE and options.encoding in _BYTES_OF_PIXEL
    if exact and options.compressed_depth == "off" and needed > free:
        raise SpaceError(f"{folder}: the run needs about {_text(needed)}, {_text(free)} are free")


@contextmanager
def needed_space_named(needed: int, folder: Path) -> Iterator[None]:
    """Say how much is needed when the disk runs full in the block."""
    try:
        yield
    except SpaceError as error:
        free = shutil.disk_usage(folder).free
        raise SpaceError(
            f"{error}; the whole run needs about {_text(needed)}, {_text(free)} are free"
        ) from error


def _text(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
