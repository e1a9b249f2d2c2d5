"""The straight line from a paired frame to its depth; the same live and offline."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import torch

from bridgenet_ros import depth_units
from bridgenet_ros.config import EdgeConfig, ModelConfig, NodeConfig
from bridgenet_ros.engine.backend import choose_backend
from bridgenet_ros.engine.engine import Engine, Ticket, TorchEngine
from bridgenet_ros.engine.program import DepthProgram
from bridgenet_ros.errors import ConfigError, FrameError
from bridgenet_ros.flying_pixels import PRESETS, FlyingPixelGuard
from bridgenet_ros.frame import DepthResult, FloatArray, RgbdFrame, UInt8Array
from bridgenet_ros.network.weights import WeightsCard, load_weights
from bridgenet_ros.resources import find_share_file


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameSettings:
    """What may change from one frame to the next."""

    depth_scale_m: float
    min_depth_m: float
    max_depth_m: float
    fill_holes: bool
    same_frame: bool
    """Refuse depth whose frame is not colour's: it is not registered."""
    edge_threshold: float
    """See `FlyingPixelGuard`; 0 leaves flying pixels in."""


@dataclass(frozen=True, slots=True, eq=False)
class PendingFrame:
    """A frame between `Pipeline.submit` and `Pipeline.collect`."""

    frame: RgbdFrame
    depth_m: FloatArray
    """(h, w) as the network was given it, 0 where invalid."""
    ticket: Ticket
    prepare_ms: float


