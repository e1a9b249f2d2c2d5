"""A ring of buffers, each owned by one frame from submit to collect."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from bridgenet_ros.errors import EngineError
from bridgenet_ros.frame import FloatArray, UInt8Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """The sizes that a slot is allocated for: colour (H, W) and depth (h, w)."""

    color: tuple[int, int]
    depth: tuple[int, int]


class Slot:
    """The host and device buffers of one frame in flight.

    The host side is page-locked on CUDA, so that copies run beside the computation. On the CPU
    host and device are the same memory and uploading copies nothing.
    """

    def __init__(self, shapes: Shapes, device: torch.device) -> None:
        pinned = device.type == "cuda"
        self.shapes = shapes
        self.host_rgb = torch.empty((*shapes.color, 3), dtype=torch.uint8, pin_memory=pinned)
        self.host_depth = torch.empty(shapes.depth, dtype=torch.float32, pin_memory=pinned)
        self.rgb = torch.empty_like(self.host_rgb, device=device) if pinned else self.host_rgb
        self.depth = torch.empty_like(self.host_depth, device=device) if pinned else self.host_depth
        self.host_sr = torch.empty(shapes.color, dtype=torch.float32, pin_memory=pinned)
        self.host_mde = torch.empty(shapes.color, dtype=torch.float32, pin_memory=pinned)

    def stage(self, rgb: UInt8Array, depth_m: FloatArray) -> None:
        """Copy a frame into the host buffers; the caller's arrays are free afterwards."""
        np.copyto(self.host_rgb.numpy(), rgb)
        np.copyto(self.host_depth.numpy(), depth_m)

    def upload(self) -> None:
        """Host to device, in the current lane."""
        if self.rgb is not self.host_rgb:
            self.rgb.copy_(self.host_rgb, non_blocking=True)
            self.depth.copy_(self.host_depth, non_blocking=True)

    def download(self, sr_m: Tensor, mde_m: Tensor | None) -> None:
        """Device to host, in the current lane."""
        self.host_sr.copy_(sr_m, non_blocking=True)
        if mde_m is not None:
            self.host_mde.copy_(mde_m, non_blocking=True)


class Ring:
    """A fixed number of slots; a slot is free or owned by one ticket."""

    def __init__(self, device: torch.device, slots: int) -> None:
        self._device = device
        self._count = slots
        self._free: deque[Slot | None] = deque([None] * slots)

    def acquire(self, shapes: Shapes) -> Slot:
        """A free slot of this size; allocated at its first use and after a change of size.

        Raises:
            EngineError: every slot is in flight.
        """
        if not self._free:
            raise EngineError(f"all {self._count} frames are in flight; collect one first")
        slot = self._free.popleft()
        if slot is not None and slot.shapes == shapes:
            return slot
        return Slot(shapes, self._device)

    def release(self, slot: Slot) -> None:
        """Give a slot back."""
        self._free.append(slot)
