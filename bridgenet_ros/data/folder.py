"""Colour and depth pairs from a folder with a ``dataset.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from bridgenet_ros.data.dataset import Quantity, RgbdDataset, RgbdSample, checked, require_valid
from bridgenet_ros.data.dataset_yaml import FolderCard, read_card
from bridgenet_ros.data.depth_file import read_exr, read_npy
from bridgenet_ros.data.pairs import Pair, list_pairs
from bridgenet_ros.errors import DatasetError


@dataclass(frozen=True, kw_only=True, slots=True)
class RgbdFolder(RgbdDataset):
    """The pairs of a folder. Make it with `open_folder`."""

    path: Path
    card: FolderCard
    pairs: tuple[Pair, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The pairs' names, in order."""
        return tuple(pair.name for pair in self.pairs)

    def load(self, index: int) -> RgbdSample:
        """Decode pair ``index``; its name is the stem of the depth file.

        Raises:
            DatasetError: an image cannot be decoded, the two differ in size, or the depth
                holds NaN or not one valid pixel.
        """
        return checked(self.load_stored(index), self.pairs[index].depth)

    def load_stored(self, index: int) -> RgbdSample:
        """Decode pair ``index`` as an input to process: of any two sizes, valid or not.

        Raises:
            DatasetError: an image cannot be decoded, or the depth holds NaN.
        """
        pair = self.pairs[index]
        rgb = read_rgb(pair.rgb)
        depth, valid = _read_depth(pair.depth, self.card)
        return RgbdSample(pair.name, rgb, depth, valid, pair.rgb_stamp_ns, pair.depth_stamp_ns)

    def files(self, index: int) -> tuple[Path, ...]:
        """The colour file and the depth file of pair ``index``."""
        pair = self.pairs[index]
        return pair.rgb, pair.depth

    def noisy_low_resolution(self, index: int, scale: int) -> NDArray[np.float32] | None:
        """The stored noisy (h, w) low-resolution depth of pair ``index``, if the card has one.

        Raises:
            DatasetError: the card promises the file and it is not there.
        """
        pattern = self.card.noisy_low_resolution
        if pattern is None:
            return None
        relative = pattern.replace("xS", f"x{scale}").replace("NAME", self.pairs[index].name)
        return _read_some_depth(self.path / relative, self.card)

    def clean_depth(self, index: int) -> NDArray[np.float32] | None:
        """The noise-free (H, W) depth of pair ``index``, 0 where invalid, if the card has one.

        Raises:
            DatasetError: the card promises the file and it is not there.
        """
        if self.card.clean_depth is None:
            return None
        path = self.path / self.card.clean_depth / self.pairs[index].depth.name
        return _read_some_depth(path, self.card)


def open_folder(path: Path) -> RgbdFolder:
    """Read ``path/dataset.yaml`` and list the pairs; no image is decoded yet.

    The pairs are rgb/ and depth/ files of equal stem, or the lines of the file that the card
    names under ``pairs``.

    Raises:
        DatasetError: the card is missing or wrong, says that depth lies in a view of its own or
            names a pair that is not there, or a file lacks its partner.
    """
    card = read_card(path)
    if not card.registered:
        raise DatasetError(
            f"{path}: its depth is not registered: it lies in a view of its own; expected depth "
            "in the colour view, as process-bag makes it of the recording"
        )
    folder = RgbdFolder(path=path, card=card, pairs=tuple(list_pairs(path, card.pairs)))
    for name in card.validation:
        if name not in folder.names:
            raise DatasetError(f"{path}: validation names {name!r}, but no pair is called so")
    return folder


def read_rgb(path: Path) -> NDArray[np.uint8]:
    """An 8-bit colour image as (H, W, 3), red, green, blue.

    Raises:
        DatasetError: it is missing, undecodable, or not 8-bit colour.
    """
    stored = read_image(path)
    if stored.ndim != 3 or stored.shape[2] not in (3, 4) or stored.dtype != np.uint8:
        raise DatasetError(
            f"{path}: expected an 8-bit colour image, found {stored.dtype} {stored.shape}"
        )
    return np.ascontiguousarray(stored[..., 2::-1])


def read_image(path: Path) -> NDArray[Any]:
    """Any image as it is stored: (H, W) or (H, W, C) in blue, green, red order; .npy as it is.

    Raises:
        DatasetError: it is missing or cannot be decoded.
        ModuleNotFoundError: it is an .exr and OpenEXR is not installed.
    """
    if not path.is_file():
        raise DatasetError(f"{path}: no such file")
    if path.suffix == ".npy":
        return read_npy(path)
    if path.suffix == ".exr":
        return read_exr(path)
    stored = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if stored is None:
        raise DatasetError(f"{path}: not an image that can be decoded")
    return stored


def read_plane(path: Path) -> NDArray[Any]:
    """A one-channel image (H, W) as it is stored.

    Raises:
        DatasetError: it is missing, cannot be decoded, or has several channels.
    """
    stored = read_image(path)
    if stored.ndim != 2:
        found = stored.shape[2] if stored.ndim == 3 else f"an array of shape {stored.shape}"
        raise DatasetError(f"{path}: depth needs one channel, found {found}")
    return stored


def _read_some_depth(path: Path, card: FolderCard) -> NDArray[np.float32]:
    depth, valid = _read_depth(path, card)
    require_valid(valid, path)
    return depth


def _read_depth(path: Path, card: FolderCard) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Depth in the card's unit, 0 where invalid, and where it is valid."""
    stored = read_plane(path)
    if np.issubdtype(stored.dtype, np.floating) and np.isnan(stored).any():
        raise DatasetError(f"{path}: depth holds NaN; store the invalid value {card.invalid}")
    if card.invalid is None:
        valid = np.ones(stored.shape, dtype=np.bool_)
    else:
        valid = np.asarray(stored != card.invalid)
    if card.quantity is Quantity.DEPTH:
        # No point lies in the camera itself, so 0 m is a hole whatever the card says.
        valid &= np.asarray(stored > 0)
    # Floats need no scale: theirs is the unit itself.
    scale = 1.0 if stored.dtype.kind == "f" else card.stored_unit
    return np.where(valid, stored.astype(np.float32) * np.float32(scale), 0), valid
