"""What happens to the depth of each frame before the network sees it, and a line about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import torch
from torch import Tensor

from bridgenet_ros.calibration import Calibration
from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import DepthArray, FloatArray, RgbdFrame, Rig, UInt8Array
from bridgenet_ros.registration.lens import lens_of
from bridgenet_ros.registration.projection import DepthProjector
from bridgenet_ros.registration.reduction import BlockReducer, DotReducer
from bridgenet_ros.registration.shape import Kind, Shape, find_shape

FIRST_FRAMES = 5
CHECK_EVERY = 100
"""The shape is looked for in the first frames, then in one of so many."""

Size: TypeAlias = tuple[int, int]
Place: TypeAlias = Callable[[Tensor], Tensor]
"""Depth as it came, (h, w) metres with 0 where invalid, to the low-resolution grid."""


class Registered(NamedTuple):
    """Depth on a regular grid over the colour view."""

    depth_m: FloatArray
    """(h, w) metres, 0 where invalid."""
    text: str
    """What was found and what was done, for logs and diagnostics."""


class Registrar:
    """Brings the depth of every frame to a regular grid over the colour view.

    One thread at a time. The tables of a way are kept until a frame needs another.
    """

    def __init__(self) -> None:
        self._seen: tuple[tuple[int, ...], int] = ((), 0)
        self._shape: Shape | None = None
        self._key: object = None
        self._way: tuple[Place, str] | None = None

    def __call__(
        self,
        frame: RgbdFrame,
        depth_m: FloatArray,
        *,
        find_grid: bool,
        unit_m: float,
        device: torch.device,
    ) -> Registered:
        """Register one frame; depth that lies on a regular grid already is handed back as it is.

        Args:
            frame: with a rig where depth must be projected.
            depth_m: its depth in metres, 0 where invalid.
            find_grid: look for sparse dots and copied blocks.
            unit_m: the step in which depth was recorded, metres.
            device: where to compute; depth comes from the CPU and goes back there.

        Raises:
            FrameError: ``calibration``, the rig does not fit the images or cannot be used;
                ``outside``, no measurement lies in the colour view.
        """
        size, color = depth_m.shape, frame.rgb.shape[:2]
        if frame.rig is not None:
            rig = frame.rig
            way = self._kept((rig, color, device), lambda: _projection(frame, rig, device))
            _check_size("depth", rig.depth, frame.depth)
            return _in_view(_run(way, depth_m, device), rig)
        if find_grid and size == color:
            shape = self._watch(depth_m, unit_m)
            if shape is not None and shape.kind is not Kind.DENSE:
                way = self._kept((shape, size, device), lambda: _reduction(shape, size, device))
                return _run(way, depth_m, device)
        return Registered(depth_m, f"native {size[1]}x{size[0]} in the colour view")

    def reset(self) -> None:
        """Forget the shape that was found; the next frame is the first of another stream."""
        self._seen, self._shape = ((), 0), None

    def clear(self) -> None:
        """Free the device's memory."""
        self._way = None

    def _kept(self, key: object, make: Callable[[], tuple[Place, str]]) -> tuple[Place, str]:
        if self._way is None or key != self._key:
            self._way = None  # its memory first
            self._way, self._key = make(), key
        return self._way

    def _watch(self, depth_m: FloatArray, unit_m: float) -> Shape | None:
        size, count = self._seen
        if size != depth_m.shape:
            size, count, self._shape = depth_m.shape, 0, None
        if count < FIRST_FRAMES or count % CHECK_EVERY == 0:
            # A frame that cannot tell leaves what an earlier one told.
            self._shape = find_shape(depth_m, unit_m) or self._shape
        self._seen = (size, count + 1)
        return self._shape


@torch.inference_mode()
def _run(way: tuple[Place, str], depth_m: FloatArray, device: torch.device) -> Registered:
    place, text = way
    placed: FloatArray = place(torch.from_numpy(depth_m).to(device)).cpu().numpy()
    return Registered(placed, text)


def _reduction(shape: Shape, size: tuple[int, ...], device: torch.device) -> tuple[Place, str]:
    reducer = DotReducer if shape.kind is Kind.SPARSE else BlockReducer
    height, width = size
    rows, columns = shape.grid
    text = f"{shape.kind.value}, {shape.why}: taken as {columns}x{rows}"
    return reducer((height, width), shape.grid, device), text


def _projection(frame: RgbdFrame, rig: Rig, device: torch.device) -> tuple[Place, str]:
    color_size = _check_size("colour", rig.color, frame.rgb)
    depth_size = _check_size("depth", rig.depth, frame.depth)
    projector = DepthProjector(
        depth=lens_of(rig.depth),
        depth_size=depth_size,
        color=lens_of(rig.color),
        color_size=color_size,
        depth_to_color=rig.depth_to_color,
        device=device,
    )
    rows, columns = projector.grid
    text = (
        f"own frame {frame.depth_frame_id!r}, {depth_size[1]}x{depth_size[0]}: projected to "
        f"{columns}x{rows} of the colour view, extrinsics from {rig.source}"
    )
    return projector, text


def _in_view(registered: Registered, rig: Rig) -> Registered:
    if not registered.depth_m.any():
        raise FrameError(
            "outside",
            f"no measurement lies in the colour view; check the extrinsics from {rig.source}: "
            f"translation {rig.depth_to_color.translation}, "
            f"rotation {rig.depth_to_color.rotation}",
        )
    return registered


def _check_size(name: str, calibration: Calibration, image: UInt8Array | DepthArray) -> Size:
    """Rows and columns that both agree on."""
    height, width = image.shape[:2]
    if (calibration.height, calibration.width) != (height, width):
        raise FrameError(
            "calibration",
            f"{name} is {width}x{height}, its calibration for "
            f"{calibration.width}x{calibration.height}; expected one size",
        )
    return height, width
