"""The training configuration: a YAML file, and ``key=value`` words that override it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

import yaml

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.network.topology import preset_topology
from bridgenet_ros.training.limits import check_limits, check_patches

PRECISIONS = ("float32", "bfloat16", "float16")
SCHEDULES = ("cosine", "steps")
EACH_SCALE = ("scale_weights", "patches", "batches", "sensor_shares")
"""Lists with an entry for each scale."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceConfig:
    """One data set, by its path, or one family of procedural scenes, by its name."""

    path: str = ""
    scenes: str = ""
    """Such as ``rooms``; endless, and free of anyone's terms."""
    weight: float = 1.0
    """Share of the samples, relative to the other sources."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainConfig:
    """Every setting of a run."""

    preset: str
    output: str
    """Folder of the checkpoints, event files and validation pictures."""
    sources: tuple[SourceConfig, ...]
    cache: str
    """Folder for decoded images."""
    device: str = "cpu"
    """``auto``, ``cpu``, ``cuda`` or ``cuda:N``; under ``torchrun`` without a number."""
    precision: str = "float32"
    """What the network computes in: ``float32``, ``bfloat16``, or ``float16`` on cuda."""
    threads: int = 0
    """CPU threads; 0 leaves torch's choice."""
    workers: int = 0
    """Processes that make batches ahead; 0 makes each when it is needed."""
    seed: int = 0
    steps: int = 30000
    """Length of the run, unless ``minutes`` bounds it."""
    minutes: float | None = None
    """Time of the whole run: the schedule follows the clock, so a slow machine anneals too."""
    checkpoint_minutes: float = 2.0
    validation_minutes: float | None = None
    """Time between two looks at the held-out pairs; None looks at none and holds back only those
    that the data sets name."""
    validation_pairs: int = 4
    """Held-out pairs of each data set that are looked at."""
    validation: tuple[str, ...] = ()
    """Data sets that are looked at and never trained on, as for a run on scenes alone."""
    tensorboard: bool = False
    """Write TensorBoard's event files."""
    start_weights: str | None = None
    """Weight file to start from; otherwise random weights and `start_from_data`."""
    start_batches: int = 40
    """Batches from which the decoder's first weights, or the ranges of ``int8``, are made."""
    int8: bool = False
    """D_SR learns to compute in 8-bit integers (`network.quantised`), from ``start_weights``."""
    scales: tuple[int, ...] = (4, 8, 16)
    scale_weights: tuple[float, ...] = (1.0, 2.0, 1.0)
    patches: tuple[int, ...] = (96, 128, 192)
    """Side in pixels, for each scale."""
    batches: tuple[int, ...] = (14, 8, 4)
    """Patches in a batch, for each scale."""
    focus_scale: int | None = None
    focus_steps: int = 0
    """First steps with clean samples of ``focus_scale`` only; the rest then comes in."""
    sensor_shares: tuple[float, ...] = (0.5, 0.5, 0.5)
    """Share of the samples that go through the sensor model, for each scale."""
    place_draws: int = 1
    """A patch is cut at the place with the most depth edges of so many random ones."""
    colour_jitter: float = 0.0
    """Spread of the logarithms of exposure, gamma and, by half, of each channel's gain."""
    depth_jitter: float = 0.0
    """Spread of the logarithm of a factor on all depth of a sample."""
    mirror_share: float = 0.0
    """Share of the samples of which a part is depth that colour does not show, as a mirror's is."""
    nearest_share: float = 0.0
    """Share of the batches downsampled by nearest pixels in place of bicubic; the paper's
    noise-free protocol is bicubic."""
    l1_weight: float = 1.0
    rmse_weight: float = 0.0
    gradient_weight: float = 0.0
    teacher: str | None = None
    """Weight file of a network whose D_SR is imitated."""
    teacher_weight: float = 1.0
    estimate_weight: float = 0.1
    estimate_every: int = 3
    """D_DE is computed and learnt in every n-th step."""
    estimate_disparity: bool = False
    """D_DE also learns from samples of disparity; only where there is no depth beside them."""
    detach_content: bool = True
    """DSRNet's features enter CGBdg detached. With False DSRNet learns to hand on the level of
    depth, which D_SR, a residual, does not need and D_DE does."""
    detach_taps: bool = False
    """MDENet's features enter HABdg detached: D_SR then teaches MDENet nothing."""
    loss_gain: float = 800.0
    """Brings normalised errors, over the scale, to about 1, where ``clip_norm`` is meant."""
    learning_rate: float = 1e-3
    final_rate: float = 1e-6
    schedule: str = "cosine"
    """``cosine`` to ``final_rate``, or the paper's ``steps``."""
    milestones: tuple[float, ...] = (0.25, 0.5, 0.75)
    """Shares of the run at which ``steps`` divides the rate by ten."""
    warmup_steps: int = 100
    weight_decay: float = 1e-4
    clip_norm: float = 1.0
    muon: bool = False
    """Muon for the weights of convolutions, AdamW for the rest."""
    muon_gain: float = 1.0
    """Muon's learning rate over AdamW's."""
    ema_decay: float = 0.999

    def __post_init__(self) -> None:
        preset_topology(self.preset)
        check_limits({f.name: getattr(self, f.name) for f in dataclasses.fields(self)})
        for key in EACH_SCALE:
            if len(getattr(self, key)) != len(self.scales):
                raise ConfigError(
                    f"{key} is {list(getattr(self, key))}; expected one entry for each of the "
                    f"scales {list(self.scales)}"
                )
        check_patches(self.scales, self.patches, self.batches)
        if self.precision not in PRECISIONS:
            raise ConfigError(f"precision is {self.precision!r}; expected one of {PRECISIONS}")
        if self.schedule not in SCHEDULES:
            raise ConfigError(f"schedule is {self.schedule!r}; expected one of {SCHEDULES}")
        if self.focus_steps and self.focus_scale not in self.scales:
            raise ConfigError(f"focus_scale is {self.focus_scale}; expected one of {self.scales}")
        if self.int8 and self.start_weights is None:
            raise ConfigError("int8 needs start_weights: a network that has learnt in float32")
        if not self.sources:
            raise ConfigError("sources is empty; name at least one data set or family of scenes")


