"""How large an image the memory of a device takes, and what is in use of it."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

import torch

from bridgenet_ros.network.topology import Topology

_FRAME_BYTES = 100
"""A pixel's share of the images before and after the network."""
_LIVE_MAPS = 10
"""Feature maps of the first stage that live at once, both outputs.

Measured as the growth of peak memory from 320x240 to 640x480: 253, 424 and 1381 bytes a pixel for
tiny, small and base in float32; this rule gives 260, 420 and 1380.
"""
_USABLE = 0.8


def pixel_limit(topology: Topology, dtype: torch.dtype, available: int) -> int:
    """The largest colour image in pixels that ``available`` bytes take, with a fifth to spare."""
    channels = topology.dsr_widths[0] / topology.space_to_depth**2
    bytes_per_pixel = _FRAME_BYTES + _LIVE_MAPS * channels * dtype.itemsize
    return int(_USABLE * available / bytes_per_pixel)


def available_bytes(device: torch.device) -> int:
    """Memory that is free on the device now; on a CPU what the system can give."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return int(free)
    with suppress(OSError):
        found = re.search(r"MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text())
        if found:
            return int(found[1]) * 1024
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def used_mb(device: torch.device) -> dict[str, float]:
    """Megabytes of a GPU that torch holds for this process, and those that are free to anybody.

    Empty for a CPU, and for a GPU that has failed and gives no answer.
    """
    if device.type != "cuda":
        return {}
    try:
        held, (free, _) = torch.cuda.memory_reserved(device), torch.cuda.mem_get_info(device)
    except RuntimeError:
        return {}
    return {"gpu_memory_mb": held / 1e6, "gpu_memory_free_mb": free / 1e6}
