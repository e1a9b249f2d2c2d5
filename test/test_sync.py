"""Pairing by stamp: the measured failures of others, live latency, bad stamps and bounds."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from streams import MS, PERIOD, START, Arrival, Sync, check_conservation, dropped, feed, flushed

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.sync import StampSynchronizer
from bridgenet_ros.sync_jumps import JUMP_NS


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


def test_without_slop_equal_stamps_alone_make_pairs() -> None:
    """What message_filters' exact policy does, without message_filters."""
    arrivals: list[Arrival] = []
    for index in range(30):
        color = START + index * PERIOD
        arrivals += [("color", color), ("depth", color + index % 3)]  # 0, 1 or 2 ns later
    sync: Sync = StampSynchronizer(0, 10)
    equal = [START + index * PERIOD for index in range(0, 30, 3)]
    assert feed(sync, arrivals) + flushed(sync) == [(stamp, stamp) for stamp in equal]
    assert dropped(sync) == {"color_unpaired": 20, "depth_unpaired": 20}


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
    assert sync.jumps == sync.counters.jumps == 1


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
