"""What a process uses, from Linux' /proc; NaN where there is none."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

_KILO = 1024
_NAN = float("nan")


class Load(NamedTuple):
    """One look at a process."""

    memory_mb: float
    """Resident."""
    peak_mb: float
    """The most that was resident since the start, or since `forget_peak`."""
    cpu_s: float
    """Spent by all its threads since the start."""


def load_of(pid: int) -> Load:
    """The process as it is now; every value is NaN for one that has ended."""
    folder = Path("/proc") / str(pid)
    try:
        status = (folder / "status").read_text()
        # After the program's name, which may hold spaces: user and system time, fields 14 and 15.
        times = (folder / "stat").read_text().rpartition(")")[2].split()[11:13]
    except OSError:
        return Load(_NAN, _NAN, _NAN)
    sizes = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return Load(
        memory_mb=_megabytes(sizes.get("VmRSS")),
        peak_mb=_megabytes(sizes.get("VmHWM")),
        cpu_s=sum(int(t) for t in times) / os.sysconf("SC_CLK_TCK"),
    )


def forget_peak() -> bool:
    """Let this process' peak start anew from what is resident now; False where that is refused."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def _megabytes(field: str | None) -> float:
    """Of a line such as ``  1234 kB``; NaN for a process that has ended, which has none."""
    return int(field.split()[0]) * _KILO / 1e6 if field else _NAN