class Pipeline:
    """Checks and converts a frame, runs the engine, labels the result.

    One thread at a time; `FrameSettings` may be replaced between frames.
    """

    def __init__(
        self, engine: Engine, card: WeightsCard, settings: FrameSettings, backend: str = "torch"
    ) -> None:
        self.card = card
        self.backend = backend
        self.settings = settings
        self._engine = engine
        self._find_flying = FlyingPixelGuard()

    @property
    def device_name(self) -> str:
        """Where the network runs."""
        return self._engine.device_name

    def process(self, frame: RgbdFrame, *, estimate: bool = False) -> DepthResult:
        """`submit` and `collect` in one.

        Raises:
            FrameError: this frame cannot be used.
            EngineError: the network failed.
        """
        return self.collect(self.submit(frame, estimate=estimate))

    def submit(self, frame: RgbdFrame, *, estimate: bool = False) -> PendingFrame:
        """Start a frame; its arrays must stay as they are until `collect`.

        Raises:
            FrameError: ``size``, ``dtype``, ``frame_id`` or ``all_invalid``.
            EngineError: the network failed, or too many frames are in flight.
        """
        started = perf_counter()
        check_images(frame)
        self._check_registered(frame)
        depth_m = self._to_metres(frame)
        prepare_ms = (perf_counter() - started) * 1e3
        ticket = self._engine.submit(
            frame.rgb, depth_m, estimate=estimate, fill_holes=self.settings.fill_holes
        )
        return PendingFrame(frame, depth_m, ticket, prepare_ms)

    def collect(self, pending: PendingFrame) -> DepthResult:
        """Wait for the oldest submitted frame; its result carries the colour stamp and frame."""
        output = self._engine.collect(pending.ticket)
        started = perf_counter()
        guarded_m = self._guard(output.sr_m, pending.frame.rgb)
        guard_ms = (perf_counter() - started) * 1e3
        return DepthResult(
            sr_m=guarded_m,
            mde_m=output.mde_m,
            sensor_m=pending.depth_m,
            unguarded_m=output.sr_m,
            stamp_ns=pending.frame.stamp_ns,
            frame_id=pending.frame.frame_id,
            timings_ms={
                "prepare": pending.prepare_ms,
                "engine": output.elapsed_ms,
                "guard": guard_ms,
            },
        )

    def warm_up(self, count: int, size: tuple[int, int] = (480, 640)) -> None:
        """Run ``count`` blank frames of each kind, so that the first real one is not the slowest.

        Raises:
            EngineError: the network failed.
        """
        height, width = size
        rgb = np.zeros((height, width, 3), np.uint8)
        depth_m = np.ones((max(height // 8, 1), max(width // 8, 1)), np.float32)
        for estimate in (False, True):
            for _ in range(count):
                ticket = self._engine.submit(rgb, depth_m, estimate=estimate, fill_holes=True)
                self._engine.collect(ticket)

    def close(self) -> None:
        """Free the device's memory; may be called twice."""
        self._engine.close()

    def _guard(self, sr_m: FloatArray, rgb: UInt8Array) -> FloatArray:
        """``sr_m`` without its flying pixels."""
        threshold = self.settings.edge_threshold
        if threshold == 0:
            return sr_m
        flying = self._find_flying(sr_m, rgb, threshold=threshold)
        return np.where(flying, np.float32(np.nan), sr_m)

    def _check_registered(self, frame: RgbdFrame) -> None:
        if self.settings.same_frame and frame.depth_frame_id != frame.frame_id:
            raise FrameError(
                "frame_id",
                f"depth is in frame {frame.depth_frame_id!r}, colour in {frame.frame_id!r}; "
                "expected depth registered to colour. If it is, set register.mode to 'off'",
            )

    def _to_metres(self, frame: RgbdFrame) -> FloatArray:
        s = self.settings
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


def check_images(frame: RgbdFrame) -> None:
    """Refuse arrays that are no RGB-D pair; `depth_units.to_metres` checks the depth's type.

    Raises:
        FrameError: ``size``, an image is empty, of the wrong rank, or depth exceeds colour;
            ``dtype``, colour is not uint8.
    """
    if frame.rgb.dtype != np.uint8:
        raise FrameError("dtype", f"colour has dtype {frame.rgb.dtype}; expected uint8")
    rgb, depth = frame.rgb.shape, frame.depth.shape
    if len(rgb) != 3 or rgb[2] != 3 or len(depth) != 2:
        raise FrameError("size", f"shapes {rgb} and {depth}; expected (H, W, 3) and (h, w)")
    if 0 in rgb or 0 in depth:
        raise FrameError(
            "size", f"colour {rgb[1]}x{rgb[0]} or depth {depth[1]}x{depth[0]} is empty"
        )
    if depth[0] > rgb[0] or depth[1] > rgb[1]:
        raise FrameError(
            "size",
            f"depth {depth[1]}x{depth[0]} is larger than colour {rgb[1]}x{rgb[0]}; "
            "expected depth no larger than colour",
        )


def frame_settings(config: NodeConfig) -> FrameSettings:
    """The live part of the configuration."""
    return FrameSettings(
        depth_scale_m=config.input.depth_scale,
        min_depth_m=config.input.min_depth,
        max_depth_m=config.input.max_depth,
        fill_holes=config.fill.mode == "all",
        same_frame=config.register.mode == "auto",
        edge_threshold=_edge_threshold(config.edge),
    )


def _edge_threshold(edge: EdgeConfig) -> float:
    return (edge.threshold or PRESETS[edge.preset]) if edge.enable else 0.0


def build_pipeline(config: NodeConfig) -> Pipeline:
    """Load the weights, choose the device, build the engine.

    Raises:
        ConfigError: the device does not exist, the packaged weights are not installed, or the
            weights are made for another scale.
        WeightsError: the weights are missing or corrupt.
    """
    model = config.model
    network, card = load_weights(weights_path(model), sha256=model.sha256)
    if model.scale and model.scale not in card.scales:
        raise ConfigError(f"model.scale is {model.scale}; the weights are made for {card.scales}")
    device = choose_device(model.device)
    backend = choose_backend(model.backend, network, device, model.threads)
    program = DepthProgram(backend.network, card.value_range_m, backend.memory_format)
    return Pipeline(TorchEngine(program, device), card, frame_settings(config), backend.name)


def weights_path(model: ModelConfig) -> Path:
    """``model.weights`` where given, else the packaged file of ``model.preset``."""
    if model.weights:
        return Path(model.weights).expanduser()
    return find_share_file(f"models/{model.preset}.safetensors")


def choose_device(name: str, setting: str = "model.device") -> torch.device:
    """``auto``, ``cpu``, ``cuda`` or ``cuda:N``; ``setting`` is what messages call it.

    Raises:
        ConfigError: an unknown name, or a GPU that is not there.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ConfigError(f"{setting} is {name!r}; expected auto, cpu, cuda or cuda:N") from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ConfigError(
            f"{setting} is {name!r}; this machine has {torch.cuda.device_count()} CUDA devices"
        )
    if device.type not in {"cpu", "cuda"}:
        raise ConfigError(f"{setting} is {name!r}; expected auto, cpu, cuda or cuda:N")
    return device
