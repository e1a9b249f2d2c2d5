"""The checksum of a file, computed while it is being written at its end."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

_BLOCK = 1 << 20
_POLL_S = 0.05


class GrowingFile:
    """Reads a file behind its writer, on a thread of its own, until it is closed.

    The writer must only append. The file may be renamed meanwhile.

    Args:
        path: exists.

    Raises:
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._written = threading.Event()
        self._given_up = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="growing-file")
        self._sha256 = self._thread.submit(self._follow, path.open("rb"))

    def sha256(self) -> str:
        """Of the whole file, in hexadecimal; call it when all is written.

        Raises:
            OSError: it could not be read.
        """
        self._written.set()
        return self._sha256.result()

    def close(self) -> None:
        """End the thread; may be called twice."""
        self._given_up = True
        self._written.set()
        self._thread.shutdown()

    def _follow(self, stream: BinaryIO) -> str:
        digest = hashlib.sha256()
        with closing(stream):
            while not self._given_up:
                # Asked for before the end is looked for: what is written in between is read.
                is_whole = self._written.is_set()
                if block := stream.read(_BLOCK):
                    digest.update(block)
                elif is_whole:
                    break
                else:
                    self._written.wait(_POLL_S)
        return digest.hexdigest()
