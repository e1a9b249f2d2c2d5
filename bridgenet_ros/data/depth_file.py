"""Depth images as files: 16-bit PNG in a stated unit; NumPy and OpenEXR in metres; 0 is a hole.

NPY: NEP 1. EXR: OpenEXR's technical introduction, whose name for a depth channel is Z.
"""

from __future__ import annotations

from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridgenet_ros.depth_units import to_counts
from bridgenet_ros.errors import DatasetError
from bridgenet_ros.image_file import encode_file

DEPTH_FILES = ("png", "npy", "exr")

_CHANNEL = "Z"

# The header of an array is Python text; what NumPy raises for a damaged one depends on where.
_DAMAGE = (OSError, ValueError, EOFError, SyntaxError, TokenError, ArithmeticError, TypeError)


def write_depth(path: Path, depth_m: NDArray[np.float32], unit_m: float) -> int:
    """Write a depth image in the format of the path's suffix, one of `DEPTH_FILES`.

    Args:
        path: of the file.
        depth_m: (H, W) metres; not finite or not above 0 where invalid.
        unit_m: metres of one step of a PNG; the other two hold metres.

    Returns:
        How many valid pixels a PNG could not hold: farther than 65535 steps, or nearer than
        half a step. They became holes.

    Raises:
        OSError: the file cannot be written.
        ModuleNotFoundError: OpenEXR is not installed.
    """
    valid = np.isfinite(depth_m) & (depth_m > 0)
    depth_m = np.where(valid, depth_m, np.float32(0))
    if path.suffix == ".png":
        counts = to_counts(depth_m, unit_m)
        path.write_bytes(encode_file(counts, "png"))
        return int(valid.sum() - np.count_nonzero(counts))
    if path.suffix == ".npy":
        with path.open("wb") as file:
            np.save(file, depth_m, allow_pickle=False)
    else:
        _write_exr(path, depth_m)
    return 0


def read_npy(path: Path) -> NDArray[Any]:
    """An array as it is stored.

    Raises:
        DatasetError: it is cut, or no array of numbers.
    """
    try:
        # Mapped: a header that promises more than the file holds is refused before it costs memory.
        stored = np.load(path, mmap_mode="r", allow_pickle=False)
    except _DAMAGE as error:
        raise DatasetError(f"{path}: not a NumPy array that can be read: {error}") from error
    if not isinstance(stored, np.ndarray) or stored.dtype.kind not in "fiu":
        raise DatasetError(f"{path}: expected one NumPy array of numbers")
    return np.array(stored)


def read_exr(path: Path) -> NDArray[Any]:
    """The one channel of an EXR file, (H, W), float32 or float16.

    Raises:
        DatasetError: it cannot be decoded, or has several channels.
        ModuleNotFoundError: OpenEXR is not installed.
    """
    import OpenEXR

    try:
        with OpenEXR.File(str(path)) as file:
            channels = file.channels()
            if len(channels) != 1:
                raise DatasetError(
                    f"{path}: has channels {', '.join(sorted(channels))}; expected one"
                )
            return np.array(next(iter(channels.values())).pixels)
    except (RuntimeError, ValueError) as error:
        raise DatasetError(f"{path}: not an EXR image that can be decoded: {error}") from error


def _write_exr(path: Path, depth_m: NDArray[np.float32]) -> None:
    import OpenEXR

    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    try:
        OpenEXR.File(header, {_CHANNEL: np.ascontiguousarray(depth_m)}).write(str(path))
    except RuntimeError as error:
        raise OSError(str(error)) from error
