"""The part of the configuration that may change from one frame to the next."""

from __future__ import annotations

from dataclasses import dataclass

from bridgenet_ros.config import EdgeConfig, NodeConfig
from bridgenet_ros.estimate_fit import FitLimits, fit_limits
from bridgenet_ros.flying_pixels import PRESETS


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameSettings:
    """What may change from one frame to the next."""

    depth_scale_m: float
    min_depth_m: float
    max_depth_m: float
    fill_holes: bool
    same_frame: bool
    """Refuse depth whose frame is not colour's, unless the frame has a rig."""
    find_grid: bool = True
    """Look for sparse dots and copied blocks in depth of colour's size."""
    depth_stamp: bool = False
    """Results carry the depth image's stamp, not colour's."""
    edge_threshold: float
    """See `FlyingPixelGuard`; 0 leaves flying pixels in."""
    align: FitLimits | None = None
    """How the estimate is fitted to the sensor's depth; None leaves it as the network gives it."""


def frame_settings(config: NodeConfig) -> FrameSettings:
    """The live part of the configuration."""
    return FrameSettings(
        depth_scale_m=config.input.depth_scale,
        min_depth_m=config.input.min_depth,
        max_depth_m=config.input.max_depth,
        fill_holes=config.fill.mode == "all",
        same_frame=config.register.mode == "auto",
        find_grid=config.register.grid == "auto",
        depth_stamp=config.output.stamp_source == "depth",
        edge_threshold=_edge_threshold(config.edge),
        align=fit_limits(config.mde.align),
    )


def _edge_threshold(edge: EdgeConfig) -> float:
    return (edge.threshold or PRESETS[edge.preset]) if edge.enable else 0.0
