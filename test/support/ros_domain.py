"""A ROS domain that no other run of these tests uses at the same time."""

from __future__ import annotations

import fcntl
import os
import tempfile
from pathlib import Path
from typing import IO

FIRST, LAST = 1, 100
"""Domains whose ports lie below those that Linux hands out."""

_held: list[IO[bytes]] = []


def claim_domain() -> int:
    """A domain for this process until it ends; a lock beside the temporary files keeps it.

    Raises:
        RuntimeError: all are taken.
    """
    count = LAST - FIRST + 1
    for number in range(count):
        domain = FIRST + (os.getpid() + number) % count
        path = Path(tempfile.gettempdir()) / f"bridgenet_ros_domain_{os.getuid()}_{domain}.lock"
        file = path.open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            continue
        _held.append(file)
        return domain
    raise RuntimeError(f"domains {FIRST} to {LAST} are all taken")
