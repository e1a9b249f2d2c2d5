"""Depth at the centres of cells, from measurements that lie beside them.

Each cell takes the plane of its measurement, and the depth at which the ray through the cell's
centre meets it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from bridgenet_ros.registration.lens import Lens
from bridgenet_ros.registration.padded import Padded, PaddedImage
from bridgenet_ros.registration.planes import Planes
from bridgenet_ros.registration.scratch import Scratch
from bridgenet_ros.rigid_transform import RigidTransform


class Surface:
    """Evaluates the planes of a depth image at rays of another camera.

    Args:
        rays: x and y of every depth pixel at z = 1, (pixels,) float64; NaN where there is none.
        padded: layout of the depth image.
        depth: the depth lens.
        centres: x and y of the cells' centres for the colour camera, float64, any shape.
        depth_to_color: where the cameras stand.
        scratch: to work in.
        device: of the tables and the depth images.
    """

    def __init__(
        self,
        rays: tuple[Tensor, Tensor],
        padded: Padded,
        depth: Lens,
        centres: tuple[Tensor, Tensor],
        depth_to_color: RigidTransform,
        scratch: Scratch,
        device: torch.device,
    ) -> None:
        self._planes = Planes(rays, padded, depth, scratch, device)
        scale = torch.tensor([*self._planes.scale, 1.0], dtype=torch.float64)
        back = depth_to_color.inverse()
        seen = torch.stack([c.flatten() for c in (*centres, torch.ones_like(centres[0]))])
        turned = torch.from_numpy(back.matrix) @ seen * scale[:, None]
        self._turned = turned.to(device, torch.float32)
        origin = torch.tensor(back.translation, dtype=torch.float64) * scale
        self._origin = [float(value) for value in origin]
        self._spare = scratch.images(4, turned.shape[1])
        self._near = torch.empty(turned.shape[1], device=device)

    def __call__(self, inverse: PaddedImage, winners: Tensor) -> Tensor:
        """Inverse depth in the colour view, which the next call overwrites.

        Args:
            inverse: the inverse of depth, 1/m, 0 where invalid.
            winners: (cells,) int64, index of each cell's measurement, 0 for none.

        Returns:
            (cells,) float32, 1/m; 0 where there is none.
        """
        plane, below, above = self._spare[:3], self._spare[3], self._near
        for values, own in zip(self._planes(inverse), plane, strict=True):
            torch.index_select(values, 0, winners, out=own)
        # Points of a ray are depth * turned + origin in the depth view.
        torch.mul(plane[0], self._turned[0], out=above).addcmul_(plane[1], self._turned[1])
        above.addcmul_(plane[2], self._turned[2])
        torch.mul(plane[0], -self._origin[0], out=below).sub_(plane[1], alpha=self._origin[1])
        below.sub_(plane[2], alpha=self._origin[2]).add_(1)
        return above.div_(below).nan_to_num_(0.0, 0.0, 0.0).clamp_min_(0)
