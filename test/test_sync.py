"""Pairing by stamp: the measured failures of others, live latency, and the invariants."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.sync import JUMP_NS, Pair, StampSynchronizer, SyncCounters

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


def jittered(seed: int, count: int = 300) -> tuple[list[Arrival], list[tuple[int, int]]]:
    """Two 30 Hz streams, partners 1 ms apart, each message 0 to 60 ms on its way."""
    rng = np.random.default_rng(seed)
    timed = []
    pairs = []
    for index in range(count):
        color = START + index * PERIOD
        depth = color + MS
        pairs.append((color, depth))
        for stream, stamp in (("color", color), ("depth", depth)):
            timed.append((stamp + float(rng.uniform(0, 60 * MS)), stream, stamp))
    return [(stream, stamp) for _, stream, stamp in sorted(timed)], pairs


# The five measured cases.


@pytest.mark.parametrize("eager", [True, False])
@pytest.mark.parametrize("slop_ms", [50, 15])
@pytest.mark.parametrize("seed", range(8))
def test_arrival_jitter_gives_every_true_pair_in_order(
    seed: int, slop_ms: int, eager: bool
) -> None:
    arrivals, expected = jittered(seed)
    sync: Sync = StampSynchronizer(slop_ms * MS, 10, eager=eager)
    pairs = feed(sync, arrivals)
    assert pairs + flushed(sync) == expected
    assert len(pairs) >= len(expected) - 3
    assert dropped(sync) == {}


@pytest.mark.parametrize("seed", range(4))
def test_jitter_is_also_survived_with_a_large_queue_and_slop(seed: int) -> None:
    arrivals, expected = jittered(seed)
    sync: Sync = StampSynchronizer(200 * MS, 100)
    assert feed(sync, arrivals) + flushed(sync) == expected


def bag_pass() -> tuple[list[Arrival], list[tuple[int, int]]]:
    """Twenty seconds of colour at 15 Hz and depth at 30 Hz, depth 2 ms after colour."""
    arrivals: list[tuple[int, str]] = []
    pairs = []
    for index in range(600):
        stamp = START + index * PERIOD
        arrivals.append((stamp + 2 * MS, "depth"))
        if index % 2 == 0:
            arrivals.append((stamp, "color"))
            pairs.append((stamp, stamp + 2 * MS))
    return [(stream, stamp) for stamp, stream in sorted(arrivals)], pairs


@pytest.mark.parametrize("straggler", [False, True])
def test_a_looped_bag_gives_every_pair_on_every_pass(straggler: bool) -> None:
    (first, *body, last), expected = bag_pass()
    looped: list[Arrival] = []
    for _ in range(3):
        # The last depth image of a pass may arrive when colour has already begun anew.
        behind = [last] if straggler and looped else []
        looped += [first, *behind, *body, *([] if straggler else [last])]
    sync: Sync = StampSynchronizer(20 * MS, 10)
    assert feed(sync, looped) + flushed(sync) == expected * 3
    check_conservation(sync.counters)


def test_a_consumer_that_raises_or_calls_back_harms_nothing() -> None:
    sync: Sync = StampSynchronizer(20 * MS, 10)

    def consume() -> None:
        sync.add_color(START, 1)
        for _pair in sync.add_depth(START, 1):
            # The lock is not held: the synchroniser can be used from here.
            sync.add_color(START + PERIOD, 2)
            raise RuntimeError("consumer failed")

    with pytest.raises(RuntimeError, match="consumer failed"):
        consume()
    other = threading.Thread(target=sync.add_depth, args=(START + PERIOD, 2))
    other.start()
    other.join(timeout=5)
    assert not other.is_alive()
    assert sync.counters.pairs == 2


# Live latency: what must come out without a further message.


@pytest.mark.parametrize("first", ["color", "depth"])
def test_equal_stamps_pair_at_once_from_the_first_frame(first: str) -> None:
    second = "depth" if first == "color" else "color"
    sync: Sync = StampSynchronizer(20 * MS, 10)
    for index in range(5):
        stamp = START + index * PERIOD
        assert feed(sync, [(first, stamp)]) == []
        assert feed(sync, [(second, stamp)]) == [(stamp, stamp)]


@pytest.mark.parametrize("offset_ms", [-14, -5, 5, 14])
def test_steady_streams_pair_at_once_after_a_few_frames(offset_ms: int) -> None:
    sync: Sync = StampSynchronizer(20 * MS, 10)
    at_once = []
    for index in range(30):
        color, depth = START + index * PERIOD, START + index * PERIOD + offset_ms * MS
        order: list[Arrival] = sorted([("color", color), ("depth", depth)], key=lambda a: a[1])
        first = feed(sync, order[:1])
        second = feed(sync, order[1:])
        at_once.append((color, depth) in second)
        assert index < 6 or first == []
    assert all(at_once[6:])


def test_a_lost_depth_image_does_not_delay_the_next_pair() -> None:
    sync: Sync = StampSynchronizer(20 * MS, 10)
    for index in range(100):
        stamp = START + index * PERIOD
        feed(sync, [("color", stamp)])
        if index % 3:
            assert feed(sync, [("depth", stamp)]) == [(stamp, stamp)]
    assert dropped(sync) == {"color_unpaired": 33}


def test_a_closer_partner_that_may_still_come_is_waited_for() -> None:
    sync: Sync = StampSynchronizer(50 * MS, 10)
    assert feed(sync, [("color", START), ("depth", START - 30 * MS)]) == []
    assert feed(sync, [("depth", START + 3 * MS)]) == []
    assert flushed(sync) == [(START, START + 3 * MS)]
    assert dropped(sync) == {"depth_unpaired": 1}


def test_a_depth_image_is_kept_for_its_closer_colour_image() -> None:
    sync: Sync = StampSynchronizer(50 * MS, 10)
    feed(sync, [("color", START), ("depth", START + 30 * MS), ("color", START + 33 * MS)])
    assert flushed(sync) == [(START + 33 * MS, START + 30 * MS)]


# Bad stamps and bounds.


@pytest.mark.parametrize("stamp", [0, -1])
def test_a_stamp_of_zero_or_less_is_dropped_and_counted(stamp: int) -> None:
    sync: Sync = StampSynchronizer(20 * MS, 10, stamp_offset_ns=MS)
    assert feed(sync, [("color", stamp), ("depth", stamp)]) == []
    assert dropped(sync) == {"invalid_stamp": 2}


def test_a_small_step_back_is_late_and_not_a_jump() -> None:
    sync: Sync = StampSynchronizer(20 * MS, 10)
    feed(sync, [("color", START), ("depth", START)])
    assert feed(sync, [("color", START - 100 * MS), ("color", START)]) == []
    assert dropped(sync) == {"late": 2}


def test_the_same_stamp_twice_is_a_duplicate() -> None:
    sync: Sync = StampSynchronizer(20 * MS, 10)
    feed(sync, [("color", START), ("color", START)])
    assert dropped(sync) == {"duplicate": 1}
    assert feed(sync, [("depth", START)]) == [(START, START)]


def test_a_jump_back_pairs_what_waited_and_counts_the_rest() -> None:
    sync: Sync = StampSynchronizer(20 * MS, 10)
    waiting = [("color", START), ("depth", START + 9 * MS), ("color", START + PERIOD)]
    assert feed(sync, waiting) == []
    earlier = START - JUMP_NS - 21 * MS
    assert feed(sync, [("color", earlier)]) == [(START, START + 9 * MS)]
    assert dropped(sync) == {"time_jump": 1}
    assert feed(sync, [("depth", earlier)]) == [(earlier, earlier)]


def test_one_wild_stamp_costs_a_few_frames_and_no_more() -> None:
    for wild in (START - 3_600_000 * MS, START + 3_600_000 * MS):
        sync: Sync = StampSynchronizer(20 * MS, 10)
        pairs = feed(sync, [("color", START), ("depth", START), ("color", wild)])
        for index in range(1, 20):
            stamp = START + index * PERIOD
            pairs += feed(sync, [("color", stamp), ("depth", stamp)])
        assert len(pairs) >= 18
        check_conservation(sync.counters)


def test_a_stream_without_partner_is_bounded_by_the_queue() -> None:
    sync: Sync = StampSynchronizer(20 * MS, 10)
    feed(sync, [("color", START + index * PERIOD) for index in range(1000)])
    assert sync.counters.pending == 10
    assert dropped(sync) == {"queue_full": 990}


def test_a_full_queue_forces_the_oldest_decision() -> None:
    sync: Sync = StampSynchronizer(1000 * MS, 3)
    pairs = feed(sync, [("depth", START + 10 * MS)])
    for index in range(4):
        pairs += feed(sync, [("color", START + index * PERIOD)])
    assert pairs == [(START, START + 10 * MS)]


def test_streams_that_never_meet_are_dropped_as_unpaired() -> None:
    sync: Sync = StampSynchronizer(5 * MS, 10)
    for index in range(50):
        stamp = START + index * PERIOD
        assert feed(sync, [("color", stamp), ("depth", stamp + 15 * MS)]) == []
    drops = dropped(sync)
    assert set(drops) == {"color_unpaired", "depth_unpaired"}
    assert sync.counters.pending <= 6


def test_the_offset_is_added_to_depth_and_taken_from_the_answer() -> None:
    sync: Sync = StampSynchronizer(5 * MS, 10, stamp_offset_ns=100 * MS)
    sync.add_color(START, 1)
    (pair,) = sync.add_depth(START - 100 * MS, 2)
    assert (pair.color_stamp_ns, pair.depth_stamp_ns) == (START, START - 100 * MS)
    assert (pair.color, pair.depth) == (1, 2)


def test_settings_change_while_items_wait() -> None:
    sync: Sync = StampSynchronizer(5 * MS, 10)
    assert feed(sync, [("depth", START - 40 * MS), ("color", START)]) == []
    sync.update(stamp_offset_ns=40 * MS)
    assert flushed(sync) == [(START, START - 40 * MS)]
    feed(sync, [("color", START + index * PERIOD) for index in range(1, 9)])
    sync.update(queue_size=2, slop_ns=1)
    feed(sync, [("color", START + 9 * PERIOD)])
    assert sync.counters.pending == 2


def test_reset_counts_what_waited_and_takes_old_stamps_again() -> None:
    sync: Sync = StampSynchronizer(20 * MS, 10)
    feed(sync, [("color", START), ("depth", START), ("color", START + PERIOD)])
    sync.reset()
    assert dropped(sync) == {"reset": 1}
    assert feed(sync, [("color", START), ("depth", START)]) == [(START, START)]


@pytest.mark.parametrize(("slop_ns", "queue_size"), [(-1, 10), (0, 0)])
def test_settings_out_of_range_are_refused(slop_ns: int, queue_size: int) -> None:
    with pytest.raises(ConfigError, match="expected"):
        StampSynchronizer(slop_ns, queue_size)
    sync: Sync = StampSynchronizer(5, 5)
    with pytest.raises(ConfigError, match="expected"):
        sync.update(slop_ns=slop_ns, queue_size=queue_size)


def test_counters_are_a_snapshot() -> None:
    sync: Sync = StampSynchronizer(20 * MS, 10)
    before = sync.counters
    feed(sync, [("color", 0)])
    assert before.drops["invalid_stamp"] == 0
    with pytest.raises(TypeError):
        before.drops["late"] = 1  # type: ignore[index]


def test_threads_lose_no_item() -> None:
    sync: Sync = StampSynchronizer(20 * MS, 10)
    stamps = [START + index * PERIOD for index in range(500)]
    threads = [
        threading.Thread(target=feed, args=(sync, [(stream, stamp) for stamp in stamps]))
        for stream in ("color", "depth")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sync.counters.items_in == 1000
    check_conservation(sync.counters)


# Invariants.

stamps = st.lists(st.integers(1, 60), max_size=12, unique=True).map(sorted)
arrivals = st.lists(
    st.tuples(st.sampled_from(["color", "depth"]), st.integers(-1, 3 * JUMP_NS // MS)), max_size=60
)


def interleaved(colors: list[int], depths: list[int], picks: list[bool]) -> Iterator[Arrival]:
    """Both streams in order, mixed as the picks say."""
    waiting = {"color": list(colors), "depth": list(depths)}
    for pick in picks:
        stream = "color" if pick else "depth"
        if waiting[stream]:
            yield stream, waiting[stream].pop(0)
    for stream, rest in waiting.items():
        for stamp in rest:
            yield stream, stamp


def closest_first(colors: list[int], depths: list[int], slop: int) -> list[tuple[int, int]]:
    """The rule, on whole recordings: closest first, no item twice, no crossing."""
    chosen: list[tuple[int, int]] = []
    for _, color, depth in sorted((abs(c - d), c, d) for c in colors for d in depths):
        if abs(color - depth) <= slop and all((color - c) * (depth - d) > 0 for c, d in chosen):
            chosen.append((color, depth))
    return sorted(chosen)


@settings(max_examples=300)
@given(
    colors=stamps,
    depths=stamps,
    picks=st.lists(st.booleans()),
    slop=st.integers(0, 20),
    lateness=st.integers(0, 5),
)
def test_a_recording_pairs_alike_however_its_streams_interleave(
    colors: list[int], depths: list[int], picks: list[bool], slop: int, lateness: int
) -> None:
    sync: Sync = StampSynchronizer(slop, 100, eager=False, lateness_ns=lateness)
    pairs = feed(sync, list(interleaved(colors, depths, picks))) + flushed(sync)
    assert pairs == closest_first(colors, depths, slop)
    check_conservation(sync.counters)
    assert sync.counters.pending == 0


@settings(max_examples=300)
@given(
    first=st.integers(1, 40),
    offset=st.integers(-60, 60),
    lost=st.sets(st.integers(0, 39)),
    picks=st.lists(st.booleans(), max_size=80),
    lateness=st.integers(0, 150),
)
def test_steady_live_streams_never_get_a_worse_partner(
    first: int, offset: int, lost: set[int], picks: list[bool], lateness: int
) -> None:
    """Period 100, colour complete, depth with losses: the partner is the nearest image."""
    colors = [1000 + first + 100 * index for index in range(40)]
    whole = [color + offset for color in colors]
    depths = [depth for index, depth in enumerate(whole) if index < 6 or index not in lost]
    sync: Sync = StampSynchronizer(49, 100, lateness_ns=lateness)
    pairs = feed(sync, list(interleaved(colors, depths, picks))) + flushed(sync)
    assert pairs == closest_first(colors, depths, 49)


@settings(max_examples=300)
@given(
    arrivals=arrivals,
    slop=st.integers(0, 50),
    queue=st.integers(1, 6),
    eager=st.booleans(),
    offset=st.integers(-30, 30),
)
def test_anything_may_arrive_and_every_item_is_accounted_for(
    arrivals: list[Arrival], slop: int, queue: int, eager: bool, offset: int
) -> None:
    sync: Sync = StampSynchronizer(slop * MS, queue, offset * MS, eager=eager)
    newest = {"color": 0, "depth": 0}
    last = 0
    for stream, stamp in arrivals:
        key = stamp * MS + (offset * MS if stream == "depth" else 0)
        jumped = stamp > 0 and key < newest[stream] - JUMP_NS - slop * MS
        pairs = feed(sync, [(stream, stamp * MS)])
        assert all(abs(color - depth - offset * MS) <= slop * MS for color, depth in pairs)
        colors = [color for color, _ in pairs]
        if jumped:
            newest = {"color": 0, "depth": 0}
        else:
            assert all(early < late for early, late in pairwise([last, *colors]))
        newest[stream] = max(newest[stream], key)
        last = 0 if jumped else max([last, *colors])
        check_conservation(sync.counters)
        assert sync.counters.pending <= 2 * queue
    flushed(sync)
    assert sync.counters.pending == 0
    check_conservation(sync.counters)
