"""Two streams of a recording that is played again."""

from __future__ import annotations

import pytest

from bridgenet_ros.sync_jumps import COLOR, DEPTH, JUMP_NS, JumpWatch, Step

MS = 1_000_000
SLOP = 20 * MS
START = 1_700_000_000_000_000_000
LATER = START + 10_000 * MS
REACH = JUMP_NS + SLOP


def played(watch: JumpWatch, *stamps: tuple[int, int]) -> list[Step]:
    return [watch.step(stream, stamp, SLOP) for stream, stamp in stamps]


@pytest.mark.parametrize("first", [COLOR, DEPTH])
def test_the_end_of_the_old_pass_is_stale_until_its_stream_goes_back_too(first: int) -> None:
    watch, second = JumpWatch(), 1 - first
    assert played(watch, (first, LATER), (second, LATER)) == [Step.ON, Step.ON]
    steps = played(watch, (first, START), (second, LATER + 33 * MS), (first, START + 33 * MS))
    assert steps == [Step.BACK, Step.STALE, Step.ON]
    assert played(watch, (second, START), (second, START + 33 * MS)) == [Step.ON, Step.ON]
    assert watch.jumps == 1


def test_a_step_back_within_reach_is_none() -> None:
    watch = JumpWatch()
    assert played(watch, (COLOR, LATER), (COLOR, LATER - REACH)) == [Step.ON, Step.ON]
    assert played(watch, (COLOR, LATER - REACH - 1)) == [Step.BACK]  # of the newest, not the last


def test_a_stream_that_has_not_come_far_needs_no_jump_of_its_own() -> None:
    watch = JumpWatch()
    played(watch, (DEPTH, START), (COLOR, LATER))
    assert played(watch, (COLOR, START), (DEPTH, START + 33 * MS)) == [Step.BACK, Step.ON]


def test_a_second_jump_before_the_other_stream_has_made_the_first() -> None:
    watch = JumpWatch()
    played(watch, (COLOR, LATER), (DEPTH, LATER), (COLOR, LATER - 5_000 * MS))
    assert played(watch, (COLOR, START), (DEPTH, LATER)) == [Step.BACK, Step.STALE]
    assert played(watch, (DEPTH, START)) == [Step.ON]
    assert watch.jumps == 2


def test_what_is_forgotten_is_not_gone_back_from() -> None:
    watch = JumpWatch()
    played(watch, (COLOR, LATER), (DEPTH, LATER), (COLOR, START))
    watch.forget()
    assert played(watch, (DEPTH, LATER), (COLOR, START)) == [Step.ON, Step.ON]
    assert watch.jumps == 1


def test_a_stream_that_is_shifted_has_not_jumped() -> None:
    watch = JumpWatch()
    watch.shift(DEPTH, -10_000 * MS)
    played(watch, (DEPTH, LATER))
    watch.shift(DEPTH, -10_000 * MS)
    assert played(watch, (DEPTH, START)) == [Step.ON]
