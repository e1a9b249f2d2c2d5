"""What is exported of a recording, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bridgenet_ros.config import NodeConfig
from bridgenet_ros.depth_units import MILLIMETRE
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.offline.bag_topics import TopicNames
from bridgenet_ros.offline.selection import Selection

_PREVIEW = NodeConfig().preview


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """What is exported of a recording.

    Attributes:
        topics: colour and the sensor's depth; those not named are found.
        sr_topic: super-resolved depth; None is found.
        selection: which part of the recording; its patterns and renames have no meaning here.
        slop_ns: greatest distance between the stamps of colour and depth.
        sensor_unit_m: metres of one unit of a recorded 16-bit depth of the sensor.
        depth: format of depth, one of `data.depth_file.DEPTH_FILES`.
        unit_m: metres of one step of a depth PNG.
        color: format of colour, png or jpeg.
        clouds: also write the main depth as point clouds.
        video: also write a video of colour, the sensor's depth and the super-resolved.
        near_m: nearest depth of the video's colours.
        far_m: farthest depth of the video's colours.

    Raises:
        ConfigError: a unit is not above 0, or the colours have no range.
    """

    topics: TopicNames = field(default_factory=TopicNames)
    sr_topic: str | None = None
    selection: Selection = field(default_factory=Selection)
    slop_ns: int = NodeConfig().sync.slop_ns
    sensor_unit_m: float = MILLIMETRE
    depth: str = "png"
    unit_m: float = MILLIMETRE
    color: str = "png"
    clouds: bool = False
    video: bool = False
    near_m: float = _PREVIEW.min_depth
    far_m: float = _PREVIEW.max_depth

    def __post_init__(self) -> None:
        for name, unit_m in (("depth", self.unit_m), ("sensor", self.sensor_unit_m)):
            if not 0 < unit_m < float("inf"):
                raise ConfigError(f"{name} unit is {unit_m} m; expected more than 0")
        if not 0 <= self.near_m < self.far_m < float("inf"):
            raise ConfigError(
                f"the colours go from {self.near_m} m to {self.far_m} m; expected a nearer and a "
                "farther depth"
            )
        if self.slop_ns < 0:
            raise ConfigError(f"slop is {self.slop_ns / 1e9:g} s; expected 0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSummary:
    """What became of a recording; ``pairs == frames + skipped + sum(bad_frames)``.

    Attributes:
        topics: what was read, by kind; colour is ``color``.
        frames: frames written.
        pairs: colour images with a partner of the main depth.
        skipped: pairs left out by ``Selection.every``.
        unpaired: images without partner, by reason.
        bad_frames: frames that could not be used, by reason.
        unreadable: images whose message could not be decoded at all.
        warnings: what the user should know, in sentences.
    """

    topics: Mapping[str, str]
    frames: int
    pairs: int
    skipped: int
    unpaired: Mapping[str, int]
    bad_frames: Mapping[str, int]
    unreadable: int
    warnings: tuple[str, ...]
