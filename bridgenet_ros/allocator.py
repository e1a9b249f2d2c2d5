"""The C library's allocator, told to keep the memory of images for the next ones.

glibc gives freed memory of more than a few images back to the system, which then hands out empty
pages again, frame after frame: a third of the CPU time of reading and writing a recording.
"""

from __future__ import annotations

import ctypes
import os
import platform

_KEPT = 128 << 20
_LARGEST = 32 << 20
"""glibc takes no more; larger blocks always go back at once."""
_OPTIONS = {"MALLOC_TRIM_THRESHOLD_": (-1, _KEPT), "MALLOC_MMAP_THRESHOLD_": (-3, _LARGEST)}
"""By environment variable: the parameter of mallopt(3) of the same meaning, and its value."""


def keep_freed_memory() -> None:
    """Keep up to 128 MiB of freed memory in this process and in those that it starts.

    Without glibc, or where the environment has settings of its own, nothing happens.
    """
    if platform.libc_ver()[0] != "glibc" or any(name in os.environ for name in _OPTIONS):
        return
    library = ctypes.CDLL(None)
    for name, (parameter, value) in _OPTIONS.items():
        library.mallopt(parameter, value)
        os.environ[name] = str(value)  # glibc reads it when a process starts
