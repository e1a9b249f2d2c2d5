"""The rule by which two sets of stamps are matched; a pure function."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter


@dataclass(frozen=True, slots=True)
class Match:
    """Two stamps, in nanoseconds, that belong together; final when nothing can change it."""

    color: int
    depth: int
    final: bool


_color_of = attrgetter("color")
_depth_of = attrgetter("depth")


def match_closest(
    colors: Sequence[int], depths: Sequence[int], slop_ns: int, is_best: Callable[[int, int], bool]
) -> list[Match]:
    """Match the closest first, none sharing an item or crossing in time.

    A match is final when `is_best` says so and no candidate of its two items lost against a
    match that is not final itself. Of equally close candidates the older colour goes first, then
    the older depth.

    Args:
        colors: stamps in nanoseconds, increasing.
        depths: stamps in nanoseconds, increasing, in the same clock.
        slop_ns: greatest distance of a match.
        is_best: whether no stamp nearer to either of (color, depth) is to be expected.

    Returns:
        The matches in the order of their stamps.
    """
    candidates = sorted(
        (abs(color - depth), color, depth)
        for color in colors
        for depth in depths[
            bisect_left(depths, color - slop_ns) : bisect_right(depths, color + slop_ns)
        ]
    )
    matches: list[Match] = []
    open_colors: set[int] = set()
    open_depths: set[int] = set()
    for _, color, depth in candidates:
        # Matches do not cross, so one order serves both streams and conflicts are neighbours.
        first = min(
            bisect_left(matches, color, key=_color_of), bisect_left(matches, depth, key=_depth_of)
        )
        last = max(
            bisect_right(matches, color, key=_color_of), bisect_right(matches, depth, key=_depth_of)
        )
        if first == last:
            settled = color not in open_colors and depth not in open_depths
            matches.insert(first, Match(color, depth, settled and is_best(color, depth)))
        elif not all(match.final for match in matches[first:last]):
            open_colors.add(color)
            open_depths.add(depth)
    return matches
