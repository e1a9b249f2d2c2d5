"""Two streams of stamps through a synchroniser."""

from __future__ import annotations

from bridgenet_ros.sync import Pair, StampSynchronizer, SyncCounters

MS = 1_000_000
PERIOD = 33_333_333
START = 1_700_000_000_000_000_000

Sync = StampSynchronizer[int, int]
Arrival = tuple[str, int]


def feed(sync: Sync, arrivals: list[Arrival]) -> list[tuple[int, int]]:
    """Add items that are their own stamps; returns the pairs as stamps."""
    pairs: list[Pair[int, int]] = []
    for stream, stamp in arrivals:
        add = sync.add_color if stream == "color" else sync.add_depth
        pairs.extend(add(stamp, stamp))
    return [(pair.color, pair.depth) for pair in pairs]


def flushed(sync: Sync) -> list[tuple[int, int]]:
    return [(pair.color, pair.depth) for pair in sync.flush()]


def check_conservation(counters: SyncCounters) -> None:
    """Every item is in a pair, waiting, or counted once as dropped."""
    assert counters.items_in == 2 * counters.pairs + sum(counters.drops.values()) + counters.pending
    assert min(counters.drops.values()) >= 0


def dropped(sync: Sync) -> dict[str, int]:
    return {reason: count for reason, count in sync.counters.drops.items() if count}
