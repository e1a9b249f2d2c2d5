"""Runs a `DepthProgram`: submit a frame, collect its depth later, in the same order."""

from __future__ import annotations

from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

import torch

from bridgenet_ros.engine.buffers import Ring, Shapes, Slot
from bridgenet_ros.engine.program import DepthProgram, ProgramOutput
from bridgenet_ros.engine.streams import Marker, lanes_for
from bridgenet_ros.errors import EngineError
from bridgenet_ros.frame import FloatArray, UInt8Array

DEFAULT_SLOTS = 3
"""One frame uploading, one computing, one downloading."""


@dataclass(frozen=True, slots=True, eq=False)
class Ticket:
    """A frame in flight; hand it to `Engine.collect` once."""

    slot: Slot
    done: Marker
    submitted_s: float
    output: ProgramOutput
    """On the device; kept because its memory must outlive the copies that read it."""


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
        self._ring = Ring(device, slots)
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
            EngineError: the engine is closed, too many frames are in flight, or the network
                failed.
        """
        program = self._open_program()
        started = perf_counter()
        slot = self._ring.acquire(Shapes(color=rgb.shape[:2], depth=depth_m.shape))
        with ExitStack() as on_error:
            on_error.callback(self._ring.release, slot)
            try:
                slot.stage(rgb, depth_m)
                with self._lanes.copy_in():
                    slot.upload()
                with self._lanes.compute():
                    output = program(slot.rgb, slot.depth, estimate=estimate, fill_holes=fill_holes)
                with self._lanes.copy_out():
                    slot.download(output.sr_m, output.mde_m)
            except (RuntimeError, MemoryError) as error:
                raise EngineError(f"the network failed on {self.device_name}: {error}") from error
            on_error.pop_all()
        ticket = Ticket(slot, self._lanes.mark(), started, output)
        self._in_flight.append(ticket)
        return ticket

    def collect(self, ticket: Ticket) -> EngineOutput:
        """See `Engine.collect`.

        Raises:
            EngineError: the engine is closed, or the ticket is not the oldest in flight.
        """
        self._open_program()
        if not self._in_flight or self._in_flight[0] is not ticket:
            raise EngineError("collect takes the oldest frame in flight, each once")
        self._in_flight.popleft()
        ticket.done.wait()
        estimated = ticket.output.mde_m is not None
        output = EngineOutput(
            sr_m=ticket.slot.host_sr.numpy().copy(),
            mde_m=ticket.slot.host_mde.numpy().copy() if estimated else None,
            elapsed_ms=(perf_counter() - ticket.submitted_s) * 1e3,
        )
        self._ring.release(ticket.slot)
        return output

    def close(self) -> None:
        """See `Engine.close`; tickets that were not collected are lost. May be called twice."""
        self._lanes.synchronize()
        self._in_flight.clear()
        self._ring = Ring(self._device, 0)
        self._program = None
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _open_program(self) -> DepthProgram:
        if self._program is None:
            raise EngineError("the engine is closed; build a new one")
        return self._program
