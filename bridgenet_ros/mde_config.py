"""The settings of the estimated depth."""

from __future__ import annotations

from dataclasses import dataclass

from bridgenet_ros.setting import setting

ALIGN_OFF, ALIGN_SCALE, ALIGN_BOTH = "off", "scale", "scale_shift"


@dataclass(frozen=True, kw_only=True, slots=True)
class AlignConfig:
    """How the estimate is fitted to the sensor's depth of the same frame."""

    mode: str = setting(
        ALIGN_BOTH,
        "Fit the estimate to the sensor's depth of the same frame: by a factor and an offset, by "
        "the factor alone, or not at all",
        choices=(ALIGN_OFF, ALIGN_SCALE, ALIGN_BOTH),
        live=True,
    )
    min_pixels: int = setting(
        32,
        "Least number of the sensor's pixels for a fit; with fewer the estimate stays as it is, "
        "and that is told",
        low=3,
        high=1000,
        live=True,
    )
    min_spread: float = setting(
        0.1,
        "Least spread of the estimate, from its 10th to its 90th percentile over its median, for "
        "an offset; a flatter one is fitted by the factor alone",
        low=0.01,
        high=10.0,
        live=True,
    )
    max_scale: float = setting(
        4.0,
        "Greatest factor, and the least is 1 over it; beyond it the estimate stays as it is, and "
        "that is told",
        low=1.0,
        high=100.0,
        live=True,
    )
    max_shift: float = setting(
        2.0, "The same for the offset, to both sides", unit="m", low=0.0, high=100.0, live=True
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class MdeConfig:
    """The estimated depth."""

    enable: bool = setting(
        False, "Estimate depth for every frame; otherwise only while someone subscribes", live=True
    )
    align: AlignConfig = AlignConfig()
