"""From `model.*` settings to an engine that runs, to the next smaller one, and to its speed."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np
import torch

from bridgenet_ros.config import ModelConfig
from bridgenet_ros.engine.artefacts import Artefacts, default_folder
from bridgenet_ros.engine.assemble import assemble
from bridgenet_ros.engine.backend import BackendOptions
from bridgenet_ros.engine.engine import Engine
from bridgenet_ros.engine.streams import Lanes, lanes_for
from bridgenet_ros.errors import BridgeNetError, ConfigError, EngineError, WeightsError
from bridgenet_ros.network.topology import PRESETS
from bridgenet_ros.network.weights import WeightsCard, load_weights, read_card
from bridgenet_ros.preset_choice import (
    DEFAULT_RATE_HZ,
    PresetChoice,
    Timing,
    choose_preset,
    is_shipped,
    offline_preset,
    share_ms,
    shipped_presets,
    weights_path,
)
from bridgenet_ros.user_path import user_path

_LOG = logging.getLogger(__name__)

PATIENCE_S = 5.0
"""Largest presets take many seconds a frame on a CPU."""

_ABANDONED: list[Engine] = []
"""Engines on a device that has failed. Freeing their page-locked memory would call the driver from
a destructor, where an error ends the process."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BuiltEngine:
    """An engine and what it was built of.

    Attributes:
        engine: ready to run.
        card: of its weights.
        backend: the library that runs the network, never ``auto``.
        precision: what it computes in, never ``auto``.
        model: the settings, with the device that was chosen and the preset of the weights.
        choice: why this preset, where ``model.preset: auto`` has chosen it.
        lanes: where the engine issues its work; for an engine that takes its place.
    """

    engine: Engine
    card: WeightsCard
    backend: str = "torch"
    precision: str = "float32"
    model: ModelConfig = field(default_factory=ModelConfig)
    choice: PresetChoice | None = None
    lanes: Lanes | None = None


def build_engine(
    model: ModelConfig, *, estimate: bool = False, lanes: Lanes | None = None
) -> BuiltEngine:
    """Load the weights, choose device, back end, precision and, where it is open, the preset.

    Args:
        model: with preset ``auto``, `build_fitting_engine` measures which.
        estimate: D_DE counts in that.
        lanes: of an engine on the same device that is closed; by default new ones.

    Raises:
        ConfigError: the device does not exist, the packaged weights are not installed, the
            weights are made for another scale, or the back end cannot be used.
        WeightsError: the weights are missing or corrupt.
        EngineError: the device has no memory for the weights.
    """
    if model.picks_preset:
        return build_fitting_engine(model, estimate=estimate)
    network, card = load_weights(weights_path(model), sha256=model.sha256)
    if model.scale and model.scale not in card.scales:
        raise ConfigError(f"model.scale is {model.scale}; the weights are made for {card.scales}")
    device = choose_device(model.device)
    folder = user_path("model.cache", model.cache) if model.cache else default_folder()
    options = BackendOptions(
        name=model.backend,
        precision=model.precision,
        threads=model.threads,
        artefacts=Artefacts(folder),
    )
    lanes = lanes_for(device) if lanes is None else lanes
    made = assemble(network, device, card.value_range_m, options, lanes=lanes)
    return BuiltEngine(
        engine=made.engine,
        card=card,
        backend=made.backend,
        precision=made.precision,
        model=replace(model, device=str(device), preset=card.preset),
        lanes=lanes,
    )


def rebuild_engine(closed: BuiltEngine) -> BuiltEngine:
    """A closed engine anew: the same weights, device and preset; nothing is chosen or timed.

    It takes over the lanes: libraries keep a workspace for every stream that a process has used.

    Raises:
        WeightsError: as `build_engine`, or the weights are others than they were.
        BridgeNetError: as `build_engine`.
    """
    path = weights_path(closed.model)
    if (found := read_card(path).sha256) != closed.card.sha256:
        raise WeightsError(
            f"{path} has sha256 {found}; expected {closed.card.sha256}, as when the model was "
            "chosen; clean up and configure to take the new weights"
        )
    built = build_engine(closed.model, lanes=closed.lanes)
    return replace(built, choice=closed.choice)


