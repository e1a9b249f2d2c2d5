"""The checksum of a file; weights, recordings and parts of a run are known by it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

_BLOCK = 1 << 20


def file_sha256(path: Path) -> str:
    """Hexadecimal sha256 of a file, read in blocks.

    Raises:
        OSError: it cannot be read.
    """
    return files_sha256([path])


def files_sha256(paths: Sequence[Path]) -> str:
    """Hexadecimal sha256 of what the files hold, one behind the other.

    Raises:
        OSError: one cannot be read.
    """
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()
