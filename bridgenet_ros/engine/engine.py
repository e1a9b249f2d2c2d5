"""Runs a `Program`: submit a frame, collect its depth later, in the same order."""

from __future__ import annotations

import logging
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

import numpy as np
import torch

from bridgenet_ros.depth_units import DepthUnits
from bridgenet_ros.engine.buffers import Ring, Shapes, Slot
from bridgenet_ros.engine.failure import engine_error
from bridgenet_ros.engine.program import Program, ProgramOutput
from bridgenet_ros.engine.streams import Lanes, Marker, is_integrated, lanes_for
from bridgenet_ros.errors import EngineError, FrameError
from bridgenet_ros.frame import DepthArray, FloatArray, UInt8Array

_LOG = logging.getLogger(__name__)

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
    takes_units: bool
    """Whether uint16 depth is better handed over as it is than as metres."""
    overlaps: bool
    """Whether `submit` returns before the frame is computed."""

    def submit(
        self,
        rgb: UInt8Array,
        depth: DepthArray,
        *,
        estimate: bool,
        fill_holes: bool,
        units: DepthUnits | None = None,
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
    """Runs a program on the CPU or one GPU, several frames in flight.

    Ownership: `submit` copies the frame into a slot of the ring; the slot belongs to the ticket
    until `collect`, which copies the result out and frees it. On a GPU each frame uploads,
    computes and downloads in three streams, so that the copies of its neighbours run beside its
    computation; `submit` waits for none of them. Not thread-safe: one worker owns the engine.

    Args:
        program: on the device, in eval mode.
        device: the CPU or one GPU.
        slots: frames in flight.
        lanes: where work is issued; the device's own by default.
        max_pixels: of colour; a larger image is refused. None: no limit.
    """

    def __init__(
        self,
        program: Program,
        device: torch.device,
        slots: int = DEFAULT_SLOTS,
        *,
        lanes: Lanes | None = None,
        max_pixels: int | None = None,
    ) -> None:
        self.device_name = str(device)
        # Half the bytes cross the bus; on the CPU there is no bus.
        self.takes_units = self.overlaps = device.type != "cpu"
        self._device = device
        self._program: Program | None = program
        self._lanes = lanes_for(device) if lanes is None else lanes
        self._ring = Ring(device, slots, mapped=is_integrated(device))
        self._in_flight: deque[Ticket] = deque()
        self._max_pixels = max_pixels

    def submit(
        self,
        rgb: UInt8Array,
        depth: DepthArray,
        *,
        estimate: bool,
        fill_holes: bool,
        units: DepthUnits | None = None,
    ) -> Ticket:
        """See `Engine.submit`.

        Args:
            rgb: (H, W, 3) uint8.
            depth: (h, w) float32 metres, 0 where invalid; or uint16 of ``units``.
            estimate: also compute D_DE.
            fill_holes: keep depth where the sensor measured nothing.
            units: what uint16 depth means.

        Raises:
            FrameError: ``size``, colour is larger than there is memory for.
            EngineError: the engine is closed, too many frames are in flight, depth and units do
                not go together, or the network failed.
        """
        program = self._open_program()
        started = perf_counter()
        self._check(rgb, depth, units)
        shapes = Shapes(color=rgb.shape[:2], depth=depth.shape, units=units is not None)
        with ExitStack() as on_error:
            try:
                slot = self._ring.acquire(shapes)
                on_error.callback(self._ring.release, slot)
                slot.stage(rgb, depth)
                with self._lanes.copy_in():
                    slot.upload()
                with self._lanes.compute():
                    output = program(
                        slot.rgb, slot.depth, estimate=estimate, fill_holes=fill_holes, units=units
                    )
                with self._lanes.copy_out():
                    slot.download(output.sr_m, output.mde_m)
                done = self._lanes.mark()
            except (RuntimeError, MemoryError) as error:
                raise self._failed(error) from error
            on_error.pop_all()
        ticket = Ticket(slot, done, started, output)
        self._in_flight.append(ticket)
        return ticket

    def collect(self, ticket: Ticket) -> EngineOutput:
        """See `Engine.collect`.

        Raises:
            EngineError: the engine is closed, the ticket is not the oldest in flight, or the
                device failed.
        """
        self._open_program()
        if not self._in_flight or self._in_flight[0] is not ticket:
            raise EngineError("collect takes the oldest frame in flight, each once")
        self._in_flight.popleft()
        estimated = ticket.output.mde_m is not None
        try:
            ticket.done.wait()
            return EngineOutput(
                sr_m=ticket.slot.host_sr.numpy().copy(),
                mde_m=ticket.slot.host_mde.numpy().copy() if estimated else None,
                elapsed_ms=(perf_counter() - ticket.submitted_s) * 1e3,
            )
        except (RuntimeError, MemoryError) as error:
            raise self._failed(error) from error
        finally:
            self._ring.release(ticket.slot)

    def close(self) -> None:
        """See `Engine.close`; tickets that were not collected are lost. May be called twice."""
        try:
            self._lanes.synchronize()
        except RuntimeError as error:  # a device that has failed has nothing left to wait for
            _LOG.warning("closing: %s", engine_error(error, self.device_name))
        self._in_flight.clear()
        self._ring = Ring(self._device, 0)
        self._program = None
        self._lanes.free_memory()

    def _failed(self, error: Exception) -> EngineError:
        told = engine_error(error, self.device_name)
        if told.reason == "memory":  # a smaller image may fit what the large one has left behind
            self._lanes.free_memory()
        return told

    def _check(self, rgb: UInt8Array, depth: DepthArray, units: DepthUnits | None) -> None:
        if (depth.dtype == np.uint16) != (units is not None):
            raise EngineError(
                f"depth is {depth.dtype} and units are {units}; expected uint16 with units or "
                "float32 metres without"
            )
        height, width = rgb.shape[:2]
        if self._max_pixels is not None and height * width > self._max_pixels:
            raise FrameError(
                "size",
                f"colour {width}x{height} needs more memory than {self.device_name} has; "
                f"expected at most {self._max_pixels / 1e6:.1f} megapixels with this preset",
            )

    def _open_program(self) -> Program:
        if self._program is None:
            raise EngineError("the engine is closed; build a new one")
        return self._program
