"""What an untrained pipeline is built of, where a test does not care."""

from __future__ import annotations

from bridgenet_ros.frame_settings import FrameSettings
from bridgenet_ros.network.weights import WeightsCard

SETTINGS = FrameSettings(
    depth_scale_m=0.001,
    min_depth_m=0.1,
    max_depth_m=10.0,
    fill_holes=False,
    same_frame=True,
    edge_threshold=0.0,
)
"""Depth in millimetres; neither holes nor flying pixels are touched."""


def untrained_card(*scales: int, preset: str = "tiny") -> WeightsCard:
    """For these upsampling factors, within 10 m."""
    return WeightsCard(
        preset=preset,
        trained=False,
        scales=scales,
        value_range_m=10.0,
        training_data=(),
        licence="Apache-2.0",
    )
