"""A ring of buffers, each owned by one frame from submit to collect."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from bridgenet_ros.errors import EngineError
from bridgenet_ros.frame import DepthArray, UInt8Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """What a slot is allocated for: colour (H, W), depth (h, w)."""

    color: tuple[int, int]
    depth: tuple[int, int]
    units: bool = False
    """Depth is uint16 units, not float32 metres."""


class Slot:
    """The host and device buffers of one frame in flight.

    The host side is page-locked on CUDA, so that copies run beside the computation. On the CPU
    host and device are the same memory and uploading copies nothing; so it is where ``mapped``.

    Args:
        shapes: of the frames.
        device: where the network runs.
        mapped: the device reads the host side in place. Only for a GPU that shares the CPU's
            memory, as Jetson's does; over a bus it would read each pixel many times.
    """

    def __init__(self, shapes: Shapes, device: torch.device, *, mapped: bool = False) -> None:
        pinned = device.type == "cuda"
        self.shapes = shapes
        depth_type = torch.int16 if shapes.units else torch.float32
        self.host_rgb = torch.empty((*shapes.color, 3), dtype=torch.uint8, pin_memory=pinned)
        self.host_depth = torch.empty(shapes.depth, dtype=depth_type, pin_memory=pinned)
        self.rgb = _on_device(self.host_rgb, device, mapped=mapped)
        self.depth = _on_device(self.host_depth, device, mapped=mapped)
        self.host_sr = torch.empty(shapes.color, dtype=torch.float32, pin_memory=pinned)
        self.host_mde = torch.empty(shapes.color, dtype=torch.float32, pin_memory=pinned)
        self._uploads = pinned and not mapped

    def stage(self, rgb: UInt8Array, depth: DepthArray) -> None:
        """Copy a frame into the host buffers; the caller's arrays are free afterwards."""
        host_depth = self.host_depth.numpy()
        np.copyto(self.host_rgb.numpy(), rgb)
        np.copyto(host_depth.view(np.uint16) if self.shapes.units else host_depth, depth)

    def upload(self) -> None:
        """Host to device, in the current lane."""
        if self._uploads:
            self.rgb.copy_(self.host_rgb, non_blocking=True)
            self.depth.copy_(self.host_depth, non_blocking=True)

    def download(self, sr_m: Tensor, mde_m: Tensor | None) -> None:
        """Device to host, in the current lane."""
        self.host_sr.copy_(sr_m, non_blocking=True)
        if mde_m is not None:
            self.host_mde.copy_(mde_m, non_blocking=True)


def _on_device(host: Tensor, device: torch.device, *, mapped: bool) -> Tensor:
    if device.type == "cpu":
        return host
    if mapped:
        return torch.as_tensor(_Mapped(host), device=device)
    return torch.empty_like(host, device=device)


class _Mapped:
    """Page-locked memory as a device sees it: under unified addressing, at the same address.

    torch keeps this object, and so the memory, as long as the tensor that it makes of it.
    """

    def __init__(self, host: Tensor) -> None:
        self._host = host
        self.__cuda_array_interface__ = {
            "shape": tuple(host.shape),
            "typestr": host.numpy().dtype.str,
            "data": (host.data_ptr(), False),
            "version": 3,
        }


class Ring:
    """A fixed number of slots; a slot is free or owned by one ticket."""

    def __init__(self, device: torch.device, slots: int, *, mapped: bool = False) -> None:
        self._device = device
        self._count = slots
        self._mapped = mapped
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
        try:
            return Slot(shapes, self._device, mapped=self._mapped)
        except (RuntimeError, MemoryError):
            self._free.append(None)
            raise

    def release(self, slot: Slot) -> None:
        """Give a slot back."""
        self._free.append(slot)
