"""Which preset runs where nobody has named one: the largest that keeps up, by measured times.

And where its weights are. Nothing here loads torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bridgenet_ros.config import INT8, RESEARCH, ModelConfig
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.network.topology import PRESETS
from bridgenet_ros.resources import find_share_file
from bridgenet_ros.user_path import user_path

DEFAULTS = ModelConfig()
DEFAULT_RATE_HZ = 30.0
"""Of colour, while it is neither given nor measured."""
SHARE = 0.7
"""Of a frame's period for the network; the rest is for receiving, guarding and publishing."""


@dataclass(frozen=True, slots=True)
class Timing:
    """What came of measuring a preset.

    Attributes:
        preset: its name.
        ms: of one frame; None where it could not be run.
        problem: why not, in words.
    """

    preset: str
    ms: float | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PresetChoice:
    """A preset and why it was chosen, in words; ``fits`` is False where none keeps up."""

    preset: str
    fits: bool
    reason: str


def share_ms(rate_hz: float) -> float:
    """Milliseconds that the network may take of a frame."""
    return SHARE * 1e3 / rate_hz


def choose_preset(timings: Sequence[Timing], rate_hz: float) -> PresetChoice | None:
    """The largest preset within `share_ms`, or the fastest one where none is.

    Args:
        timings: from the smallest preset to the largest.
        rate_hz: of colour, above 0.

    Returns:
        None where no preset could be run.
    """
    measured = {t.preset: t.ms for t in timings if t.ms is not None}
    if not measured:
        return None
    limit_ms = share_ms(rate_hz)
    fitting = [preset for preset, ms in measured.items() if ms <= limit_ms]
    chosen = fitting[-1] if fitting else min(measured, key=lambda preset: measured[preset])
    taken = "of the" if fitting else "and not the"
    reason = (
        f"{chosen} takes {measured[chosen]:.1f} ms a frame, {taken} {limit_ms:.1f} ms "
        f"({SHARE:.0%} of a frame at {rate_hz:g} Hz)"
    )
    others = [
        f"{t.preset} {t.problem}" if t.ms is None else f"{t.preset} {t.ms:.1f} ms"
        for t in timings
        if t.preset != chosen
    ]
    return PresetChoice(chosen, bool(fitting), "; ".join([reason, *others]))


def shipped_presets(model: ModelConfig = DEFAULTS) -> list[str]:
    """Presets whose weights of this family and precision are installed, the largest first."""
    return [preset for preset in PRESETS if is_shipped(replace(model, preset=preset))]


def is_shipped(model: ModelConfig) -> bool:
    """Whether the packaged weights of a preset, family and precision are installed."""
    try:
        find_share_file(weights_file(model))
    except ConfigError:
        return False
    return True


def weights_file(model: ModelConfig) -> str:
    """Where packaged weights lie, such as ``models/tiny_procedural.safetensors``."""
    words = [model.preset]
    if model.family != RESEARCH:
        words.append(model.family)
    if model.precision == INT8:
        words.append(INT8)
    return f"models/{'_'.join(words)}.safetensors"


def offline_preset(model: ModelConfig) -> str:
    """The preset where no camera sets a pace: ``auto`` is then the largest that is installed.

    Raises:
        ConfigError: it is ``auto``, and none is installed.
    """
    if not model.picks_preset:
        return model.preset
    shipped = shipped_presets(model)
    if not shipped:
        kind = "int8 weights" if model.precision == INT8 else "weights"
        raise ConfigError(
            f"model.preset is 'auto', and no {kind} of family {model.family!r} are installed; set "
            "model.weights"
        )
    return shipped[0]


def weights_path(model: ModelConfig) -> Path:
    """``model.weights`` where given, else the packaged file of the `offline_preset`.

    Raises:
        ConfigError: the file is not installed, or ``model.weights`` is no path.
    """
    if model.weights:
        return user_path("model.weights", model.weights)
    return find_share_file(weights_file(replace(model, preset=offline_preset(model))))
