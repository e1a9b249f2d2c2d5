"""Compressed files are unpacked once; all else is read where it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_bags import read_bag, recording, write_bag

from bridgenet_ros.errors import BagError
from bridgenet_ros.offline.bag_reader import Storage
from bridgenet_ros.offline.bag_writer import BagWriter, Compression
from bridgenet_ros.offline.staging import stage


def write_packed(path: Path, storage: Storage) -> Path:
    with BagWriter(path, storage, Compression.FILE) as writer:
        topics = {}
        for topic, msgtype, time_ns, raw in recording():
            if topic not in topics:
                topics[topic] = writer.add_topic(topic, msgtype)
            writer.write_raw(topics[topic], time_ns, raw)
    return path


@pytest.mark.parametrize("storage", Storage)
def test_a_compressed_recording_is_unpacked(tmp_path: Path, storage: Storage) -> None:
    source = write_packed(tmp_path / "in", storage)
    staged = stage(source, tmp_path / "work")
    assert sorted(p.name for p in staged.iterdir()) == [f"in{storage.suffix}", "metadata.yaml"]
    before, after = read_bag(source), read_bag(staged)
    assert before.keys() == after.keys()
    for topic, messages in before.items():
        assert [m[1:] for m in messages] == [m[1:] for m in after[topic]]


def test_it_is_unpacked_once(tmp_path: Path) -> None:
    source = write_packed(tmp_path / "in", Storage.MCAP)
    stage(source, tmp_path / "work")
    written = (tmp_path / "work" / "in.mcap").stat().st_mtime_ns
    assert stage(source, tmp_path / "work") == tmp_path / "work"
    assert (tmp_path / "work" / "in.mcap").stat().st_mtime_ns == written


def test_what_an_interrupted_run_left_is_done_again(tmp_path: Path) -> None:
    source = write_packed(tmp_path / "in", Storage.MCAP)
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "in.mcap").write_bytes(b"half")
    assert len(read_bag(stage(source, tmp_path / "work"))) == 4


@pytest.mark.parametrize("name", ["in", "in.mcap", "in.db3"])
def test_others_are_read_where_they_are(tmp_path: Path, name: str) -> None:
    source = write_bag(tmp_path / name)
    assert stage(source, tmp_path / "work") == source
    assert not (tmp_path / "work").exists()


def test_broken_metadata_is_left_to_the_reader(tmp_path: Path) -> None:
    source = write_packed(tmp_path / "in", Storage.MCAP)
    for text in ("[", "a: 1", "rosbag2_bagfile_information: {compression_mode: 3}"):
        (source / "metadata.yaml").write_text(text)
        assert stage(source, tmp_path / "work") == source


def test_a_cut_file_is_named(tmp_path: Path) -> None:
    source = write_packed(tmp_path / "in", Storage.SQLITE3)
    packed = source / "in.db3.zstd"
    packed.write_bytes(packed.read_bytes()[:-20])
    with pytest.raises(BagError, match="in: cut or damaged"):
        stage(source, tmp_path / "work")
    packed.unlink()
    with pytest.raises(BagError, match=r"in: lacks its file in\.db3\.zstd"):
        stage(source, tmp_path / "work")
