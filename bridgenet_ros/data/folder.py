"""Colour and depth pairs from a folder with a ``dataset.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from bridgenet_ros.data.dataset_yaml import DatasetCard, Intrinsics, Quantity, read_card
from bridgenet_ros.data.pairs import Pair, list_pairs
from bridgenet_ros.errors import DatasetError


class FolderSample(NamedTuple):
    """One pair, decoded."""

    name: str
    """The stem of the depth file."""
    rgb: NDArray[np.uint8]
    """(H, W, 3), red, green, blue."""
    depth: NDArray[np.float32]
    """(H, W): metres, grey levels or pixels of disparity; 0 where not valid."""
    valid: NDArray[np.bool_]
    """(H, W). Needed beside ``depth``: in hole-filled disparity, grey level 0 is a value."""
    stamp_ns: int | None
    """Time of the colour image, where the folder has an associations file."""
    depth_stamp_ns: int | None
    """Time of the depth image, likewise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RgbdFolder:
    """A checked list of pairs; `load` decodes one. Make it with `open_folder`."""

    path: Path
    card: DatasetCard
    pairs: tuple[Pair, ...]

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def name(self) -> str:
        """The data set's name."""
        return self.card.name

    @property
    def quantity(self) -> Quantity:
        """``Quantity.DEPTH`` (metres) or ``Quantity.DISPARITY`` (grey levels or pixels)."""
        return self.card.quantity

    @property
    def intrinsics(self) -> Intrinsics | None:
        """The colour camera, if the card states it."""
        return self.card.intrinsics

    @property
    def distortion(self) -> tuple[float, ...] | None:
        """plumb_bob coefficients, if the card states them."""
        return self.card.distortion

    @property
    def crop_border_px(self) -> int:
        """Pixels that the usual protocol drops on each side before any metric."""
        return self.card.crop_border_px

    @property
    def split(self) -> str:
        """``train``, ``eval`` or ``demo``."""
        return self.card.split

    @property
    def licence(self) -> str:
        """What the data's owner allows."""
        return self.card.licence

    @property
    def validation(self) -> tuple[str, ...]:
        """Names of the pairs that are held out of training."""
        return self.card.validation

    @property
    def names(self) -> tuple[str, ...]:
        """The pairs' names, in order."""
        return tuple(pair.name for pair in self.pairs)

    def load(self, index: int) -> FolderSample:
        """Decode pair ``index``.

        Raises:
            DatasetError: an image cannot be decoded, the two differ in size, or the depth
                holds NaN or not one valid pixel.
        """
        pair = self.pairs[index]
        rgb = read_rgb(pair.rgb)
        stored = read_image(pair.depth)
        if stored.ndim != 2:
            raise DatasetError(f"{pair.depth}: depth needs one channel, found {stored.shape[2]}")
        if stored.shape != rgb.shape[:2]:
            raise DatasetError(
                f"{pair.depth}: depth is {_size(stored)}, its colour image {pair.rgb.name} is "
                f"{_size(rgb)}; they must agree"
            )
        depth, valid = _to_depth(stored, self.card, pair.depth)
        return FolderSample(pair.name, rgb, depth, valid, pair.rgb_stamp_ns, pair.depth_stamp_ns)

    def noisy_low_resolution(self, index: int, scale: int) -> NDArray[np.float32] | None:
        """The stored noisy (h, w) low-resolution depth of pair ``index``, if the card has one.

        Raises:
            DatasetError: the card promises the file and it is not there.
        """
        pattern = self.card.noisy_low_resolution
        if pattern is None:
            return None
        relative = pattern.replace("xS", f"x{scale}").replace("NAME", self.pairs[index].name)
        path = self.path / relative
        return _to_depth(read_image(path), self.card, path)[0]

    def clean_depth(self, index: int) -> NDArray[np.float32] | None:
        """The noise-free (H, W) depth of pair ``index``, 0 where invalid, if the card has one.

        Raises:
            DatasetError: the card promises the file and it is not there.
        """
        if self.card.clean_depth is None:
            return None
        path = self.path / self.card.clean_depth / self.pairs[index].depth.name
        return _to_depth(read_image(path), self.card, path)[0]


def open_folder(path: Path) -> RgbdFolder:
    """Read ``path/dataset.yaml`` and list the pairs; no image is decoded yet.

    The pairs are rgb/ and depth/ files of equal stem, or the lines of the file that the card
    names under ``pairs``.

    Raises:
        DatasetError: the card is missing or wrong, or a file lacks its partner.
    """
    card = read_card(path)
    return RgbdFolder(path=path, card=card, pairs=tuple(list_pairs(path, card.pairs)))


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
    """Any image as it is stored: (H, W) or (H, W, C) in blue, green, red order.

    Raises:
        DatasetError: it is missing or cannot be decoded.
    """
    if not path.is_file():
        raise DatasetError(f"{path}: no such file")
    stored = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if stored is None:
        raise DatasetError(f"{path}: not an image that can be decoded")
    return stored


def _to_depth(
    stored: NDArray[Any], card: DatasetCard, path: Path
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    if np.issubdtype(stored.dtype, np.floating) and np.isnan(stored).any():
        raise DatasetError(f"{path}: depth holds NaN; store the invalid value {card.invalid}")
    if card.invalid is None:
        valid = np.ones(stored.shape, dtype=np.bool_)
    else:
        valid = np.asarray(stored != card.invalid)
    if card.quantity is Quantity.DEPTH:
        # No point lies in the camera itself, so 0 m is a hole whatever the card says.
        valid &= np.asarray(stored > 0)
    if not valid.any():
        raise DatasetError(f"{path}: not one valid pixel")
    return np.where(valid, stored.astype(np.float32) * np.float32(card.stored_unit), 0), valid


def _size(image: NDArray[Any]) -> str:
    return f"{image.shape[1]}x{image.shape[0]}"
