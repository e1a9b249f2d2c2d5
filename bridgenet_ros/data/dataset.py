"""What every source of colour and depth pairs has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridgenet_ros.errors import DatasetError


class Quantity(Enum):
    """What a depth image's numbers measure."""

    DEPTH = "depth"
    """Metres along the optical axis."""
    DISPARITY = "disparity"
    """Grey levels or pixels of disparity: larger is nearer."""


VALUE_RANGES = {"m": 10.0, "grey": 255.0, "px": 256.0}
"""What a network sees as 1.0, by the unit of the data set; fixed, never taken from an image."""


class Intrinsics(NamedTuple):
    """Pinhole camera, pixels."""

    fx: float
    fy: float
    cx: float
    cy: float


@dataclass(frozen=True, kw_only=True, slots=True)
class DatasetCard:
    """What is true of every pair of a data set."""

    name: str
    quantity: Quantity
    unit: str
    """``m``, ``grey`` or ``px``: what a depth value is in."""
    stored_unit: float
    """Depth that one step of a whole-number code stands for, in ``unit``; training caches such
    codes, up to 65534. Where the source stores floats, which are in ``unit``, the step that they
    are rounded to."""
    crop_border_px: int = 0
    split: str
    """``train``, ``eval`` or ``demo``."""
    licence: str
    intrinsics: Intrinsics | None = None
    distortion: tuple[float, ...] | None = None
    validation: tuple[str, ...] = ()

    @property
    def value_range(self) -> float:
        """What a network sees as 1.0."""
        return VALUE_RANGES[self.unit]


class RgbdSample(NamedTuple):
    """One pair, decoded."""

    name: str
    rgb: NDArray[np.uint8]
    """(H, W, 3), red, green, blue."""
    depth: NDArray[np.float32]
    """(H, W): metres, grey levels or pixels of disparity; 0 where not valid."""
    valid: NDArray[np.bool_]
    """(H, W). Needed beside ``depth``: in hole-filled disparity, grey level 0 is a value."""
    stamp_ns: int | None = None
    """Time of the colour image, where it is known."""
    depth_stamp_ns: int | None = None
    """Time of the depth image, likewise."""


class RgbdDataset(ABC):
    """A checked list of pairs; `load` decodes one.

    Make it with `bridgenet_ros.open_dataset.open_dataset`.
    """

    path: Path
    """As it was opened, with the part after ``#``, if any."""
    card: DatasetCard

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The pairs' names, in order."""

    @abstractmethod
    def load(self, index: int) -> RgbdSample:
        """Decode pair ``index``.

        Raises:
            DatasetError: an image cannot be decoded, the two differ in size, or the depth
                holds NaN or not one valid pixel.
            BagError: a recording is damaged.
        """

    def load_stored(self, index: int) -> RgbdSample:
        """Decode pair ``index`` as an input to process: of any two sizes, valid or not.

        Raises:
            DatasetError: an image cannot be decoded, or the depth holds NaN.
            BagError: a recording is damaged.
        """
        return self.load(index)

    @abstractmethod
    def files(self, index: int) -> tuple[Path, ...]:
        """What pair ``index`` is read from; the depth's file is the last."""

    def noisy_low_resolution(self, index: int, scale: int) -> NDArray[np.float32] | None:
        """The stored noisy (h, w) low-resolution depth of pair ``index``, if there is one.

        Raises:
            DatasetError: the data set promises it and it is not there.
        """
        del index, scale
        return None

    def __len__(self) -> int:
        return len(self.names)

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
        """The colour camera, if it is known."""
        return self.card.intrinsics

    @property
    def distortion(self) -> tuple[float, ...] | None:
        """The camera's distortion coefficients, if they are known."""
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


def checked(sample: RgbdSample, where: object) -> RgbdSample:
    """The sample itself; ``where`` names its origin in a message.

    Raises:
        DatasetError: the two sizes differ, a valid depth is not finite, or none is valid.
    """
    if sample.depth.shape != sample.rgb.shape[:2]:
        raise DatasetError(
            f"{where}: depth is {size_text(sample.depth)}, its colour image is "
            f"{size_text(sample.rgb)}; they must agree"
        )
    if not np.isfinite(sample.depth[sample.valid]).all():
        raise DatasetError(f"{where}: depth holds NaN or infinity; expected finite numbers")
    require_valid(sample.valid, where)
    return sample


def require_valid(valid: NDArray[np.bool_], where: object) -> None:
    """Check that there is something to learn from or to measure.

    Raises:
        DatasetError: no pixel is valid.
    """
    if not valid.any():
        raise DatasetError(f"{where}: not one valid pixel of depth")


def size_text(image: NDArray[Any]) -> str:
    """Columns and rows, as in 640x480."""
    return f"{image.shape[1]}x{image.shape[0]}"
