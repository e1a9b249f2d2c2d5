"""The pairs of a recording and how they are cut."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_bags import (
    COLOR,
    COLOR_INFO,
    DEPTH,
    HEIGHT,
    MS,
    PERIOD,
    START,
    WIDTH,
    Recorded,
    color_payload,
    depth_payload,
    image,
    recording,
    write_bag,
)

from bridgenet_ros.errors import BagError
from bridgenet_ros.image_codec import encode_depth
from bridgenet_ros.offline.bag_reader import BagReader
from bridgenet_ros.offline.bag_topics import TopicNames, find_topics
from bridgenet_ros.offline.messages import CAMERA_INFO_TYPE
from bridgenet_ros.offline.plan import Plan, make_plan
from bridgenet_ros.offline.selection import Selection


def plan_of(
    tmp_path: Path,
    messages: list[Recorded] | None = None,
    selection: Selection | None = None,
    segment: int | None = None,
) -> Plan:
    with BagReader(write_bag(tmp_path / "in.mcap", messages)) as reader:
        return make_plan(
            reader,
            find_topics(reader.connections, TopicNames()),
            selection or Selection(),
            slop_ns=20 * MS,
            stamp_offset_ns=0,
            segment=segment,
        )


def test_a_pair_is_two_times_and_two_stamps(tmp_path: Path) -> None:
    messages = [
        image(COLOR, START, color_payload(), time_ns=START + 3),
        image(DEPTH, START + 7, depth_payload(), time_ns=START + 9),
    ]
    plan = plan_of(tmp_path, messages)
    assert plan.pairs.tolist() == [[START + 3, START, START + 9, START + 7]]
    assert plan.pairs.dtype == np.int64
    assert (plan.pixels, plan.skipped) == (WIDTH * HEIGHT, 0)
    assert plan.image_bytes == sum(len(raw) for *_, raw in messages)


def test_segments_hold_every_pair_once_in_order(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, recording(11), segment=4)
    segments = list(plan.segments())
    assert [(s.index, len(s.pairs)) for s in segments] == [(0, 4), (1, 4), (2, 3)]
    assert plan.segment_count == 3
    stamps = np.concatenate([s.pairs for s in segments])[:, 1]
    assert stamps.tolist() == [START + i * PERIOD for i in range(11)]


def test_the_cut_follows_the_number_of_pairs(tmp_path: Path) -> None:
    assert plan_of(tmp_path, recording(9)).segment == 4
    (tmp_path / "more").mkdir()
    assert plan_of(tmp_path / "more", recording(1280)).segment == 10


def test_every_nth_pair_is_chosen_and_the_others_counted(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, recording(7), Selection(every=3))
    assert plan.pairs[:, 1].tolist() == [START + i * PERIOD for i in (0, 3, 6)]
    assert plan.skipped == 4


def test_the_window_is_of_recording_times(tmp_path: Path) -> None:
    selection = Selection(start_s=2.5 * PERIOD / 1e9, duration_s=3 * PERIOD / 1e9)
    plan = plan_of(tmp_path, recording(10), selection)
    assert plan.pairs[:, 0].tolist() == [START + i * PERIOD for i in (3, 4, 5)]


def test_sizes_are_of_the_paired_images(tmp_path: Path) -> None:
    assert plan_of(tmp_path, recording(3)).sizes == {COLOR: [(WIDTH, HEIGHT)], DEPTH: [(3, 2)]}
    (tmp_path / "more").mkdir()
    messages = recording(1)
    for index in range(1, 9):  # depth that grows from pair to pair
        stamp = START + index * PERIOD
        depth = encode_depth(np.ones((2, 3 + index), np.uint16))
        messages += [image(COLOR, stamp, color_payload()), image(DEPTH, stamp, depth)]
    sizes = plan_of(tmp_path / "more", messages).sizes
    assert sizes == {COLOR: [(WIDTH, HEIGHT)], DEPTH: [(3, 2), (4, 2), (5, 2), (6, 2)]}


def test_calibrations_are_of_the_whole_recording(tmp_path: Path) -> None:
    messages = [m for m in recording(6) if m[0] != COLOR_INFO or m[2] == START]
    plan = plan_of(tmp_path, messages, Selection(start_s=0.1))
    assert bool(plan.infos)
    assert len(plan.pairs) == 2


def test_a_broken_calibration_is_named(tmp_path: Path) -> None:
    messages = [*recording(2), (COLOR_INFO, CAMERA_INFO_TYPE, START, b"\0\1\0\0junk")]
    with pytest.raises(BagError, match=rf"in\.mcap: {COLOR_INFO}: message of 8 bytes"):
        plan_of(tmp_path, messages)


def test_no_pair_in_the_window_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BagError, match="no image of /rgb/image"):
        plan_of(tmp_path, recording(3), Selection(start_s=10))


def test_stamps_that_go_back_are_paired_all_the_same(tmp_path: Path) -> None:
    again = [(t, kind, time + 40 * PERIOD, raw) for t, kind, time, raw in recording(30)]
    plan = plan_of(tmp_path, recording(30) + again)
    assert plan.pairs[:, 1].tolist() == 2 * [START + i * PERIOD for i in range(30)]


@pytest.mark.parametrize(
    ("pairs", "viewed"),
    [(1, [0]), (4, [0, 1, 2, 3]), (6, [0, 1, 2, 3, 4, 5]), (12, [1, 3, 5, 7, 9, 11])],
)
def test_pairs_that_a_report_shows_are_evenly_spaced(
    tmp_path: Path, pairs: int, viewed: list[int]
) -> None:
    plan = plan_of(tmp_path, recording(pairs), segment=5)
    assert plan.viewed() == viewed
    cut = [index + 5 * s.index for s in plan.segments() for index in sorted(s.viewed)]
    assert cut == viewed
