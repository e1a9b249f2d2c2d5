"""What happens to the depth of each frame before the network sees it, and a line about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import torch
from torch import Tensor

from bridgenet_ros.calibration import Calibration
from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import FloatArray, RgbdFrame, Rig
from bridgenet_ros.registration.lens import lens_of
from bridgenet_ros.registration.projection import DepthProjector
from bridgenet_ros.registration.reduction import BlockReducer, DotReducer
from bridgenet_ros.registration.shape import Kind, Shape, find_shape

FIRST_FRAMES = 5
CHECK_EVERY = 100
"""The shape is looked for in the first frames, then in one of so many."""

Place: TypeAlias = Callable[[Tensor], Tensor]
"""Depth as it came, (h, w) metres with 0 where invalid, to the low-resolution grid."""


class Placement(NamedTuple):
    """How one frame's depth comes to the network's grid."""

    place: Place | None
    """None: depth lies on it already."""
    text: str
    """What was found and what is done, for logs and diagnostics."""


class Registrar:
    """Chooses the placement of every frame; tables are made once and kept until something changes.

    One thread at a time.

    Args:
        device: where the placements run.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._seen: tuple[tuple[int, ...], int] = ((), 0)
        self._shape: Shape | None = None
        self._key: object = None
        self._kept = Placement(None, "")

    def placement(
        self, frame: RgbdFrame, depth_m: FloatArray, *, find_grid: bool, unit_m: float
    ) -> Placement:
        """How to place a frame.

        Args:
            frame: with a rig where depth must be projected.
            depth_m: its depth in metres, 0 where invalid.
            find_grid: look for sparse dots and copied blocks.
            unit_m: the step in which depth was recorded, metres.

        Raises:
            FrameError: ``calibration``, the rig does not fit the images or cannot be used.
        """
        size = depth_m.shape
        if frame.rig is not None:
            rig, color = frame.rig, frame.rgb.shape[:2]
            return self._keep((rig, size, color), lambda: self._project(frame, rig))
        native = Placement(None, f"native {size[1]}x{size[0]} in the colour view")
        if not find_grid or size != frame.rgb.shape[:2]:
            return native
        shape = self._watch(depth_m, unit_m)
        if shape is None or shape.kind is Kind.DENSE:
            return native
        return self._keep((shape, size), lambda: self._reduce(shape, size))

    def _keep(self, key: object, make: Callable[[], Placement]) -> Placement:
        if key != self._key:
            self._kept, self._key = make(), key
            if self._device.type == "cuda":  # the tables are read in other streams
                torch.cuda.synchronize(self._device)
        return self._kept

    def _watch(self, depth_m: FloatArray, unit_m: float) -> Shape | None:
        size, count = self._seen
        if size != depth_m.shape:
            size, count, self._shape = depth_m.shape, 0, None
        if count < FIRST_FRAMES or count % CHECK_EVERY == 0:
            # A frame that cannot tell leaves what an earlier one told.
            self._shape = find_shape(depth_m, unit_m) or self._shape
        self._seen = (size, count + 1)
        return self._shape

    def _reduce(self, shape: Shape, size: tuple[int, ...]) -> Placement:
        reducer = DotReducer if shape.kind is Kind.SPARSE else BlockReducer
        height, width = size
        place = reducer((height, width), shape.grid, self._device)
        rows, columns = shape.grid
        return Placement(place, f"{shape.kind.value}, {shape.why}: taken as {columns}x{rows}")

    def _project(self, frame: RgbdFrame, rig: Rig) -> Placement:
        color_size, depth_size = _size_of(rig.color), _size_of(rig.depth)
        for name, size, array in (
            ("colour", color_size, frame.rgb),
            ("depth", depth_size, frame.depth),
        ):
            if size != array.shape[:2]:
                raise FrameError(
                    "calibration",
                    f"{name} is {array.shape[1]}x{array.shape[0]}, its calibration for "
                    f"{size[1]}x{size[0]}; expected one size",
                )
        projector = DepthProjector(
            depth=lens_of(rig.depth),
            depth_size=depth_size,
            color=lens_of(rig.color),
            color_size=color_size,
            depth_to_color=rig.depth_to_color,
            device=self._device,
        )
        rows, columns = projector.grid
        text = (
            f"own frame {frame.depth_frame_id!r}, {depth_size[1]}x{depth_size[0]}: projected to "
            f"{columns}x{rows} of the colour view, extrinsics from {rig.source}"
        )
        return Placement(projector, text)


def _size_of(calibration: Calibration) -> tuple[int, int]:
    return calibration.height, calibration.width
