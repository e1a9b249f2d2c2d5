"""Windows, patterns and names."""

from __future__ import annotations

from pathlib import Path

import pytest
from rosbags.interfaces import Connection
from tiny_bags import COLOR, COLOR_INFO, DEPTH, write_bag

from bridgenet_ros.errors import BagError, ConfigError
from bridgenet_ros.offline.bag_reader import BagReader
from bridgenet_ros.offline.selection import Selection, output_names, parse_rename

SR = "/sr/depth/image"
SECOND = 1_000_000_000


@pytest.fixture
def recorded(tmp_path: Path) -> list[Connection]:
    with BagReader(write_bag(tmp_path / "in.mcap")) as reader:
        return list(reader.connections)


def test_without_times_there_is_no_window() -> None:
    assert Selection().window(100) == (None, None)


def test_times_count_from_the_first_message() -> None:
    assert Selection(start_s=1.5).window(100) == (100 + 1_500_000_000, None)
    assert Selection(duration_s=2).window(100) == (None, 100 + 2 * SECOND)
    assert Selection(start_s=1, duration_s=2).window(0) == (SECOND, 3 * SECOND)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"start_s": -1.0}, "start is -1.0 s"),
        ({"start_s": float("nan")}, "start is nan s"),
        ({"duration_s": 0.0}, "duration is 0.0 s"),
        ({"every": 0}, "every is 0; expected 1 or more"),
        ({"renames": (("/a", "b"),)}, "new name is 'b'; expected a topic"),
        ({"renames": (("/a", "/b c"),)}, "expected names of letters"),
        ({"renames": (("/a", "/b/"),)}, "new name is '/b/'"),
    ],
)
def test_what_cannot_be_selected_is_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Selection(**values)  # type: ignore[arg-type]


def test_patterns_leave_topics_out(recorded: list[Connection]) -> None:
    names = output_names(recorded, [SR], Selection(exclude=("/rgb/*", "/chat?er")))
    assert names.copied == {DEPTH: DEPTH}
    assert names.added == {SR: SR}


def test_topics_are_renamed(recorded: list[Connection]) -> None:
    renames = ((DEPTH, "/sensor/depth"), (SR, "/depth"))
    names = output_names(recorded, [SR], Selection(renames=renames))
    assert names.copied[DEPTH] == "/sensor/depth"
    assert names.copied[COLOR] == COLOR
    assert names.added == {SR: "/depth"}


def test_an_old_result_can_step_aside(recorded: list[Connection]) -> None:
    old = [*recorded, recorded[0]._replace(id=99, topic=SR)]
    with pytest.raises(BagError, match=f"{SR} would be two topics"):
        output_names(old, [SR], Selection())
    names = output_names(old, [SR], Selection(renames=((SR, "/before"),)))
    assert (names.copied[SR], names.added[SR]) == ("/before", SR)
    names = output_names(old, [SR], Selection(exclude=("/sr/*",)))
    assert (SR in names.copied, names.added[SR]) == (False, SR)


def test_two_topics_of_one_name_are_refused(recorded: list[Connection]) -> None:
    with pytest.raises(BagError, match=f"{COLOR_INFO} would be two topics"):
        output_names(recorded, [SR], Selection(renames=((COLOR, COLOR_INFO),)))


def test_topics_of_either_kind_are_listed_once(recorded: list[Connection]) -> None:
    with pytest.raises(BagError, match="it has ") as refusal:
        output_names(recorded, [SR, COLOR], Selection(renames=(("/nothing", "/new"),)))
    listed = str(refusal.value).partition("it has ")[2].split(", ")
    assert listed == sorted({SR, *(c.topic for c in recorded)})


def test_an_absent_topic_cannot_be_renamed(recorded: list[Connection]) -> None:
    with pytest.raises(BagError, match=r"/nothing cannot be renamed.*/depth/image"):
        output_names(recorded, [SR], Selection(renames=(("/nothing", "/x"),)))


def test_renames_are_written_as_in_ros() -> None:
    assert parse_rename("/a/b:=/c") == ("/a/b", "/c")
    for wrong in ("/a", "/a=/b", ":=/b", "/a:=", "/a:=/b:=/c"):
        with pytest.raises(ConfigError, match="expected OLD:=NEW"):
            parse_rename(wrong)
