"""The settings of what the node publishes: depth images, points and the preview."""

from __future__ import annotations

from dataclasses import dataclass

from bridgenet_ros.depth_units import DEPTH_ENCODINGS
from bridgenet_ros.setting import setting


@dataclass(frozen=True, kw_only=True, slots=True)
class OutputQosConfig:
    """QoS of the published images and camera infos."""

    reliability: str = setting(
        "reliable", "Reliability of the publishers", choices=("reliable", "best_effort")
    )
    depth: int = setting(5, "Queue depth of the publishers", low=1, high=100)


@dataclass(frozen=True, kw_only=True, slots=True)
class OutputConfig:
    """How depth is published."""

    encoding: str = setting(
        "32FC1",
        "32FC1 is metres with NaN, 16UC1 millimetres with 0, for invalid pixels (REP 118)",
        choices=DEPTH_ENCODINGS,
        live=True,
    )
    compressed_depth: str = setting(
        "off",
        "Publish depth also as compressedDepth, PNG or RVL, while someone subscribes to it: 16UC1 "
        "exactly, 32FC1 to 0.05 mm at 1 m and 5 mm at 10 m, and not nearer than 0.154 m",
        choices=("off", "png", "rvl"),
    )
    stamp_source: str = setting(
        "color",
        "Image whose stamp all outputs carry; depth's is as the driver gave it, without "
        "sync.stamp_offset",
        choices=("color", "depth"),
        live=True,
    )
    qos: OutputQosConfig = OutputQosConfig()


@dataclass(frozen=True, kw_only=True, slots=True)
class PointsConfig:
    """The point cloud of super-resolved depth."""

    enable: bool = setting(True, "Make clouds, while someone subscribes to them", live=True)
    rate: float = setting(
        10.0,
        "Most clouds a second of image stamps; 0: every frame",
        unit="Hz",
        low=0.0,
        high=1000.0,
        live=True,
    )
    stride: int = setting(2, "Every n-th column of every n-th row", low=1, high=64, live=True)
    ordered: bool = setting(
        False,
        "Keep rows and columns, with NaN where depth is invalid; otherwise valid points only",
        live=True,
    )
    color: bool = setting(True, "Give each point its colour (field rgb)", live=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class PreviewConfig:
    """The coloured picture of depth."""

    min_depth: float = setting(
        0.0, "Depth at the near end of the colours", unit="m", low=0.0, high=1000.0, live=True
    )
    max_depth: float = setting(
        6.0, "Depth at the far end of the colours", unit="m", low=0.0, high=1000.0, live=True
    )
    rate: float = setting(
        5.0,
        "Most previews a second of image stamps; 0: every frame",
        unit="Hz",
        low=0.0,
        high=1000.0,
        live=True,
    )
