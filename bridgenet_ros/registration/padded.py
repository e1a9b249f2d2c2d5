"""Images as flat arrays with a border of one pixel."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from bridgenet_ros.errors import FrameError

_MOST_PIXELS = 1 << 24
"""Indices are computed as float32, which holds every whole number up to here."""


class Padded:
    """The layout: row by row, a border of one pixel around the image; index 0 lies in the border.

    Args:
        size: rows and columns of the image.

    Raises:
        FrameError: ``size``, more than 16 million pixels.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self.rows, self.columns = size[0] + 2, size[1] + 2
        self.count = self.rows * self.columns
        if self.count > _MOST_PIXELS:
            raise FrameError(
                "size", f"image is {size[1]}x{size[0]}; expected at most {_MOST_PIXELS} pixels"
            )

    def inner(self, flat: Tensor) -> Tensor:
        """The image within a flat array (pixels,), as a view (h, w)."""
        return flat.view(self.rows, self.columns)[1:-1, 1:-1]

    @staticmethod
    def around(image: Tensor, border: float) -> Tensor:
        """A flat copy of an image (h, w) with a border of one value."""
        return F.pad(image, (1, 1, 1, 1), value=border).flatten()


class PaddedImage:
    """A buffer for one image after another, 0 in the border.

    Args:
        padded: its layout.
        device: where it lies.
    """

    def __init__(self, padded: Padded, device: torch.device) -> None:
        # A row before and after, so that every neighbour of every index lies inside.
        self._values = torch.zeros(padded.count + 2 * padded.columns, device=device)
        self._padded = padded
        self.flat = self.shifted(0)
        self.inner = padded.inner(self.flat)

    @property
    def row(self) -> int:
        """Step of the index from one row to the next."""
        return self._padded.columns

    def shifted(self, by: int) -> Tensor:
        """The flat array as seen from ``by`` pixels away, at most a row."""
        start = self._padded.columns + by
        return self._values[start : start + self._padded.count]
