"""Runs a `DepthProgram`: submit a frame, collect its depth later, in the same order."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

import torch
from torch import Tensor

from bridgenet_ros.engine.buffers import Ring, Shapes, Slot
from bridgenet_ros.engine.program import DepthProgram
from bridgenet_ros.engine.streams import Marker, lanes_for
from bridgenet_ros.errors import EngineError
from bridgenet_ros.frame import FloatArray, UInt8Array

DEFAULT_SLOTS = 3
"""One frame uploading, one computing, one downloading."""


@dataclass(frozen=True, slots=True, eq=False)
class Ticket:
    """A frame in flight; hand it to `Engine.collect` once."""

    slot: Slot
    ring: Ring
    done: Marker
    estimate: bool
    submitted_s: float
    keep_alive: tuple[Tensor | None, ...]
    """The program's outputs: their memory must outlive the copies that read it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EngineOutput:
    """Depth of one frame; the arrays belong to the receiver."""

    sr_m: FloatArray
    mde_m: FloatArray | None
    elapsed_ms: float


class Engine(Protocol):
    """The seam between the pipeline and whatever runs the network."""

    device_name: str

    def submit(
        self, rgb: UInt8Array, depth_m: FloatArray, *, estimate: bool, fill_holes: bool
    ) -> Ticket:
        """Take a frame; the arrays are free when the call returns."""
        ...

    def collect(self, ticket: Ticket) -> EngineOutput:
        """Wait for the frame and hand over its depth."""
        ...

    def close(self) -> None:
        """Finish what is in flight and free the device's memory."""
        ...


class TorchEngine:
    """Eager PyTorch on the CPU or one GPU.

    Ownership: `submit` copies the frame into a slot of the ring; the slot belongs to the ticket
    until `collect`, which copies the result out and frees it. Not thread-safe: one worker owns
    the engine.
    """

    def __init__(
        self, program: DepthProgram, device: torch.device, slots: int = DEFAULT_SLOTS
    ) -> None:
        self.device_name = str(device)
        self._device = device
        self._program: DepthProgram | None = program.to(device).eval()
        self._lanes = lanes_for(device)
        self._slots = slots
        self._ring: Ring | None = None
        self._in_flight: deque[Ticket] = deque()

    def submit(
        self, rgb: UInt8Array, depth_m: FloatArray, *, estimate: bool, fill_holes: bool
    ) -> Ticket:
        """See `Engine.submit`.

        Args:
            rgb: (H, W, 3) uint8.
            depth_m: (h, w) float32 metres, 0 where invalid.
            estimate: also compute D_DE.
            fill_holes: keep depth where the sensor measured nothing.

        Raises:
            EngineError: the engine is closed, or too many frames are in flight.
        """
        if self._program is None:
            raise EngineError("the engine is closed; build a new one")
        started = perf_counter()
        ring = self._ring_for(Shapes(color=rgb.shape[:2], depth=depth_m.shape))
        slot = ring.acquire()
        try:
            slot.stage(rgb, depth_m)
            with self._lanes.copy_in():
                slot.upload()
            with self._lanes.compute():
                output = self._program(
                    slot.rgb, slot.depth, estimate=estimate, fill_holes=fill_holes
                )
            with self._lanes.copy_out():
                slot.download(output.sr_m, output.mde_m)
        except (RuntimeError, MemoryError) as error:
            ring.release(slot)
            raise EngineError(f"the network failed on {self.device_name}: {error}") from error
        ticket = Ticket(slot, ring, self._lanes.mark(), estimate, started, tuple(output))
        self._in_flight.append(ticket)
        return ticket

    def collect(self, ticket: Ticket) -> EngineOutput:
        """See `Engine.collect`.

        Raises:
            EngineError: the ticket is not the oldest in flight.
        """
        if not self._in_flight or self._in_flight[0] is not ticket:
            raise EngineError("collect takes the oldest frame in flight, each once")
        self._in_flight.popleft()
        ticket.done.wait()
        output = EngineOutput(
            sr_m=ticket.slot.host_sr.numpy().copy(),
            mde_m=ticket.slot.host_mde.numpy().copy() if ticket.estimate else None,
            elapsed_ms=(perf_counter() - ticket.submitted_s) * 1e3,
        )
        ticket.ring.release(ticket.slot)
        return output

    def close(self) -> None:
        """See `Engine.close`; tickets that were not collected are lost. May be called twice."""
        self._lanes.synchronize()
        self._in_flight.clear()
        self._ring = None
        self._program = None
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _ring_for(self, shapes: Shapes) -> Ring:
        """The ring of this size; after a change of size, tickets keep the old one alive."""
        if self._ring is None or self._ring.shapes != shapes:
            self._ring = Ring(shapes, self._device, self._slots)
        return self._ring
