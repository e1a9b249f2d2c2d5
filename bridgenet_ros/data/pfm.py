"""Portable float maps (PFM, http://netpbm.sourceforge.net/doc/pfm.html), one channel.

OpenCV reads them too, but divides by the scale in the header. Middlebury's files carry 1/255
there and mean the numbers as they are stored, as the stereo benchmark's own reader takes them.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridgenet_ros.errors import DatasetError

_HEADER = re.compile(rb"Pf\s+(\d{1,7})\s+(\d{1,7})\s+([+-]?[0-9.]+(?:[eE][+-]?\d+)?)\r?\n")


def read_pfm(path: Path) -> NDArray[np.float32]:
    """The stored numbers, (H, W), the upper row first; infinities and NaN stay.

    The sign of the header's scale is the byte order (negative: little-endian); its size is
    ignored.

    Raises:
        DatasetError: it is missing, has another header (colour is ``PF``), or not the promised
            length.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path}: {error.strerror}") from error
    header = _HEADER.match(raw)
    if header is None:
        raise DatasetError(
            f"{path}: starts with {raw[:24]!r}; expected the header of a one-channel PFM: "
            "Pf, width and height, scale"
        )
    width, height = int(header[1]), int(header[2])
    pixels = raw[header.end() :]
    if not width * height or len(pixels) != 4 * width * height:
        raise DatasetError(
            f"{path}: {len(pixels)} bytes of pixels; expected {4 * width * height} "
            f"for {width}x{height}"
        )
    order = "<" if header[3].startswith(b"-") else ">"
    bottom_up = np.frombuffer(pixels, f"{order}f4").reshape(height, width)
    return np.ascontiguousarray(bottom_up[::-1], dtype=np.float32)
