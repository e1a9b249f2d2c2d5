"""The matching rule on stamps small enough to match by hand."""

from __future__ import annotations

from bridgenet_ros.sync_match import Match, match_closest


def pairs(colors: list[int], depths: list[int], slop: int) -> list[tuple[int, int]]:
    return [(m.color, m.depth) for m in match_closest(colors, depths, slop, lambda _c, _d: True)]


def test_the_closest_goes_first() -> None:
    # 10-9 is closest, then 20-23; 0 is left without a depth image.
    assert pairs([0, 10, 20], [9, 23], 50) == [(10, 9), (20, 23)]


def test_nothing_beyond_the_slop_is_matched() -> None:
    assert pairs([0], [5], 5) == [(0, 5)]
    assert pairs([0], [6], 5) == []


def test_matches_do_not_cross_in_time() -> None:
    # 10-9 first; 0-12 would be within the slop but crosses it.
    assert pairs([0, 10], [9, 12], 50) == [(10, 9)]


def test_equally_close_candidates_go_to_the_older() -> None:
    assert pairs([0, 10], [5], 50) == [(0, 5)]
    assert pairs([5], [0, 10], 50) == [(5, 0)]


def test_a_match_waits_for_the_one_that_took_its_closer_candidate() -> None:
    def is_best(color: int, _depth: int) -> bool:
        return color != 12

    # 10 would rather have 13 than 5, but 13 went to 12, for which a closer one may still come.
    assert match_closest([10, 12], [5, 13], 50, is_best) == [
        Match(10, 5, final=False),
        Match(12, 13, final=False),
    ]
