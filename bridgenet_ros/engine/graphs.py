"""Programs captured as CUDA graphs: one launch a frame in place of hundreds."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from bridgenet_ros.depth_units import DepthUnits
from bridgenet_ros.engine.lru import Lru
from bridgenet_ros.engine.program import Program, ProgramOutput

_LOG = logging.getLogger(__name__)

KEPT_GRAPHS = 4
"""Each keeps the memory of a whole frame; a stream with and without D_DE needs two."""
_REMEMBERED_SIZES = 16


class Recording(NamedTuple):
    """A captured program."""

    replay: Callable[[], None]
    output: ProgramOutput
    """Where each replay writes."""


class Recorder(Protocol):
    """Captures what a function launches."""

    def record(self, run: Callable[[], ProgramOutput]) -> Recording:
        """Capture without computing.

        Raises:
            RuntimeError: the function does something that cannot be captured.
        """
        ...


class CudaRecorder:
    """Captures in the current stream, which must not be the default one."""

    def record(self, run: Callable[[], ProgramOutput]) -> Recording:
        """See `Recorder.record`; waits until the device is idle."""
        graph = torch.cuda.CUDAGraph()
        # Other threads may use CUDA meanwhile; only this one is being captured.
        with torch.cuda.graph(
            graph, stream=torch.cuda.current_stream(), capture_error_mode="thread_local"
        ):
            output = run()
        return Recording(graph.replay, output)


class _Key(NamedTuple):
    color: tuple[int, ...]
    depth: tuple[int, ...]
    estimate: bool
    fill_holes: bool
    units: DepthUnits | None


class _Graph(NamedTuple):
    rgb: Tensor
    depth: Tensor
    recording: Recording


class GraphedProgram:
    """A program that captures itself for each kind of frame that comes twice.

    The first frame of a kind runs eagerly. So does the second, which warms this thread up, and
    its kind is captured after it; from the third on a replay copies the frame into the graph's
    own inputs and clones its outputs, so that a later frame cannot overwrite them while they are
    being copied out. A stream that never repeats a size is never captured. Where capturing fails
    the program stays eager.
    """

    def __init__(self, program: Program, recorder: Recorder) -> None:
        self._program = program
        self._recorder: Recorder | None = recorder
        self._seen: Lru[_Key, bool] = Lru(_REMEMBERED_SIZES)
        self._graphs: Lru[_Key, _Graph] = Lru(KEPT_GRAPHS)

    def __call__(
        self,
        rgb: Tensor,
        depth: Tensor,
        *,
        estimate: bool,
        fill_holes: bool,
        units: DepthUnits | None = None,
    ) -> ProgramOutput:
        """See `DepthProgram.forward`; in the lane that is captured."""
        key = _Key(tuple(rgb.shape), tuple(depth.shape), estimate, fill_holes, units)
        graph = self._graphs.get(key)
        if graph is not None:
            return _replay(graph, rgb, depth)
        run = partial(self._program, estimate=estimate, fill_holes=fill_holes, units=units)
        output = run(rgb, depth)
        if self._seen.get(key) and self._recorder is not None:
            self._capture(self._recorder, key, run, rgb.clone(), depth.clone())
        self._seen.put(key, True)
        return output

    def _capture(
        self,
        recorder: Recorder,
        key: _Key,
        run: Callable[[Tensor, Tensor], ProgramOutput],
        rgb: Tensor,
        depth: Tensor,
    ) -> None:
        try:
            recording = recorder.record(lambda: run(rgb, depth))
        except RuntimeError as error:
            self._recorder = None
            _LOG.warning("CUDA graphs are off, frames run eagerly: %s", error)
            return
        self._graphs.put(key, _Graph(rgb, depth, recording))


def _replay(graph: _Graph, rgb: Tensor, depth: Tensor) -> ProgramOutput:
    graph.rgb.copy_(rgb)
    graph.depth.copy_(depth)
    graph.recording.replay()
    sr_m, mde_m = graph.recording.output
    return ProgramOutput(sr_m.clone(), None if mde_m is None else mde_m.clone())
