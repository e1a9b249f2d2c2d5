"""Every setting of the node and the tools: name, default, range and meaning, once.

A parameter's ROS name is its dotted path (``sync.slop``). The declared parameters,
``config/sr.yaml`` and the table of ``docs/interface.md`` are made from these dataclasses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from typing import Any, cast

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.input_config import InputConfig, SyncConfig
from bridgenet_ros.mde_config import MdeConfig
from bridgenet_ros.output_config import OutputConfig, PointsConfig, PreviewConfig
from bridgenet_ros.register_config import RegisterConfig
from bridgenet_ros.setting import Setting, Value, setting

AUTO = "auto"
INT8 = "int8"
RESEARCH, PROCEDURAL = FAMILIES = ("research", "procedural")


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelConfig:
    """Which network runs where."""

    preset: str = setting(
        "tiny",
        "Packaged weights to load when model.weights is empty; auto measures the presets when the "
        "node is configured and takes the largest that keeps up with model.rate",
        choices=(AUTO, "tiny", "small", "base", "full"),
    )
    family: str = setting(
        RESEARCH,
        "What the packaged weights have learnt from: research data sets, which have terms of their "
        "own, or the project's procedural scenes alone, which have none",
        choices=FAMILIES,
    )
    rate: float = setting(
        0.0,
        "Colour images a second that preset auto must keep up with; 0: as measured while the node "
        "was active before, else 30",
        unit="Hz",
        low=0.0,
        high=1000.0,
    )
    width: int = setting(
        640,
        "Width of colour for which the network is warmed up and, with preset auto, measured",
        low=1,
        high=16384,
    )
    height: int = setting(480, "Height of the same", low=1, high=16384)
    weights: str = setting("", "Path of a .safetensors file with its card; empty: the preset's")
    sha256: str = setting("", "Checksum the weight file must have; empty: its card's")
    scale: int = setting(
        0, "Upsampling factor the weights must be made for; 0: any", low=0, high=64
    )
    device: str = setting("auto", "auto, cpu, cuda or cuda:N; auto takes a GPU where there is one")
    backend: str = setting(
        "auto",
        "Library that runs the network; auto takes openvino on a CPU where it is installed",
        choices=("auto", "torch", "openvino", "onnxruntime", "tensorrt"),
    )
    precision: str = setting(
        "auto",
        "What the network computes in; auto is float16 on a GPU with tensor cores, else float32; "
        "int8 takes the preset's weights that have learnt it, for CPUs with openvino",
        choices=("auto", "float32", "float16", "bfloat16", INT8),
    )
    threads: int = setting(
        0, "CPU threads of the network, and of OpenCV; 0: one a core", low=0, high=256
    )
    cache: str = setting(
        "",
        "Folder of compiled networks; empty: bridgenet_ros in $XDG_CACHE_HOME or ~/.cache",
    )
    warmup: int = setting(
        3, "Frames run through the network before the node is active", low=0, high=100
    )

    def __post_init__(self) -> None:
        if self.picks_preset and self.sha256:
            raise ConfigError(
                f"model.sha256 is {self.sha256!r}, which is for one file, and model.preset is "
                "'auto'; expected one of them"
            )

    @property
    def picks_preset(self) -> bool:
        """Whether the preset is left open."""
        return self.preset == AUTO and not self.weights


@dataclass(frozen=True, kw_only=True, slots=True)
class ScheduleConfig:
    """Which frames the network runs for."""

    policy: str = setting(
        "latest",
        "latest: a newer pair replaces the one that waits for the network; all: pairs wait in turn",
        choices=("latest", "all"),
        live=True,
    )
    queue_size: int = setting(
        100,
        "Pairs that may wait with policy all; beyond it the oldest is dropped and counted",
        low=1,
        high=10000,
        live=True,
    )
    budget_ms: float = setting(
        0.0,
        "Greatest age of a result; a frame that cannot hold it is published as bicubic at once, "
        "without estimate, and counted; 0 or infinite: any",
        unit="ms",
        low=0.0,
        live=True,
    )

    @property
    def waiting(self) -> int:
        """Pairs that may wait."""
        return self.queue_size if self.policy == "all" else 1


@dataclass(frozen=True, kw_only=True, slots=True)
class FillConfig:
    """What happens where the sensor measured nothing."""

    mode: str = setting(
        "off",
        "off leaves the sensor's holes invalid; all publishes the network's depth there too",
        choices=("off", "all"),
        live=True,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class EdgeConfig:
    """The flying-pixel guard."""

    enable: bool = setting(
        True,
        "Make points of super-resolved depth invalid that hang between foreground and background",
        live=True,
    )
    preset: str = setting(
        "slam",
        "How strict: nav takes out most, viz least; slam is between them",
        choices=("slam", "nav", "viz"),
        live=True,
    )
    threshold: float = setting(
        0.0,
        "Least relative step of depth across an edge; half of it where colour has an edge too; "
        "0: the preset's (nav 0.1, slam 0.2, viz 0.3)",
        low=0.0,
        high=1.0,
        live=True,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class SnapshotConfig:
    """What save_snapshot writes."""

    folder: str = setting(
        "~/.ros/bridgenet_snapshots", "Each snapshot becomes a folder in this one", live=True
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class DiagnosticsConfig:
    """The report on /diagnostics."""

    period: float = setting(1.0, "Seconds between two reports", unit="s", low=0.1, high=60.0)
    quality_every: int = setting(
        10, "Measure the quality of every n-th frame; 0: of none", low=0, high=10000, live=True
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class WatchdogConfig:
    """The message that says why nothing comes out."""

    timeout_s: float = setting(
        5.0,
        "Say why within this time without output; 0: never",
        unit="s",
        low=0.0,
        high=3600.0,
        live=True,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeConfig:
    """The whole configuration; immutable, replaced as a whole."""

    autostart: bool = setting(True, "Configure and activate without a lifecycle manager")
    executor: str = setting(
        "single_threaded",
        "What runs the callbacks of bridgenet_node, read at its start; events is rclpy's "
        "experimental EventsExecutor, where it is there",
        choices=("single_threaded", "events"),
    )
    rgb_image_transport: str = setting(
        "raw",
        "Transport of the colour images; compressed reads rgb/image/compressed, JPEG or PNG",
        choices=("raw", "compressed"),
    )
    depth_image_transport: str = setting(
        "raw",
        "Transport of the depth images; compressedDepth reads depth/image/compressedDepth, PNG or "
        "RVL",
        choices=("raw", "compressedDepth"),
    )
    input: InputConfig = InputConfig()  # noqa: RUF009 - frozen, like the others
    sync: SyncConfig = SyncConfig()  # noqa: RUF009 - frozen, like the others
    register: RegisterConfig = RegisterConfig()  # noqa: RUF009 - frozen, like the others
    model: ModelConfig = ModelConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    fill: FillConfig = FillConfig()
    edge: EdgeConfig = EdgeConfig()
    mde: MdeConfig = MdeConfig()  # noqa: RUF009 - frozen, like the others
    output: OutputConfig = OutputConfig()  # noqa: RUF009 - frozen, like the others
    points: PointsConfig = PointsConfig()  # noqa: RUF009
    preview: PreviewConfig = PreviewConfig()  # noqa: RUF009
    snapshot: SnapshotConfig = SnapshotConfig()
    diagnostics: DiagnosticsConfig = DiagnosticsConfig()
    watchdog: WatchdogConfig = WatchdogConfig()

    def __post_init__(self) -> None:
        if not self.input.min_depth < self.input.max_depth:
            raise ConfigError(
                f"input.min_depth {self.input.min_depth} is not below "
                f"input.max_depth {self.input.max_depth}"
            )
        if not self.preview.min_depth < self.preview.max_depth:
            raise ConfigError(
                f"preview.min_depth {self.preview.min_depth} is not below "
                f"preview.max_depth {self.preview.max_depth}"
            )


def settings() -> list[Setting]:
    """Every setting, in the order of the dataclasses."""
    return list(_walk(NodeConfig, ""))


def with_values(config: NodeConfig, values: Mapping[str, object]) -> NodeConfig:
    """``config`` with the named settings replaced, checked one by one and as a whole.

    Raises:
        ConfigError: an unknown name, a value outside its range, or a combination that fails.
    """
    known = {s.name: s for s in settings()}
    for name in values:
        if name not in known:
            raise ConfigError(f"unknown setting {name!r}; expected one of {', '.join(known)}")
    checked = {name: known[name].check(value) for name, value in values.items()}
    return cast("NodeConfig", _rebuild(config, checked, ""))


def value_of(config: NodeConfig, name: str) -> Value:
    """The value of a setting by its dotted name."""
    node: Any = config
    for part in name.split("."):
        node = getattr(node, part)
    return cast("Value", node)


def _walk(cls: type, prefix: str) -> Iterator[Setting]:
    for f in fields(cls):
        name = prefix + f.name
        if "doc" in f.metadata:
            assert f.default is not MISSING  # `setting` always gives one
            yield Setting(name=name, default=f.default, **f.metadata)
        else:
            yield from _walk(type(f.default), name + ".")


def _rebuild(node: Any, values: Mapping[str, Value], prefix: str) -> Any:  # noqa: ANN401
    changes: dict[str, Any] = {}
    for f in fields(node):
        name = prefix + f.name
        if "doc" in f.metadata:
            if name in values:
                changes[f.name] = values[name]
        else:
            changes[f.name] = _rebuild(getattr(node, f.name), values, name + ".")
    return replace(node, **changes)
