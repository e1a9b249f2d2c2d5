"""What can be wrong between colour and depth: stamps, clocks, sizes, frames."""

from __future__ import annotations

import math
from collections.abc import Sequence
from heapq import merge

import numpy as np
import numpy.typing as npt

from bridgenet_ros.doctor.finding import Finding, Status
from bridgenet_ros.doctor.stream_record import Arrival
from bridgenet_ros.frame import FloatArray
from bridgenet_ros.input_config import SyncConfig
from bridgenet_ros.registration.shape import Kind, find_shape
from bridgenet_ros.sync import Pair, StampSynchronizer
from bridgenet_ros.watchdog import MOST_SLOP_S

GOOD_SHARE = 0.9
"""Of the scarcer images, so many should have a partner."""
LOST_AT_THE_ENDS = 2
MOST_LAG_S = 0.1
"""Depth whose driver aligns it comes later than colour by some frames, and not by more."""
MOST_AGE_S = 5.0
_QUEUE = 100

Stamps = npt.NDArray[np.int64]


def check_pairing(
    color: Sequence[Arrival], depth: Sequence[Arrival], sync: SyncConfig
) -> list[Finding]:
    """How many images find a partner, and what to set where they do not.

    The node's own rule decides; nothing is said where a stream is empty.
    """
    if not color or not depth:
        return []
    pairs = _pairs(color, depth, sync)
    gaps_s = [abs(p.color_stamp_ns - p.depth_stamp_ns - sync.stamp_offset_ns) / 1e9 for p in pairs]
    what = f"{len(pairs)} pairs of {len(color)} colour and {len(depth)} depth images"
    if gaps_s:
        what += f", stamps {np.median(gaps_s):.3f} s apart in the median"
    what += f"; sync.slop is {sync.slop:.3f} s"
    few, many = _in_common(color, depth, sync)
    if pairs and len(pairs) >= min(GOOD_SHARE * len(few), len(few) - LOST_AT_THE_ENDS):
        if len(few) >= GOOD_SHARE * min(len(color), len(depth)) - LOST_AT_THE_ENDS:
            return [_of(Status.OK, what)]
        advice = "were both running all the time? If so, they are stamped by two clocks"
        return [_of(Status.WARNING, f"{what}; their stamps overlap in part", advice)]
    advice = _advice_on_slop(few, many, sync) if len(few) else _advice_on_offset(color, depth, sync)
    return [_of(Status.WARNING if pairs else Status.ERROR, what, advice)]


def _pairs(
    color: Sequence[Arrival], depth: Sequence[Arrival], sync: SyncConfig
) -> list[Pair[None, None]]:
    pairing: StampSynchronizer[None, None] = StampSynchronizer(
        sync.slop_ns, _QUEUE, sync.stamp_offset_ns, eager=False
    )
    tagged = [
        [(a.arrived_ns, which, a.stamp_ns) for a in s] for which, s in enumerate((color, depth))
    ]
    found = []
    for _, which, stamp_ns in merge(*map(sorted, tagged)):
        add = pairing.add_depth if which else pairing.add_color
        found += add(stamp_ns, None)
    return found + pairing.flush()


def _in_common(
    color: Sequence[Arrival], depth: Sequence[Arrival], sync: SyncConfig
) -> tuple[Stamps, Stamps]:
    """The stamps from the time in which both ran: of the scarcer stream, then of the other."""
    c, d = _stamps(color), _stamps(depth) + sync.stamp_offset_ns
    first, last = max(c[0], d[0]) - sync.slop_ns, min(c[-1], d[-1]) + sync.slop_ns
    c, d = (stamps[(stamps >= first) & (stamps <= last)] for stamps in (c, d))
    return (c, d) if len(c) <= len(d) else (d, c)


def _advice_on_offset(color: Sequence[Arrival], depth: Sequence[Arrival], sync: SyncConfig) -> str:
    offset_s = sync.stamp_offset - lag_s(color, depth, sync)
    if abs(offset_s) <= MOST_SLOP_S:
        return f"set sync.stamp_offset to about {offset_s:.3f}, or stamp both by one clock"
    return (
        f"stamp both by one clock: they are {abs(offset_s):.1f} s apart, which is more than "
        "sync.stamp_offset can mend"
    )