def build_fitting_engine(model: ModelConfig, *, estimate: bool = False) -> BuiltEngine:
    """The largest packaged preset that keeps up with ``model.rate``; see `choose_preset`.

    The presets are built and timed from the smallest up to the first that is too slow.

    Args:
        model: its preset does not matter.
        estimate: also time D_DE.

    Raises:
        BridgeNetError: as `build_engine`, where not one preset runs.
    """
    rate_hz = model.rate or DEFAULT_RATE_HZ
    kept: BuiltEngine | None = None
    timings: list[Timing] = []
    for preset in reversed(shipped_presets(model)):
        built, timing = _try_preset(replace(model, preset=preset), estimate=estimate)
        timings.append(timing)
        choice = choose_preset(timings, rate_hz)
        if built is None or choice is None:
            continue
        kept, surplus = (built, kept) if choice.preset == preset else (kept, built)
        if surplus is not None:
            surplus.engine.close()
        if timing.ms is not None and timing.ms > share_ms(rate_hz):
            break
    if kept is None:
        # It says what is wrong with the smallest, or the pipeline finds what takes over.
        smallest = shipped_presets(model)[-1:] or [offline_preset(model)]
        return build_engine(replace(model, preset=smallest[0]))
    return replace(kept, choice=choose_preset(timings, rate_hz))


def _try_preset(model: ModelConfig, *, estimate: bool) -> tuple[BuiltEngine | None, Timing]:
    try:
        built = build_engine(model)
    except BridgeNetError as error:
        return None, Timing(model.preset, None, f"cannot be used: {error}")
    try:
        ms = time_engine(built.engine, (model.height, model.width), estimate=estimate)
    except BridgeNetError as error:
        _give_up(built.engine, error.reason if isinstance(error, EngineError) else "memory")
        return None, Timing(model.preset, None, f"cannot run: {error}")
    return built, Timing(model.preset, ms)


def smaller_engine(failed: BuiltEngine, reason: str) -> BuiltEngine | None:
    """What runs in place of an engine that has failed, which is given up first.

    Out of memory, the next smaller preset is tried on the same device. When there is none left, or
    the device itself has failed, the CPU takes over: after a CUDA error a process cannot use its
    GPU again.

    Args:
        failed: stays as it is where nothing can take its place.
        reason: see `EngineError`.

    Returns:
        None where there is nothing smaller.
    """
    model: ModelConfig | None = failed.model
    while model is not None and (model := step_down(model, reason)) is not None:
        _give_up(failed.engine, reason)
        try:
            return build_engine(model)
        except BridgeNetError as error:
            _LOG.warning("%s on %s cannot take over: %s", model.preset, model.device, error)
    return None


def _give_up(engine: Engine, reason: str) -> None:
    if reason == "memory":
        engine.close()
    elif engine not in _ABANDONED:
        _ABANDONED.append(engine)


def step_down(model: ModelConfig, reason: str) -> ModelConfig | None:
    """The settings one step below: a smaller preset, then the CPU, then None.

    Args:
        model: with a device that is not ``auto``.
        reason: ``"memory"`` or ``"device"``, see `EngineError`.
    """
    if reason == "memory" and not model.weights:
        names = list(PRESETS)  # from the largest to the smallest
        for preset in names[names.index(model.preset) + 1 :]:
            smaller = replace(model, preset=preset, sha256="")
            if is_shipped(smaller):
                return smaller
    if model.device == "cpu":
        return None
    return replace(model, device="cpu", backend="auto", precision="auto")


def time_engine(
    engine: Engine,
    size: tuple[int, int],
    *,
    estimate: bool = False,
    frames: int = 10,
    patience_s: float = PATIENCE_S,
) -> float:
    """Median milliseconds of one frame after the other, two to warm up left out.

    Args:
        engine: with nothing in flight.
        size: of colour (H, W); depth has an eighth of it.
        estimate: also compute D_DE.
        frames: measured.
        patience_s: after so long no further frame is begun, but two run in any case, and the
            second one counts where there is no third.

    Raises:
        FrameError: ``size``, there is no memory for it.
        EngineError: the network failed.
    """
    times_ms: list[float] = []
    begun = perf_counter()
    for _ in range(2 + frames):
        started = perf_counter()
        if len(times_ms) >= 2 and started - begun > patience_s:
            break
        run_blank(engine, size, estimate=estimate)
        times_ms.append((perf_counter() - started) * 1e3)
    return float(np.median(times_ms[2:] or times_ms[1:]))


def run_blank(engine: Engine, size: tuple[int, int], *, estimate: bool) -> None:
    """Run one grey frame of colour size (H, W), a metre away."""
    height, width = size
    rgb = np.zeros((height, width, 3), np.uint8)
    depth_m = np.ones((max(height // 8, 1), max(width // 8, 1)), np.float32)
    engine.collect(engine.submit(rgb, depth_m, estimate=estimate, fill_holes=True))


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
