"""The settings of what the node receives: images, and how they are paired."""

from __future__ import annotations

from dataclasses import dataclass

from bridgenet_ros.setting import setting

_NS_PER_S = 1_000_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class InputConfig:
    """How the camera's topics are read."""

    qos: str = setting(
        "auto",
        "Reliability of the image subscriptions; auto follows what the publisher offers",
        choices=("auto", "reliable", "best_effort"),
    )
    depth: int = setting(5, "Queue depth of each image subscription", low=1, high=100)
    lazy: bool = setting(
        True,
        "Once depth has come out, receive images only while someone subscribes to an output",
        live=True,
    )
    depth_scale: float = setting(
        0.001,
        "Metres of one unit of an integer depth image",
        unit="m",
        low=1e-6,
        high=1.0,
        live=True,
    )
    min_depth: float = setting(
        0.1, "Nearer depth is invalid", unit="m", low=0.0, high=1000.0, live=True
    )
    max_depth: float = setting(
        10.0, "Farther depth is invalid", unit="m", low=0.0, high=1000.0, live=True
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class SyncConfig:
    """How colour and depth are paired by stamp."""

    policy: str = setting(
        "nearest",
        "nearest is built in; approximate and exact are message_filters' and need it installed",
        choices=("nearest", "approximate", "exact"),
    )
    slop: float = setting(
        0.02,
        "Largest stamp distance of a pair; 0 pairs equal stamps only",
        unit="s",
        low=0.0,
        high=1.0,
        live=True,
    )
    queue_size: int = setting(
        10, "Images of each topic that wait for a partner", low=1, high=100, live=True
    )
    stamp_offset: float = setting(
        0.0, "Added to the depth stamp before pairing", unit="s", low=-1.0, high=1.0, live=True
    )

    @property
    def slop_ns(self) -> int:
        """`slop` in nanoseconds."""
        return round(self.slop * _NS_PER_S)

    @property
    def stamp_offset_ns(self) -> int:
        """`stamp_offset` in nanoseconds."""
        return round(self.stamp_offset * _NS_PER_S)
