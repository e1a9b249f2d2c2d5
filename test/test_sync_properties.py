"""What holds for the synchroniser whatever arrives."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from streams import MS, PERIOD, START, Arrival, Sync, check_conservation, feed, flushed

from bridgenet_ros.sync import StampSynchronizer
from bridgenet_ros.sync_jumps import JUMP_NS

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


@settings(max_examples=200)
@given(
    frames=st.integers(30, 40),
    turns=st.integers(2, 4),
    delay=st.integers(-15, 15),
    picks=st.lists(st.booleans(), min_size=320, max_size=320),
    eager=st.booleans(),
)
def test_a_looped_recording_never_pairs_two_passes(
    frames: int, turns: int, delay: int, picks: list[bool], eager: bool
) -> None:
    """One stream may be six frames ahead, also into the next pass."""
    sync: StampSynchronizer[int, int] = StampSynchronizer(20 * MS, 20, eager=eager)
    pairs = []
    color = depth = 0
    total = frames * turns
    for pick in [*picks[: 2 * total], *[True] * total, *[False] * total]:
        color_next = depth - color > 5 or (pick and color - depth < 6)
        if color_next and color < total:
            pairs += sync.add_color(START + color % frames * PERIOD, color // frames)
            color += 1
        elif not color_next and depth < total:
            stamp = START + depth % frames * PERIOD + delay * MS
            pairs += sync.add_depth(stamp, depth // frames)
            depth += 1
    pairs += sync.flush()
    assert (color, depth) == (total, total)
    assert all(pair.color == pair.depth for pair in pairs)
    assert all(pair.depth_stamp_ns - pair.color_stamp_ns == delay * MS for pair in pairs)
    assert sync.counters.jumps == turns - 1
    # Of what one stream sent before the other had jumped too, some may be let go.
    for turn in range(turns):
        assert frames - 12 <= sum(pair.color == turn for pair in pairs) <= frames
    check_conservation(sync.counters)
