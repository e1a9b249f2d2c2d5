"""The three lanes of a frame: copy in, compute, copy out.

On CUDA each lane is a stream and frames overlap; on the CPU every lane is the calling thread
and the waits do nothing, so that one engine serves both.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Protocol

import torch


class Marker(Protocol):
    """A point in a lane that other lanes and the host can wait for."""

    def wait(self) -> None:
        """Block the host until the point has been reached."""
        ...


class Lanes(Protocol):
    """What the engine needs of a device."""

    def copy_in(self) -> AbstractContextManager[object]:
        """Work issued inside runs in the copy-in lane."""
        ...

    def compute(self) -> AbstractContextManager[object]:
        """Work issued inside runs in the compute lane, after the copy-in issued before."""
        ...

    def copy_out(self) -> AbstractContextManager[object]:
        """Work issued inside runs in the copy-out lane, after the compute issued before."""
        ...

    def mark(self) -> Marker:
        """The present end of the copy-out lane."""
        ...

    def synchronize(self) -> None:
        """Block the host until every lane is idle."""
        ...

    def free_memory(self) -> None:
        """Give memory that nothing uses any more back to the device."""
        ...


class CpuMarker:
    """Already reached: CPU work is done when the call returns."""

    def wait(self) -> None:
        """Return at once."""


class CpuLanes:
    """Every lane is the calling thread."""

    def copy_in(self) -> AbstractContextManager[object]:
        """The calling thread."""
        return nullcontext()

    def compute(self) -> AbstractContextManager[object]:
        """The calling thread."""
        return nullcontext()

    def copy_out(self) -> AbstractContextManager[object]:
        """The calling thread."""
        return nullcontext()

    def mark(self) -> Marker:
        """A marker that is already reached."""
        return CpuMarker()

    def synchronize(self) -> None:
        """Return at once."""

    def free_memory(self) -> None:
        """Nothing: the allocator gives it back by itself."""


class CudaMarker:
    """A recorded event."""

    def __init__(self, event: torch.cuda.Event) -> None:
        self._event = event

    def wait(self) -> None:
        """Block the host until the event has happened."""
        self._event.synchronize()


class CudaLanes:
    """One stream a lane, ordered by events."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._in = torch.cuda.Stream(device)
        self._compute = torch.cuda.Stream(device)
        self._out = torch.cuda.Stream(device)

    def copy_in(self) -> AbstractContextManager[object]:
        """The copy-in stream."""
        return torch.cuda.stream(self._in)

    def compute(self) -> AbstractContextManager[object]:
        """The compute stream, after what was copied in."""
        self._compute.wait_stream(self._in)
        return torch.cuda.stream(self._compute)

    def copy_out(self) -> AbstractContextManager[object]:
        """The copy-out stream, after what was computed."""
        self._out.wait_stream(self._compute)
        return torch.cuda.stream(self._out)

    def mark(self) -> Marker:
        """An event at the end of the copy-out stream."""
        # Blocking: a host that spins while it waits takes a core from the rest of the robot.
        event = torch.cuda.Event(blocking=True)
        event.record(self._out)
        return CudaMarker(event)

    def synchronize(self) -> None:
        """Wait for the device."""
        torch.cuda.synchronize(self._device)

    def free_memory(self) -> None:
        """Empty the caching allocator, unless the device is gone."""
        with suppress(RuntimeError):
            torch.cuda.empty_cache()


def lanes_for(device: torch.device) -> Lanes:
    """CUDA streams on a GPU, no-ops elsewhere."""
    return CudaLanes(device) if device.type == "cuda" else CpuLanes()


def is_integrated(device: torch.device) -> bool:
    """Whether this is a GPU that shares the CPU's memory, as Jetson's does."""
    return device.type == "cuda" and bool(torch.cuda.get_device_properties(device).is_integrated)
