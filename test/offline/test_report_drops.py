"""What was left out, in words."""

from __future__ import annotations

from run_records import manifest

from bridgenet_ros.offline.report_drops import MEANINGS, drops
from bridgenet_ros.sync import DROP_REASONS


def words(last_error: str = "", **changes: object) -> str:
    return " ".join(drops(manifest(3, **changes).summary, last_error).itertext())


def test_nothing_is_said_to_be_nothing() -> None:
    assert words() == "Nothing: every image is part of a result."


def test_every_loss_has_its_reason_and_count() -> None:
    text = words(
        "colour is 3x3",
        unpaired={"color_unpaired": 1234},
        bad_frames={"size": 2, "some new one": 1},
        unreadable=4,
        skipped=5,
    )
    for expected in (
        "color_unpaired colour without depth of nearly the same stamp 1,234",
        "size has a size that cannot be used 2",
        "some new one 1",
        "undecodable is damaged 4",
        "The last unusable pair:  colour is 3x3",
        "5 pairs were not to be processed",
    ):
        assert expected in text


def test_every_reason_of_the_synchroniser_has_a_meaning() -> None:
    assert set(DROP_REASONS) <= MEANINGS.keys()
