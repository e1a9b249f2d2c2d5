"""Lets the system forget what a run has written and needs no more.

A run writes several times the size of its input. Left to itself all of that stays in the page
cache, at the cost of what else the machine keeps there; in a virtual machine or a container it may
also cost more time to get a fresh page of memory than to fill it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def let_go(descriptor: int, size: int) -> None:
    """Have the first ``size`` bytes of an open file on the disk and out of memory; waits for it.

    The file stays as it is, and whoever reads it again reads it from the disk. Where a system
    cannot be told, the bytes are on the disk and that is all.

    Raises:
        OSError: they could not be written.
    """
    os.fdatasync(descriptor)  # only what is on the disk is forgotten
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, 0, size, os.POSIX_FADV_DONTNEED)


def let_go_file(path: Path) -> None:
    """`let_go` of a whole file, if it can be done; it may be gone by now."""
    with suppress(OSError), path.open("rb", buffering=0) as stream:
        let_go(stream.fileno(), path.stat().st_size)
