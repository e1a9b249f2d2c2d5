"""The checksum of a file, computed while it is being written at its end."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from bridgenet_ros.offline.page_cache import let_go

_BLOCK = 1 << 20
_LET_GO = 32 << 20
"""Bytes that stay in memory; few beside what a disk writes in a second."""
_POLL_S = 0.05


class GrowingFile:
    """Reads a file behind its writer, on a thread of its own, until it is closed.

    The writer must only append. The file may be renamed meanwhile. What is hashed goes to the disk
    and leaves the page cache.

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
            OSError: it could not be read, or not be written to the disk.
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
        hashed = in_memory = 0
        with closing(stream):
            while not self._given_up:
                # Asked for before the end is looked for: what is written in between is read.
                is_whole = self._written.is_set()
                if block := stream.read(_BLOCK):
                    digest.update(block)
                    hashed += len(block)
                    in_memory += len(block)
                    if in_memory >= _LET_GO:
                        let_go(stream.fileno(), hashed)
                        in_memory = 0
                elif is_whole:
                    break
                else:
                    self._written.wait(_POLL_S)
        return digest.hexdigest()