def _advice_on_slop(few: Stamps, many: Stamps, sync: SyncConfig) -> str:
    most_ns = int(np.percentile(_distances(few, many), 100 * GOOD_SHARE, method="lower"))
    slop_s = math.ceil(most_ns * 11 // 10 / 1e6) / 1000  # a tenth more, in milliseconds
    if sync.slop < slop_s <= MOST_SLOP_S:
        return f"set sync.slop to {slop_s:.3f} or more, or synchronise the sensors"
    return "many images have no partner near them: look at both rates"


def _stamps(arrivals: Sequence[Arrival]) -> Stamps:
    return np.sort(np.array([a.stamp_ns for a in arrivals], np.int64))


def _distances(few: Stamps, many: Stamps) -> Stamps:
    """Of each of the few to the nearest of the many, which are sorted."""
    after = np.clip(np.searchsorted(many, few), 1, max(len(many) - 1, 1))
    right = many[np.minimum(after, len(many) - 1)]
    nearest: Stamps = np.minimum(np.abs(few - many[after - 1]), np.abs(few - right))
    return nearest


def lag_s(color: Sequence[Arrival], depth: Sequence[Arrival], sync: SyncConfig) -> float:
    """How far depth's stamps, with the offset, lie ahead of colour's, measured by arrival; s."""
    return (_delay_ns(depth) + sync.stamp_offset_ns - _delay_ns(color)) / 1e9


def _delay_ns(arrivals: Sequence[Arrival]) -> float:
    """Median of stamp less arrival."""
    return float(np.median([a.stamp_ns - a.arrived_ns for a in arrivals]))


def check_clocks(
    color: Sequence[Arrival], depth: Sequence[Arrival], sync: SyncConfig
) -> list[Finding]:
    """Whether both are stamped by one clock, as far as their arrival tells."""
    if not color or not depth:
        return []
    lag = lag_s(color, depth, sync)
    side = "behind" if lag < 0 else "ahead of"
    what = f"against their arrival, depth's stamps are {abs(lag):.3f} s {side} colour's"
    if abs(lag) <= MOST_LAG_S:
        return [_of(Status.OK, what)]
    offset_s = sync.stamp_offset - lag
    advice = "stamp both by one clock"
    if abs(offset_s) <= MOST_SLOP_S:
        advice = (
            f"if edges of depth trail those of colour while something moves, set "
            f"sync.stamp_offset to about {offset_s:.3f}"
        )
    return [_of(Status.WARNING, what, advice)]


def check_age(color: Sequence[Arrival]) -> list[Finding]:
    """Whether stamps lie near this machine's clock; arrivals must be of that."""
    if not color:
        return []
    age_s = -_delay_ns(color) / 1e9
    what = f"colour's stamps are {abs(age_s):.3f} s {'old' if age_s >= 0 else 'ahead'} at arrival"
    if abs(age_s) <= MOST_AGE_S:
        return [_of(Status.OK, what)]
    advice = (
        "for a recording or a simulation start the node with use_sim_time:=true, else set the "
        "clocks of both machines by one (chrony)"
    )
    return [_of(Status.WARNING, what, advice)]


def check_sizes(color: tuple[int, int], depth: tuple[int, int], scales: Sequence[int]) -> Finding:
    """Whether depth in the colour view can be upsampled to colour.

    Args:
        color: (height, width).
        depth: (height, width).
        scales: upsampling factors that the weights were trained for; empty: not known.
    """
    down, across = color[0] / depth[0], color[1] / depth[1]
    what = f"colour is {color[1]}x{color[0]}, depth {depth[1]}x{depth[0]}"
    if down < 1 or across < 1:
        advice = "take a smaller depth image, or larger colour, in the driver"
        return _of(Status.ERROR, f"{what}: depth is larger than colour", advice)
    if abs(down / across - 1) > 0.05:
        advice = (
            "they do not show the same view, though their frame_id says so: use the driver's "
            "aligned depth, or set register.mode to 'on'"
        )
        return _of(Status.WARNING, f"{what}: their shapes differ", advice)
    what += f", a factor of {across:g}"
    if scales and across > 1 and round(across) not in scales:
        made = ", ".join(map(str, scales))
        return _of(Status.NOTE, f"{what}; the weights are trained for {made}", "")
    return _of(Status.OK, what)


def check_grid(depth_m: FloatArray, unit_m: float) -> list[Finding]:
    """Whether depth of colour's size measures every pixel, or holds fewer measurements.

    Args:
        depth_m: (H, W) metres, 0 where invalid.
        unit_m: the step in which depth was recorded, metres.
    """
    shape = find_shape(depth_m, unit_m)
    if shape is None:
        return []
    rows, columns = shape.grid
    what = f"depth of colour's size is {shape.kind.value}, {shape.why}"
    if shape.kind is not Kind.DENSE:
        what += f": with register.grid auto it is taken as {columns}x{rows}"
    return [_of(Status.OK, what)]


def _of(status: Status, what: str, advice: str = "") -> Finding:
    return Finding(part="pairs", status=status, what=what, advice=advice)
