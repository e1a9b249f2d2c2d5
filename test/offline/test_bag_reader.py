"""Recordings of every layout, and every way of not being one."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_bags import COLOR, PERIOD, START, read_bag, recording, write_bag

from bridgenet_ros.errors import BagError
from bridgenet_ros.offline.bag_reader import BagReader, Storage

LAYOUTS = [
    ("bag", Storage.MCAP),
    ("bag", Storage.SQLITE3),
    ("bag.mcap", None),
    ("bag.db3", None),
]


@pytest.mark.parametrize(("name", "storage"), LAYOUTS)
def test_every_layout_gives_the_messages_in_time_order(
    tmp_path: Path, name: str, storage: Storage | None
) -> None:
    messages = recording()
    path = write_bag(tmp_path / name, list(reversed(messages)), storage)
    with BagReader(path) as reader:
        read = [(m.connection.topic, m.time_ns, m.raw) for m in reader.messages()]
        assert reader.message_count == len(messages)
        assert reader.storage is (storage or Storage(path.suffix[1:].replace("db3", "sqlite3")))
    assert [time for _, time, _ in read] == sorted(time for _, _, time, _ in messages)
    assert sorted(read) == sorted((topic, time, raw) for topic, _, time, raw in messages)


@pytest.mark.parametrize("name", ["bag.mcap", "bag.db3"])
def test_chosen_topics_only(tmp_path: Path, name: str) -> None:
    path = write_bag(tmp_path / name)
    with BagReader(path) as reader:
        color = [c for c in reader.connections if c.topic == COLOR]
        times = [m.time_ns for m in reader.messages(color)]
        assert (times[0], len(times)) == (START, 3)


@pytest.mark.parametrize("name", ["bag.mcap", "bag.db3"])
def test_messages_of_one_time(tmp_path: Path, name: str) -> None:
    path = write_bag(tmp_path / name)
    with BagReader(path) as reader:
        (color,) = (c for c in reader.connections if c.topic == COLOR)
        at, after = START + PERIOD, START + PERIOD + 1
        (message,) = reader.messages([color], start_ns=at, stop_ns=after)
        assert (message.connection.topic, message.time_ns) == (COLOR, START + PERIOD)
        assert list(reader.messages([color], start_ns=after, stop_ns=after + 1)) == []


def test_an_empty_recording_has_no_messages(tmp_path: Path) -> None:
    path = write_bag(tmp_path / "bag.mcap", [])
    with BagReader(path) as reader:
        assert list(reader.messages()) == []


def test_a_missing_recording_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(BagError, match=r"nothing\.mcap: no such file"),
        BagReader(tmp_path / "nothing.mcap"),
    ):
        pass


def test_a_directory_without_metadata_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(BagError, match=r"metadata\.yaml"), BagReader(tmp_path):
        pass


def test_another_kind_of_file_is_refused_by_its_suffix(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    path.write_bytes(b"\x1a\x45\xdf\xa3")
    with pytest.raises(BagError, match=r"suffix is '\.mkv'; expected"), BagReader(path):
        pass


@pytest.mark.parametrize("name", ["bag.mcap", "bag.db3"])
def test_an_empty_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(BagError, match="empty"), BagReader(tmp_path / name):
        pass


@pytest.mark.parametrize("name", ["bag.mcap", "bag.db3"])
def test_a_file_of_another_format_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"hello" * 1000)
    with pytest.raises(BagError, match=name), BagReader(tmp_path / name):
        pass


@pytest.mark.parametrize("text", ["", "a: 1", "[", "rosbag2_bagfile_information: 3"])
def test_broken_metadata_is_named(tmp_path: Path, text: str) -> None:
    path = write_bag(tmp_path / "bag", storage=Storage.MCAP)
    (path / "metadata.yaml").write_text(text)
    with pytest.raises(BagError, match="bag"), BagReader(path):
        pass


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("message_count: 3", "message_count: ~", "promises None messages"),
        ("message_count: 3", "message_count: -3", "promises -3 messages"),
        ("message_count: 12", "message_count: .inf", "its metadata holds inf"),
        ("name: /rgb/image", "name: [1]", r"a topic is \[1\]"),
    ],
)
def test_a_damaged_index_is_named(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = write_bag(tmp_path / "bag", storage=Storage.MCAP)
    metadata = (path / "metadata.yaml").read_text()
    assert old in metadata
    (path / "metadata.yaml").write_text(metadata.replace(old, new))
    with pytest.raises(BagError, match=words), BagReader(path):
        pass


def test_another_schema_is_no_damage(tmp_path: Path) -> None:
    path = write_bag(tmp_path / "bag.mcap")
    path.write_bytes(path.read_bytes().replace(b"ros2msg", b"ros1msg"))
    with (
        pytest.raises(
            BagError, match=r"bag\.mcap: has a topic whose schema is 'ros1msg'; expected"
        ),
        BagReader(path),
    ):
        pass


def test_another_serialisation_is_refused(tmp_path: Path) -> None:
    path = write_bag(tmp_path / "bag.mcap")
    path.write_bytes(path.read_bytes().replace(b"cdr", b"ros"))
    with pytest.raises(BagError, match="is serialised as 'ros'; expected 'cdr'"), BagReader(path):
        pass


def test_fewer_messages_than_promised_is_an_error(tmp_path: Path) -> None:
    whole = write_bag(tmp_path / "whole", storage=Storage.SQLITE3)
    short = write_bag(tmp_path / "short", recording()[:-4], storage=Storage.SQLITE3)
    shutil.copy(short / "short.db3", whole / "whole.db3")
    with BagReader(whole) as reader, pytest.raises(BagError, match=r"holds 8 .* promises 12"):
        list(reader.messages())


@pytest.mark.parametrize(("name", "storage"), LAYOUTS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 0.999))
def test_a_recording_cut_anywhere_gives_one_clear_error(
    tmp_path: Path, name: str, storage: Storage | None, share: float
) -> None:
    whole = tmp_path / name
    if not whole.exists():
        write_bag(whole, storage=storage)
    copy = tmp_path / f"cut_{name}"
    if whole.is_dir():
        shutil.copytree(whole, copy, dirs_exist_ok=True)
    else:
        shutil.copy(whole, copy)
    file = next(p for p in copy.iterdir() if p.name != "metadata.yaml") if copy.is_dir() else copy
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(BagError, match=f"cut_{name}") as caught:
        read_bag(copy)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["bag.mcap", "bag.db3"])
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1))
def test_flipped_bytes_never_escape_as_another_error(
    tmp_path: Path, name: str, places: list[tuple[float, int]]
) -> None:
    whole = tmp_path / name
    if not whole.exists():
        write_bag(whole)
    data = bytearray(whole.read_bytes())
    for share, value in places:
        data[int(len(data) * share)] = value
    broken = tmp_path / f"broken_{name}"
    broken.write_bytes(data)
    with suppress(BagError):
        read_bag(broken)


def test_reading_before_opening_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BagError, match="not open"):
        next(iter(BagReader(tmp_path).messages()))


def test_what_the_consumer_raises_passes_through(tmp_path: Path) -> None:
    path = write_bag(tmp_path / "bag.mcap")

    def consume() -> None:
        with BagReader(path) as reader:
            for _message in reader.messages():
                raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        consume()
