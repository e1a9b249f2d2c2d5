"""One program serves until another, which takes long to make, is ready."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from bridgenet_ros.depth_units import DepthUnits
from bridgenet_ros.engine.program import Program, ProgramOutput


class Handover:
    """Runs ``fast`` for the sizes that are ``ready`` and ``meanwhile`` for all others.

    Args:
        fast: the better program.
        meanwhile: runs any size at once.
        ready: whether ``fast`` takes colour of this (H, W), with or without D_DE; never waits.
    """

    def __init__(
        self, fast: Program, meanwhile: Program, ready: Callable[[tuple[int, int], bool], bool]
    ) -> None:
        self._fast = fast
        self._meanwhile = meanwhile
        self._ready = ready

    def __call__(
        self,
        rgb: Tensor,
        depth: Tensor,
        *,
        estimate: bool,
        fill_holes: bool,
        units: DepthUnits | None = None,
    ) -> ProgramOutput:
        """See `DepthProgram.forward`."""
        size = (int(rgb.shape[0]), int(rgb.shape[1]))
        program = self._fast if self._ready(size, estimate) else self._meanwhile
        return program(rgb, depth, estimate=estimate, fill_holes=fill_holes, units=units)
