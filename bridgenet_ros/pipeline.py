"""The straight line from a paired frame to its depth; the same live and offline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import perf_counter

import cv2
import numpy as np
import torch

from bridgenet_ros import depth_units
from bridgenet_ros.config import NodeConfig
from bridgenet_ros.depth_units import MILLIMETRE, DepthUnits
from bridgenet_ros.engine.bicubic import bicubic_engine
from bridgenet_ros.engine.engine import Engine, EngineOutput, Ticket
from bridgenet_ros.engine.failure import engine_error
from bridgenet_ros.engine_build import BuiltEngine, build_engine, smaller_engine
from bridgenet_ros.engine_keeper import EngineKeeper
from bridgenet_ros.errors import EngineError, FrameError
from bridgenet_ros.estimate_fit import align
from bridgenet_ros.flying_pixels import FlyingPixelGuard
from bridgenet_ros.frame import DepthResult, FloatArray, RgbdFrame
from bridgenet_ros.frame_check import check_images
from bridgenet_ros.frame_settings import FrameSettings, frame_settings
from bridgenet_ros.network.weights import WeightsCard
from bridgenet_ros.preset_choice import PresetChoice
from bridgenet_ros.registration.registrar import Registered, Registrar
from bridgenet_ros.registration.rig_finder import PARAMETER_REMEDY, TF_REMEDY, unregistered


@dataclass(frozen=True, slots=True, eq=False)
class PendingFrame:
    """A frame between `Pipeline.submit` and `Pipeline.collect`."""

    frame: RgbdFrame
    settings: FrameSettings
    """When it was submitted: they hold for the whole frame."""
    registered: Registered
    """Depth as the network was given it."""
    engine: Engine
    ticket: Ticket
    bicubic: str
    """See `DepthResult`."""
    timings_ms: dict[str, float]


class Pipeline:
    """Checks and converts a frame, runs the engine, labels the result.

    One thread at a time; `FrameSettings` may be replaced between frames. A frame that fails with
    the device is lost; those after it run on what ``replace`` finds.

    Args:
        built: the engine, now the pipeline's.
        settings: of the frames to come.
        replace: given an engine that failed and the reason, another one or None.
    """

    def __init__(
        self,
        built: BuiltEngine,
        settings: FrameSettings,
        replace: Callable[[BuiltEngine, str], BuiltEngine | None] | None = None,
    ) -> None:
        self.settings = settings
        self._keeper = EngineKeeper(built, replace)
        self._bicubic = bicubic_engine(built.card.value_range_m)
        self._find_flying = FlyingPixelGuard()
        self._register = Registrar()

    @property
    def fault(self) -> str:
        """Why the last frame could not be run; for any thread to read."""
        return self._keeper.fault

    @property
    def degraded(self) -> str:
        """Why a smaller engine runs than was configured; for any thread to read."""
        return self._keeper.degraded

    @property
    def device_name(self) -> str:
        """Where the network runs."""
        return self._keeper.built.engine.device_name

    @property
    def card(self) -> WeightsCard:
        """Of the weights that run now."""
        return self._keeper.built.card

    @property
    def choice(self) -> PresetChoice | None:
        """Why this preset runs, where ``model.preset: auto`` has chosen it."""
        return self._keeper.built.choice

    @property
    def backend(self) -> str:
        """The library that runs the network."""
        return self._keeper.built.backend

    @property
    def precision(self) -> str:
        """What the network computes in."""
        return self._keeper.built.precision

    @property
    def overlaps(self) -> bool:
        """Whether another frame may be submitted to advantage before this one is collected."""
        return self._keeper.built.engine.overlaps

    def process(self, frame: RgbdFrame, *, estimate: bool = False) -> DepthResult:
        """`submit` and `collect` in one.

        Raises:
            FrameError: this frame cannot be used.
            EngineError: the network failed.
        """
        return self.infer(frame, estimate=estimate)()

    def infer(self, frame: RgbdFrame, *, estimate: bool = False) -> Callable[[], DepthResult]:
        """`process` up to what needs the network no more.

        Returns:
            The rest. Call it once, in the order of the frames; on another thread it may run beside
            the next `infer`.

        Raises:
            FrameError: this frame cannot be used.
            EngineError: the network failed.
        """
        pending = self.submit(frame, estimate=estimate)
        return partial(self._finish, pending, self._output(pending))

    def submit(
        self, frame: RgbdFrame, *, estimate: bool = False, bicubic: str = ""
    ) -> PendingFrame:
        """Start a frame; its arrays must stay as they are until `collect`.

        Args:
            frame: what the camera gave.
            estimate: also compute D_DE.
            bicubic: why bicubic upsampling takes the network's place, in words; empty: it does
                not. There is no D_DE then.

        Raises:
            FrameError: ``size``, ``dtype``, ``frame_id``, ``all_invalid``, ``calibration`` or
                ``outside``.
            EngineError: the network failed, too many frames are in flight, or there is no memory.
        """
        engine = self._bicubic if bicubic else self._keeper.built.engine
        settings = self.settings
        started = perf_counter()
        check_images(frame)
        _check_registered(frame, settings)
        depth_m = _to_metres(frame, settings)
        prepared = perf_counter()
        try:
            registered = self._registered(frame, depth_m, settings)
            timings_ms = {
                "prepare": (prepared - started) * 1e3,
                "register": (perf_counter() - prepared) * 1e3,
            }
            # Units are a uint16 image that nothing has moved or changed.
            untouched = registered.depth_m is depth_m and frame.depth.dtype == np.uint16
            as_units = engine.takes_units and untouched
            ticket = engine.submit(
                frame.rgb,
                frame.depth if as_units else registered.depth_m,
                estimate=estimate and not bicubic,
                fill_holes=settings.fill_holes,
                units=_units(settings) if as_units else None,
            )
        except EngineError as error:
            raise self._keeper.recovered(error, engine) from error
        return PendingFrame(frame, settings, registered, engine, ticket, bicubic, timings_ms)

    def collect(self, pending: PendingFrame) -> DepthResult:
        """Wait for the oldest submitted frame; its result carries colour's frame.

        Raises:
            EngineError: the network failed, or the frame was lost with an engine that did.
        """
        return self._finish(pending, self._output(pending))

    def _output(self, pending: PendingFrame) -> EngineOutput:
        try:
            output = pending.engine.collect(pending.ticket)
        except EngineError as error:
            raise self._keeper.recovered(error, pending.engine) from error
        if not pending.bicubic:
            self._keeper.fault = ""
        return output

    def _finish(self, pending: PendingFrame, output: EngineOutput) -> DepthResult:
        """Touches nothing that `submit` does, so that the two may run at once."""
        started = perf_counter()
        frame = pending.frame
        guarded_m = self._guard(output.sr_m, pending)
        guarded = perf_counter()
        timings_ms = {"engine": output.elapsed_ms, "guard": (guarded - started) * 1e3}
        mde_m, fit, limits = output.mde_m, None, pending.settings.align
        if mde_m is not None and limits is not None:
            mde_m, fit = align(mde_m, pending.registered.depth_m, limits)
            timings_ms["align"] = (perf_counter() - guarded) * 1e3
        return DepthResult(
            sr_m=guarded_m,
            mde_m=mde_m,
            fit=fit,
            sensor_m=pending.registered.depth_m,
            unguarded_m=output.sr_m,
            stamp_ns=frame.depth_stamp_ns if pending.settings.depth_stamp else frame.stamp_ns,
            frame_id=frame.frame_id,
            registration=pending.registered.text,
            bicubic=pending.bicubic,
            timings_ms={**pending.timings_ms, **timings_ms},
        )

    def warm_up(self, count: int, size: tuple[int, int] = (480, 640)) -> None:
        """Run ``count`` blank frames of each kind, so that the first real one is not the slowest.

        Raises:
            EngineError: the network failed.
        """
        self._keeper.warm_up(count, size)

    def reset(self) -> None:
        """Forget the frames so far; the next one is the first of another stream."""
        self._register.reset()

    def close(self) -> None:
        """Free the network and every buffer; may be called twice.

        What runs (`card`, `device_name`, `choice` and so on) stays known, for `reopen`.
        """
        self._keeper.close()
        self._bicubic.close()
        self._register.clear()
        self._find_flying = FlyingPixelGuard()

    def reopen(self) -> bool:
        """Build what `close` has freed; see `EngineKeeper.reopen`."""
        if not self._keeper.reopen():
            return False
        self._bicubic = bicubic_engine(self.card.value_range_m)
        return True

    def _guard(self, sr_m: FloatArray, pending: PendingFrame) -> FloatArray:
        """``sr_m`` without its flying pixels."""
        threshold = pending.settings.edge_threshold
        if threshold == 0:
            return sr_m
        scale = sr_m.shape[1] / pending.registered.depth_m.shape[1]
        flying = self._find_flying(sr_m, pending.frame.rgb, scale=scale, threshold=threshold)
        guarded_m: FloatArray = sr_m.copy()
        guarded_m[flying] = np.nan
        return guarded_m

    def _registered(self, frame: RgbdFrame, depth_m: FloatArray, s: FrameSettings) -> Registered:
        try:
            return self._register(
                frame,
                depth_m,
                find_grid=s.find_grid,
                unit_m=s.depth_scale_m if frame.depth.dtype == np.uint16 else MILLIMETRE,
                device=torch.device(self.device_name),
            )
        except (RuntimeError, MemoryError) as error:
            raise engine_error(error, self.device_name) from error


def _check_registered(frame: RgbdFrame, settings: FrameSettings) -> None:
    apart = frame.rig is None and frame.depth_frame_id != frame.frame_id
    if settings.same_frame and apart:
        ways = (TF_REMEDY, PARAMETER_REMEDY)
        raise FrameError("frame_id", unregistered(frame.frame_id, frame.depth_frame_id, ways))


def _to_metres(frame: RgbdFrame, s: FrameSettings) -> FloatArray:
    depth_m = depth_units.to_metres(
        frame.depth, scale_m=s.depth_scale_m, min_m=s.min_depth_m, max_m=s.max_depth_m
    )
    if not depth_m.any():
        raise FrameError(
            "all_invalid",
            f"depth image has no pixel between {s.min_depth_m} and {s.max_depth_m} m; "
            "check input.depth_scale, input.min_depth and input.max_depth",
        )
    return depth_m


def _units(s: FrameSettings) -> DepthUnits:
    return DepthUnits(scale_m=s.depth_scale_m, min_m=s.min_depth_m, max_m=s.max_depth_m)


def build_pipeline(config: NodeConfig) -> Pipeline:
    """Load the weights, choose the device and, where it is left open, the preset; build the engine.

    Raises:
        ConfigError: the device does not exist, the packaged weights are not installed, or the
            weights are made for another scale.
        WeightsError: the weights are missing or corrupt.
    """
    # The guard's OpenCV has threads of its own; below zero they are one a core.
    cv2.setNumThreads(config.model.threads or -1)
    built = build_engine(config.model, estimate=config.mde.enable)
    return Pipeline(built, frame_settings(config), smaller_engine)
