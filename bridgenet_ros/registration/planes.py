"""Planes of a depth image: at every pixel, the one through it and its neighbours on its surface.

On a plane the inverse of depth is a linear function of image position, in any view.
"""

from __future__ import annotations

import torch
from torch import Tensor

from bridgenet_ros.registration.lens import Lens
from bridgenet_ros.registration.padded import Padded, PaddedImage
from bridgenet_ros.registration.scratch import Scratch

STEP = 0.05
"""Relative change of depth between neighbours from which on they are two surfaces."""
AGREE = 0.003
"""Slopes to either side that differ by less, relative to depth, are one slope: their mean."""


class Planes:
    """Fits planes to depth images.

    Args:
        rays: x and y of every depth pixel at z = 1, (pixels,) float64; NaN where there is none.
        padded: layout of the depth image.
        lens: the depth lens.
        scratch: to work in.
        device: of the tables and the depth images.
    """

    def __init__(
        self,
        rays: tuple[Tensor, Tensor],
        padded: Padded,
        lens: Lens,
        scratch: Scratch,
        device: torch.device,
    ) -> None:
        # Slopes are changes over two pixels, from neighbour to neighbour, so rays are too.
        self.scale = (lens.fx / 2, lens.fy / 2)
        offsets = torch.stack([ray * by for ray, by in zip(rays, self.scale, strict=True)])
        offsets.nan_to_num_(0.0)
        self._offsets = offsets.to(device, torch.float32)
        self._stretch = _stretch(2 * offsets, padded).to(device) if lens.distortion else None
        self._bends = scratch.images(2, padded.count)
        self._spare = scratch.images(2, padded.count, skip=2)
        self._depth = scratch.images(1, padded.count, skip=4)[0]
        self._planes = torch.empty((3, padded.count), device=device)

    def __call__(self, inverse: PaddedImage) -> Tensor:
        """The planes of a frame, which the next call overwrites.

        Args:
            inverse: the inverse of depth, 1/m, 0 where invalid.

        Returns:
            (3, pixels) float32 a, b and c of the plane a x + b y + c z = 1 through points
            (x, y, z) whose x and y were multiplied by `scale`; NaN where depth is invalid.
        """
        across, down, along = self._planes
        self._relative_slopes(inverse).mul_(inverse.flat)
        torch.addcmul(inverse.flat, across, self._offsets[0], value=-1, out=along)
        along.addcmul_(down, self._offsets[1], value=-1)
        return self._planes

    def _relative_slopes(self, inverse: PaddedImage) -> Tensor:
        """(2, pixels) relative change of inverse depth over two pixels, across and down.

        That is twice the smaller change of both sides, since the larger may lead to another
        surface; their sum where they agree; none where both leave the surface.
        """
        slopes, bends, spare = self._planes[:2], self._bends, self._spare
        # Infinite where there is no measurement, which turns all that follows into NaN.
        depth = torch.reciprocal(inverse.flat, out=self._depth)
        for axis, step in enumerate((1, inverse.row)):
            ahead, behind = inverse.shifted(step), inverse.shifted(-step)
            torch.sub(ahead, behind, out=slopes[axis])
            torch.add(ahead, behind, out=bends[axis])
        slopes.mul_(depth)
        bends.mul_(depth).sub_(2)
        torch.hardshrink(bends, AGREE, out=spare)
        slopes.addcmul_(torch.sign(slopes, out=bends), spare.abs_(), value=-1)
        slopes.sub_(torch.hardshrink(slopes, 2 * STEP, out=spare))
        return slopes if self._stretch is None else slopes.mul_(self._stretch)


def _stretch(offsets: Tensor, padded: Padded) -> Tensor:
    """How many pixels of a plain pinhole a pixel of a distorted image spans, both ways, inverted.

    Args:
        offsets: (2, pixels) rays in pixels of a plain pinhole.
        padded: layout of the image.

    Returns:
        (2, pixels) float32.
    """
    offsets = offsets.view(2, padded.rows, padded.columns)
    across = (offsets[0, 1:-1, 2:] - offsets[0, 1:-1, :-2]) / 2
    down = (offsets[1, 2:, 1:-1] - offsets[1, :-2, 1:-1]) / 2
    inner = torch.stack([across, down])
    # The border holds no rays: its neighbours take the span of the next pixel inside.
    inner[0, :, [0, -1]] = inner[0, :, [1, -2]]
    inner[1, [0, -1], :] = inner[1, [1, -2], :]
    spans = torch.ones_like(offsets)
    spans[:, 1:-1, 1:-1] = inner.clamp(0.1, 10.0)
    return (1 / spans).float().flatten(1)
