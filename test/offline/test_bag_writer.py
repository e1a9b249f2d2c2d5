"""A recording appears whole under its name, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from rosbags.interfaces import ConnectionExtRosbag2, MessageDefinition, MessageDefinitionFormat
from rosbags.rosbag2 import Reader
from tiny_bags import COLOR, START, TEXT_TYPE, read_bag, recording, text, write_bag

from bridgenet_ros.checksum import file_sha256
from bridgenet_ros.errors import BagError
from bridgenet_ros.offline import bag_writer
from bridgenet_ros.offline.bag_reader import BagReader, Storage
from bridgenet_ros.offline.bag_writer import OUTPUT_QOS, BagWriter, Compression
from bridgenet_ros.offline.messages import IMAGE_TYPE, typestore


@pytest.mark.parametrize("name", ["run.1.mcap", "run.db3"])
def test_a_named_suffix_gives_one_bare_file(tmp_path: Path, name: str) -> None:
    path = write_bag(tmp_path / name)
    assert path.is_file()
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("storage", Storage)
def test_any_other_name_gives_a_directory(tmp_path: Path, storage: Storage) -> None:
    path = write_bag(tmp_path / "run.1", storage=storage)
    names = sorted(p.name for p in path.iterdir())
    assert names == ["metadata.yaml", f"run.1{storage.suffix}"]
    assert f"run.1{storage.suffix}" in (path / "metadata.yaml").read_text()


@pytest.mark.parametrize("suffix", [".mcap", ".db3"])
def test_the_name_of_a_bare_file_changes_no_byte(tmp_path: Path, suffix: str) -> None:
    one, other = (write_bag(tmp_path / f"{name}{suffix}") for name in ("run", "another.run"))
    assert one.read_bytes() == other.read_bytes()


def test_a_suffix_that_contradicts_the_storage_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BagError, match="mcap storage, the option for sqlite3"):
        BagWriter(tmp_path / "run.mcap", Storage.SQLITE3)


@pytest.mark.parametrize("name", ["run.mcap", "run"])
def test_what_exists_is_never_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("precious")
    with pytest.raises(BagError, match="exists already"):
        write_bag(tmp_path / name)
    assert (tmp_path / name).read_text() == "precious"


@pytest.mark.parametrize("name", ["run.mcap", "run"])
def test_what_appears_meanwhile_is_not_overwritten(tmp_path: Path, name: str) -> None:
    with pytest.raises(BagError, match="exists already"), BagWriter(tmp_path / name):
        (tmp_path / name).write_text("precious")
    assert [p.read_text() for p in tmp_path.iterdir()] == ["precious"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("name", ["run.mcap", "run.db3", "run"])
def test_nothing_is_left_after_an_error(
    tmp_path: Path, name: str, error: type[BaseException]
) -> None:
    def write_and_fail() -> None:
        with BagWriter(tmp_path / name) as writer:
            writer.write_raw(writer.add_topic("/chatter", TEXT_TYPE), START, b"\0\1\0\0")
            assert not (tmp_path / name).exists()
            raise error

    with pytest.raises(error):
        write_and_fail()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BagError, match="missing is no directory"):
        write_bag(tmp_path / "missing" / "run.mcap")


def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_where: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(bag_writer, "mkdtemp", refuse)
    with pytest.raises(BagError, match=r"run\.mcap: cannot be written: Permission denied"):
        write_bag(tmp_path / "run.mcap")


def test_a_failing_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_self: Path, _target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(BagError, match=r"run\.mcap: cannot be written: No space left"):
        write_bag(tmp_path / "run.mcap")
    assert list(tmp_path.iterdir()) == []


def test_declaring_a_topic_twice_is_refused(tmp_path: Path) -> None:
    with BagWriter(tmp_path / "run.mcap") as writer:
        copied = writer.add_topic(COLOR, IMAGE_TYPE)
        with pytest.raises(BagError, match="only be added once"):
            writer.add_copy(copied)


def test_writing_outside_the_block_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BagError, match="not open"):
        BagWriter(tmp_path / "run.mcap").add_topic(COLOR, IMAGE_TYPE)


@pytest.mark.parametrize("source", ["in.mcap", "in.db3", "in"])
@pytest.mark.parametrize("target", ["out.mcap", "out.db3"])
def test_a_copy_keeps_bytes_times_types_and_qos(tmp_path: Path, source: str, target: str) -> None:
    with BagReader(write_bag(tmp_path / source)) as reader, BagWriter(tmp_path / target) as writer:
        copies = {c.id: writer.add_copy(c) for c in reader.connections}
        for message in reader.messages():
            writer.write_raw(copies[message.connection.id], message.time_ns, message.raw)
    before, after = read_bag(tmp_path / source), read_bag(tmp_path / target)
    assert before.keys() == after.keys()
    for topic, messages in before.items():
        assert [(m.time_ns, m.raw) for m in messages] == [(m.time_ns, m.raw) for m in after[topic]]
        old, new = messages[0].connection, after[topic][0].connection
        assert (old.msgtype, old.msgdef) == (new.msgtype, new.msgdef)
        assert isinstance(new.ext, ConnectionExtRosbag2)
        assert new.ext.offered_qos_profiles == [OUTPUT_QOS]


def test_the_type_hash_is_known_after_a_copy_from_mcap(tmp_path: Path) -> None:
    # An mcap file records no hash; the metadata of a directory does.
    with (
        BagReader(write_bag(tmp_path / "in.mcap")) as reader,
        BagWriter(tmp_path / "out") as writer,
    ):
        for connection in reader.connections:
            writer.add_copy(connection)
    with Reader(tmp_path / "out") as reader2:
        for connection in reader2.connections:
            assert connection.digest == typestore().hash_rihs01(connection.msgtype)


@pytest.mark.parametrize(
    ("msgtype", "definition"),
    [
        (TEXT_TYPE, MessageDefinition(MessageDefinitionFormat.NONE, "")),
        ("own_msgs/msg/Thing", MessageDefinition(MessageDefinitionFormat.NONE, "")),
        ("own_msgs/msg/Thing", MessageDefinition(MessageDefinitionFormat.MSG, "int32 x\n")),
        ("own_msgs/msg/Thing", MessageDefinition(MessageDefinitionFormat.MSG, "other/Gone x\n")),
        ("own_msgs/msg/Thing", MessageDefinition(MessageDefinitionFormat.MSG, "?! not msg")),
    ],
)
def test_types_without_a_usable_definition_are_copied_too(
    tmp_path: Path, msgtype: str, definition: MessageDefinition
) -> None:
    with BagReader(write_bag(tmp_path / "in.mcap", [text("/chatter", START)])) as reader:
        (connection,) = reader.connections
        odd = connection._replace(msgtype=msgtype, msgdef=definition, digest="")
    for name in ("out.mcap", "out.db3", "out"):
        with BagWriter(tmp_path / name) as writer:
            writer.write_raw(writer.add_copy(odd), START, b"\0\1\0\0abcd")
        (message,) = read_bag(tmp_path / name)["/chatter"]
        assert (message.connection.msgtype, message.raw) == (msgtype, b"\0\1\0\0abcd")


def test_many_megabytes_come_back(tmp_path: Path) -> None:
    big = bytes(3_000_000)
    messages = [text("/chatter", START + index, b"\0\1\0\0" + big) for index in range(3)]
    assert len(read_bag(write_bag(tmp_path / "big.mcap", messages))["/chatter"][2].raw) == 3_000_004
    assert len(recording()) == 12


@pytest.mark.parametrize(
    ("name", "compression", "hashed"),
    [
        ("run.mcap", Compression.NONE, ["run.mcap"]),
        ("run.mcap", Compression.CHUNK, ["run.mcap"]),
        ("run", Compression.NONE, ["run.mcap"]),
        ("run", Compression.MESSAGE, ["run.mcap"]),
        ("run", Compression.FILE, []),  # compressed when it is whole
        ("run.db3", Compression.NONE, []),  # changed behind its end
    ],
)
def test_checksums_are_those_of_the_finished_files(
    tmp_path: Path, name: str, compression: Compression, hashed: list[str]
) -> None:
    path = tmp_path / name
    with BagWriter(path, compression=compression, hashed=True) as writer:
        topic = writer.add_topic("/color", IMAGE_TYPE)
        for index in range(3):
            writer.write_raw(topic, START + index, b"\0\1\0\0" + bytes(900_000))
        assert not writer.checksums
    assert list(writer.checksums) == hashed
    for file, checksum in writer.checksums.items():
        assert checksum == file_sha256(path / file if path.is_dir() else path)


def test_nothing_is_hashed_unasked(tmp_path: Path) -> None:
    with BagWriter(tmp_path / "run.mcap") as writer:
        writer.add_topic("/color", IMAGE_TYPE)
    assert not writer.checksums
