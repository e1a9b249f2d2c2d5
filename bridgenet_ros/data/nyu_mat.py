"""The labelled set of NYU Depth v2 as its authors publish it: one MATLAB v7.3 file.

Silberman, Hoiem, Kohli, Fergus, ECCV 2012. MATLAB v7.3 is HDF5 with the axes in reverse:
``images`` is (N, 3, W, H) uint8 and ``depths`` (N, W, H) float32 metres, holes filled.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bridgenet_ros.data.dataset import (
    DatasetCard,
    Intrinsics,
    Quantity,
    RgbdDataset,
    RgbdSample,
    checked,
)
from bridgenet_ros.data.guard import FIRST_NYU_TEST_INDEX
from bridgenet_ros.errors import DatasetError

if TYPE_CHECKING:
    import h5py

NAME = "nyu_depth_v2"
LICENCE = "none stated; research use, cite Silberman et al. 2012"
CAMERA = Intrinsics(518.858, 519.470, 325.582, 253.736)
"""Of the colour camera, from the data set's toolbox."""
BORDER_PX = 6
STORED_UNIT_M = 0.001
PARTS = {
    "": (slice(None), "train"),
    "train": (slice(None, FIRST_NYU_TEST_INDEX), "train"),
    "test": (slice(FIRST_NYU_TEST_INDEX, None), "eval"),
}
"""Indices and split, by what stands after ``#``; the whole is refused in training by index."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NyuMat(RgbdDataset):
    """The pairs of the file, or of one part of it. Make it with `open_nyu_mat`."""

    path: Path
    card: DatasetCard
    file: Path
    indices: range

    @property
    def names(self) -> tuple[str, ...]:
        """The pairs' indices in the file, from 0, with four digits."""
        return tuple(map(_name, self.indices))

    def load(self, index: int) -> RgbdSample:
        """Read pair ``index`` of the part; a depth of 0 or less is a hole.

        Raises:
            DatasetError: the file is damaged, or the depth holds NaN or not one valid pixel.
        """
        i = self.indices[index]
        with _opened(self.file) as file:
            rgb: NDArray[np.uint8] = file["images"][i]
            stored: NDArray[np.floating] = file["depths"][i]
        depth = np.ascontiguousarray(stored.T, dtype=np.float32)
        valid = ~(depth <= 0)
        colour = np.ascontiguousarray(rgb.transpose(2, 1, 0))
        sample = RgbdSample(_name(i), colour, np.where(valid, depth, np.float32(0)), valid)
        return checked(sample, f"{self.file}: {sample.name}")

    def files(self, index: int) -> tuple[Path, ...]:
        """The file, whatever the pair."""
        del index
        return (self.file,)


def open_nyu_mat(file: Path, part: str = "") -> NyuMat:
    """Check the file's layout; no image is read yet.

    Args:
        file: ``nyu_depth_v2_labeled.mat``.
        part: ``train`` (index < 1000, the paper's), ``test`` (the other 449) or empty for all.

    Raises:
        DatasetError: an unknown or empty part, not HDF5, or arrays missing or of wrong shape.
        ModuleNotFoundError: h5py is not installed.
    """
    if part not in PARTS:
        raise DatasetError(f"{file}: part is {part!r}; expected #train, #test or nothing")
    with _opened(file) as opened:
        count = _checked_count(file, opened)
    chosen, split = PARTS[part]
    indices = range(count)[chosen]
    if not indices:
        raise DatasetError(f"{file}: holds {count} pairs; part {part!r} of it is empty")
    return NyuMat(
        path=Path(f"{file}#{part}") if part else file,
        card=DatasetCard(
            name=f"{NAME}_{part}" if part else NAME,
            quantity=Quantity.DEPTH,
            unit="m",
            stored_unit=STORED_UNIT_M,
            crop_border_px=BORDER_PX,
            split=split,
            licence=LICENCE,
            intrinsics=CAMERA,
        ),
        file=file,
        indices=indices,
    )


def _name(index: int) -> str:
    return f"{index:04d}"


@contextmanager
def _opened(file: Path) -> Iterator[h5py.File]:
    import h5py

    if not file.is_file():
        raise DatasetError(f"{file}: no such file")
    if not h5py.is_hdf5(file):
        raise DatasetError(f"{file}: not an HDF5 file; expected a .mat of MATLAB v7.3")
    try:
        with h5py.File(file, "r") as opened:
            yield opened
    except OSError as error:
        raise DatasetError(f"{file}: cut or damaged: {error}") from error


def _checked_count(file: Path, opened: h5py.File) -> int:
    """The number of pairs, after a look at both arrays."""
    for key in ("images", "depths"):
        # A group has no shape.
        if not hasattr(opened.get(key), "shape"):
            found = ", ".join(sorted(opened)) or "nothing"
            raise DatasetError(f"{file}: holds no array {key}; found {found}")
    images, depths = opened["images"], opened["depths"]
    count = depths.shape[:1]
    if (
        (images.dtype, depths.dtype.kind) != (np.uint8, "f")
        or depths.ndim != 3
        or images.shape != (*count, 3, *depths.shape[1:])
    ):
        raise DatasetError(
            f"{file}: images is {images.dtype} {images.shape}, depths is {depths.dtype} "
            f"{depths.shape}; expected uint8 (N, 3, W, H) and float32 (N, W, H)"
        )
    return int(count[0])