def load_config(path: Path, overrides: Sequence[str] = ()) -> TrainConfig:
    """Read ``path`` and apply ``key=value`` words, whose values are YAML.

    Raises:
        ConfigError: the file or a word cannot be read, or a key is unknown or missing.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        words = {key: yaml.safe_load(value) for key, value in map(_split, overrides)}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: {error}") from error
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: expected key: value lines, found {type(raw).__name__}")
    return parse_config({**raw, **words})


def parse_config(raw: Mapping[str, Any]) -> TrainConfig:
    """A configuration from plain values.

    Raises:
        ConfigError: a key is unknown or missing, or a value has the wrong kind or size.
    """
    fields = {f.name: f for f in dataclasses.fields(TrainConfig)}
    unknown = sorted(set(raw) - set(fields))
    if unknown:
        raise ConfigError(f"unknown key {unknown[0]!r}; expected some of {', '.join(fields)}")
    for key, field in fields.items():
        if key not in raw and field.default is dataclasses.MISSING:
            raise ConfigError(f"{key} is missing")
    values: dict[str, Any] = {
        key: _checked(key, str(fields[key].type), value) for key, value in raw.items()
    }
    values["sources"] = tuple(_source(s) for s in values["sources"])
    return TrainConfig(**values)


def _split(word: str) -> tuple[str, str]:
    key, equals, value = word.partition("=")
    if not equals:
        raise ConfigError(f"{word!r}: expected key=value")
    return key, value


def _checked(key: str, kind: str, value: object) -> object:
    """The value, a list as a tuple; the field's annotation says what it may be."""
    if value is None and kind.endswith("| None"):
        return None
    if not kind.startswith("tuple["):
        return _scalar(key, kind.removesuffix(" | None"), value)
    if not isinstance(value, list | tuple):
        raise ConfigError(f"{key} is {value!r}; expected a list")
    inner = kind.removeprefix("tuple[").partition(",")[0]
    return tuple(value if key == "sources" else (_scalar(key, inner, v) for v in value))


def _scalar(key: str, kind: str, value: object) -> object:
    accepted: dict[str, tuple[type, ...]] = {
        "str": (str,),
        "int": (int,),
        "float": (int, float),
        "bool": (bool,),
    }
    if kind == "float" and isinstance(value, str):
        with suppress(ValueError):
            return float(value)  # YAML takes 1e-4 for text
    if not isinstance(value, accepted[kind]) or (isinstance(value, bool) and kind != "bool"):
        raise ConfigError(f"{key} is {value!r}; expected {kind}")
    return value


def _source(raw: object) -> SourceConfig:
    keys = set(raw) - {"weight"} if isinstance(raw, dict) else set()
    if not isinstance(raw, dict) or keys not in ({"path"}, {"scenes"}):
        raise ConfigError(f"source {raw!r}: expected a path or scenes and, if wanted, a weight")
    names = {key: str(raw[key]) for key in keys}
    weight = _scalar("weight", "float", raw.get("weight", 1.0))
    if not isinstance(weight, int | float) or not 0 < weight < inf:
        raise ConfigError(f"source {raw!r}: weight is {weight}; expected a number above 0")
    return SourceConfig(**names, weight=float(weight))
