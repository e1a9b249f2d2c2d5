"""What one stream teaches about the stamps that may still arrive."""

from __future__ import annotations

from bridgenet_ros.sync_lane import Lane


def lane_of(keys: list[int], *, eager: bool = True) -> Lane[int]:
    lane: Lane[int] = Lane(eager=eager)
    for key in keys:
        lane.add(key, -key)
    return lane


def test_items_come_back_by_key_and_keys_stay_sorted() -> None:
    lane = lane_of([30, 10, 20])
    assert lane.keys == [10, 20, 30]
    assert lane.take(20) == -20
    assert (lane.keys, lane.holds(20), lane.holds(30)) == ([10, 30], False, True)


def test_an_empty_lane_may_get_anything() -> None:
    lane = lane_of([])
    assert lane.horizon(5) is None
    assert lane.may_still_get(None, -100, 5)


def test_a_young_stream_is_given_the_assumed_lateness() -> None:
    lane = lane_of([100])
    assert lane.horizon(30) == 70
    assert lane.may_still_get(None, 72, 30)
    assert not lane.may_still_get(None, 71, 30)


def test_a_stream_in_order_is_trusted_after_a_while() -> None:
    assert lane_of(list(range(0, 2560, 10))).horizon(30) == 2550
    assert lane_of(list(range(0, 2560, 10)), eager=False).horizon(30) == 2520


def test_seen_lateness_is_expected_with_a_margin() -> None:
    # 20 arrived when 60 was known, 40 late: 50 is expected.
    assert lane_of([60, 20]).horizon(0) == 10


def test_nothing_is_expected_closer_than_the_spacing() -> None:
    # The smallest gap is 80, less an eighth 70: between 400 and 560 only 470 to 490 can come.
    lane = lane_of([0, 80, 160, 240, 320, 400, 560])
    assert lane.may_still_get(400, 560, 1000)
    assert lane.may_still_get(469, 471, 1000)
    assert not lane.may_still_get(400, 470, 1000)
    assert not lane.may_still_get(490, 560, 1000)
    assert not lane.may_still_get(160, 240, 1000)


def test_spacing_needs_some_history() -> None:
    assert lane_of([0, 80, 160, 240]).may_still_get(160, 240, 1000)


def test_what_is_before_the_frontier_is_of_no_use() -> None:
    lane = lane_of([100])
    lane.frontier = 90
    assert not lane.may_still_get(None, 91, 50)
    assert lane.may_still_get(None, 92, 50)


def test_a_shift_moves_all_that_is_known() -> None:
    lane = lane_of([0, 80, 160, 240, 320])
    lane.frontier = 20
    lane.shift(1000)
    assert lane.keys == [1000, 1080, 1160, 1240, 1320]
    assert (lane.newest, lane.frontier, lane.take(1080)) == (1320, 1020, -80)
    assert not lane.may_still_get(1160, 1230, 1000)


def test_a_forgotten_timeline_leaves_the_items() -> None:
    lane = lane_of([0, 80, 160, 240, 320])
    lane.forget_timeline()
    assert lane.newest is None
    assert lane.keys == [0, 80, 160, 240, 320]
    assert lane.may_still_get(None, -1, 0)
