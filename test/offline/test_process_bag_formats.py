"""Every format in, every format out, and which messages under which names."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
import yaml
from processors import Constant
from ros1_bags import write_ros1_bag
from rosbags.interfaces import Connection, ConnectionExtRosbag2, Qos, QosDurability
from rosbags.rosbag2 import Reader
from tiny_bags import (
    COLOR,
    COLOR_INFO,
    DEPTH,
    MS,
    PERIOD,
    START,
    read_bag,
    recording,
    text,
    write_bag,
)

from bridgenet_ros.errors import BagError
from bridgenet_ros.offline.bag_reader import BagMessage, BagReader, Storage
from bridgenet_ros.offline.bag_writer import OUTPUT_QOS, BagWriter, Compression
from bridgenet_ros.offline.options import ProcessOptions, ProcessSummary, RunOptions
from bridgenet_ros.offline.process_bag import process_bag
from bridgenet_ros.offline.selection import Selection
from bridgenet_ros.offline.verify import verify

SR, SR_INFO = "/sr/depth/image", "/sr/depth/camera_info"
PAIRS = 6


def write(path: Path, storage: Storage | None, compression: Compression) -> Path:
    with BagWriter(path, storage, compression) as writer:
        topics = {}
        for topic, msgtype, time_ns, raw in recording(PAIRS):
            if topic not in topics:
                topics[topic] = writer.add_topic(topic, msgtype)
            writer.write_raw(topics[topic], time_ns, raw)
    return path


def run(
    source: Path, name: str = "out", options: ProcessOptions | None = None
) -> tuple[ProcessSummary, dict[str, list[BagMessage]]]:
    target = source.parent / name
    summary = process_bag(source, target, Constant, options)
    verify(target, source)
    return summary, read_bag(target)


def expected(tmp_path: Path) -> dict[str, list[tuple[int, bytes]]]:
    """The same recording through plain mcap."""
    folder = tmp_path / "plain"
    folder.mkdir()
    _, topics = run(write_bag(folder / "in.mcap", recording(PAIRS)), "out.mcap")
    return {topic: [m[1:] for m in messages] for topic, messages in topics.items()}


FORMATS = [
    (storage, compression)
    for storage in Storage
    for compression in Compression
    if (storage, compression) != (Storage.SQLITE3, Compression.CHUNK)
]


@pytest.mark.parametrize(("storage", "compression"), FORMATS)
def test_every_format_is_read_and_written(
    tmp_path: Path, storage: Storage, compression: Compression
) -> None:
    source = write(tmp_path / "in", storage, compression)
    options = ProcessOptions(storage=storage, compression=compression, segment=2)
    summary, topics = run(source, "out", options)
    assert summary.results == PAIRS
    assert {t: [m[1:] for m in messages] for t, messages in topics.items()} == expected(tmp_path)
    with Reader(tmp_path / "out") as reader:
        mode = compression.value if compression in {Compression.FILE, Compression.MESSAGE} else None
        assert (reader.compression_mode or None) == mode


def test_chunks_are_smaller_when_compressed(tmp_path: Path) -> None:
    source = write_bag(tmp_path / "in.mcap", recording(PAIRS))
    run(source, "plain.mcap")
    run(source, "packed.mcap", ProcessOptions(compression=Compression.CHUNK))
    sizes = [(tmp_path / name).stat().st_size for name in ("plain.mcap", "packed.mcap")]
    assert sizes[1] < sizes[0]


@pytest.mark.parametrize(
    ("name", "storage", "compression", "message"),
    [
        ("out", Storage.SQLITE3, Compression.CHUNK, "sqlite3 has no chunks"),
        ("out.db3", None, Compression.CHUNK, "sqlite3 has no chunks"),
        ("out.mcap", None, Compression.FILE, "file compression needs a directory"),
        ("out.db3", None, Compression.MESSAGE, "message compression needs a directory"),
    ],
)
def test_what_a_format_cannot_hold_is_refused(
    tmp_path: Path, name: str, storage: Storage | None, compression: Compression, message: str
) -> None:
    source = write_bag(tmp_path / "in.mcap")
    with pytest.raises(BagError, match=message):
        run(source, name, ProcessOptions(storage=storage, compression=compression))
    assert [p.name for p in tmp_path.iterdir()] == ["in.mcap"]


@pytest.mark.parametrize("storage", Storage)
def test_a_split_recording_is_one(tmp_path: Path, storage: Storage) -> None:
    messages = recording(PAIRS)
    source = tmp_path / "in"
    source.mkdir()
    parts = [
        write_bag(tmp_path / f"in_{i}", messages[12 * i : 12 * i + 12], storage) for i in (0, 1)
    ]
    for part in parts:
        shutil.move(part / f"{part.name}{storage.suffix}", source)
    metadata = yaml.safe_load((parts[0] / "metadata.yaml").read_text())
    information = metadata["rosbag2_bagfile_information"]
    information["relative_file_paths"] = [f"{part.name}{storage.suffix}" for part in parts]
    information["message_count"] *= 2
    for topic in information["topics_with_message_count"]:
        topic["message_count"] *= 2
    (source / "metadata.yaml").write_text(yaml.safe_dump(metadata))
    summary, topics = run(source, "out", ProcessOptions(segment=2))
    assert (summary.results, summary.copied) == (PAIRS, 4 * PAIRS)
    assert {t: [m[1:] for m in found] for t, found in topics.items()} == expected(tmp_path)


@pytest.mark.parametrize("name", ["out.mcap", "out.db3", "out"])
def test_a_ros1_recording_becomes_a_ros2_one(tmp_path: Path, name: str) -> None:
    source = write_ros1_bag(tmp_path / "in.bag", 5)
    target = tmp_path / name
    summary = process_bag(source, target, Constant, how=RunOptions(workers=2))
    verify(target, source)
    assert (summary.results, summary.copied, summary.warnings) == (5, 16, ())
    topics = read_bag(target)
    assert [m.time_ns for m in topics[SR]] == [START + i * PERIOD for i in range(5)]
    before = read_bag(source)
    for topic in before:
        assert [m[1:] for m in topics[topic]] == [m[1:] for m in before[topic]]
    (latched,) = topics["/map_name"][0].connection.ext.offered_qos_profiles
    assert latched.durability is QosDurability.TRANSIENT_LOCAL


def test_profiles_are_kept(tmp_path: Path) -> None:
    profile = OUTPUT_QOS._replace(depth=1, durability=QosDurability.TRANSIENT_LOCAL)
    source = tmp_path / "in"
    with BagWriter(source) as writer:
        topics = {}
        for topic, msgtype, time_ns, raw in recording():
            if topic not in topics:
                qos: tuple[Qos, ...] = (profile,) if topic == "/chatter" else ()
                topics[topic] = writer.add_topic(topic, msgtype, qos)
            writer.write_raw(topics[topic], time_ns, raw)
    run(source)
    with BagReader(tmp_path / "out") as reader:
        found = {c.topic: c.ext for c in reader.connections}
    assert found["/chatter"] == ConnectionExtRosbag2("cdr", [profile])
    assert found[COLOR] == ConnectionExtRosbag2("cdr", [])
    assert found[SR] == ConnectionExtRosbag2("cdr", [OUTPUT_QOS])


def test_topics_are_left_out_and_renamed(tmp_path: Path) -> None:
    selection = Selection(
        exclude=("/rgb/image", "/chatter"),
        renames=((DEPTH, "/sensor/depth"), (SR, "/depth"), (SR_INFO, "/depth_info")),
    )
    summary, topics = run(
        write_bag(tmp_path / "in.mcap"), "out.mcap", ProcessOptions(selection=selection)
    )
    assert set(topics) == {"/sensor/depth", COLOR_INFO, "/depth", "/depth_info"}
    assert (summary.copied, summary.results, len(topics["/depth"])) == (6, 3, 3)


def test_every_topic_may_be_left_out(tmp_path: Path) -> None:
    options = ProcessOptions(selection=Selection(exclude=("*",)))
    summary, topics = run(write_bag(tmp_path / "in.mcap"), "out.mcap", options)
    assert (set(topics), summary.copied) == ({SR, SR_INFO}, 0)


def test_a_part_of_the_time_is_processed_and_copied(tmp_path: Path) -> None:
    selection = Selection(start_s=2.5 * PERIOD / 1e9, duration_s=4 * PERIOD / 1e9, every=2)
    summary, topics = run(
        write_bag(tmp_path / "in.mcap", recording(10)),
        "out.mcap",
        ProcessOptions(selection=selection),
    )
    assert [m.time_ns for m in topics[COLOR]] == [START + i * PERIOD for i in (3, 4, 5, 6)]
    assert [m.time_ns for m in topics[SR]] == [START + i * PERIOD for i in (3, 5)]
    assert (summary.pairs, summary.skipped, summary.results) == (4, 2, 2)


def test_a_part_keeps_what_was_latched_before_it(tmp_path: Path) -> None:
    latched = OUTPUT_QOS._replace(durability=QosDurability.TRANSIENT_LOCAL)
    source, target = tmp_path / "in.mcap", tmp_path / "out.mcap"
    before = [text("/latched", START - 2), text("/heard", START - 1)]
    after = [text("/latched", START + 9 * PERIOD)]
    topics: dict[str, Connection] = {}
    with BagWriter(source) as writer:
        for topic, kind, time_ns, raw in [*before, *recording(10), *after]:
            if topic not in topics:
                qos = latched if topic == "/latched" else OUTPUT_QOS
                topics[topic] = writer.add_topic(topic, kind, [qos])
            writer.write_raw(topics[topic], time_ns, raw)
    process_bag(source, target, Constant, ProcessOptions(selection=Selection(start_s=0.15)))
    written = read_bag(target)
    start = START - 2 + 150 * MS
    assert [m.time_ns for m in written["/latched"]] == [start, START + 9 * PERIOD]
    assert written["/latched"][0].raw == before[0][3]
    assert "/heard" not in written or not written["/heard"]
    assert min(m.time_ns for messages in written.values() for m in messages) == start


def test_the_mcap_library_reads_the_output(tmp_path: Path) -> None:
    reader_of = pytest.importorskip("mcap.reader", reason="mcap is not installed")
    source = write_bag(tmp_path / "in.mcap")
    for compression in (Compression.NONE, Compression.CHUNK):
        name = f"{compression.value}.mcap"
        run(source, name, ProcessOptions(compression=compression))
        with (tmp_path / name).open("rb") as stream:
            found = [
                (schema.name, channel.topic, message.log_time)
                for schema, channel, message in reader_of.make_reader(
                    stream, validate_crcs=True
                ).iter_messages()
            ]
        assert len(found) == 18
        assert ("sensor_msgs/msg/Image", SR, START) in found


def test_an_unknown_compression_is_named(tmp_path: Path) -> None:
    source = write(tmp_path / "in", Storage.MCAP, Compression.MESSAGE)
    metadata = source / "metadata.yaml"
    metadata.write_text(metadata.read_text().replace("zstd", "brotli"))
    with pytest.raises(BagError, match=r"unpacked: .*'brotli' is not supported; expected zstd"):
        run(source)
    chunk = write(tmp_path / "chunk.mcap", None, Compression.CHUNK)
    data = chunk.read_bytes().replace(
        struct.pack("<I", 4) + b"zstd", struct.pack("<I", 4) + b"lzma"
    )
    chunk.write_bytes(data)
    with pytest.raises(
        BagError, match="cannot be unpacked: Unsupported chunk compression 'lzma'; exp"
    ):
        run(chunk, "out2")


def test_sizes_may_change(tmp_path: Path) -> None:
    from tiny_bags import image

    from bridgenet_ros.image_codec import encode_color, encode_depth
    from bridgenet_ros.offline.messages import read_image

    messages = []
    for index, size in enumerate([8, 16, 4, 24]):
        stamp = START + index * PERIOD
        messages += [
            image(COLOR, stamp, encode_color(np.zeros((size, size + 4, 3), np.uint8))),
            image(DEPTH, stamp, encode_depth(np.full((2, 3), 1000, np.uint16))),
        ]
    summary, topics = run(write_bag(tmp_path / "in.mcap", messages), "out.mcap")
    assert summary.results == 4
    sizes = [(image.height, image.width) for image in (read_image(m.raw) for m in topics[SR])]
    assert sizes == [(8, 12), (16, 20), (4, 8), (24, 28)]


def test_start_times_that_differ_leave_the_others_unpaired(tmp_path: Path) -> None:
    late = [m for m in recording(10) if m[0] != DEPTH or m[2] >= START + 4 * PERIOD]
    summary, _ = run(write_bag(tmp_path / "in.mcap", late), "out.mcap")
    assert (summary.results, summary.unpaired) == (6, {"color_unpaired": 4})
    assert summary.warnings == (
        "depth begins 0.133 s after colour: what lies before has no partner",
    )


def test_stamps_that_do_not_grow_are_said(tmp_path: Path) -> None:
    again = [(topic, kind, ns + 1_000_000_000, raw) for topic, kind, ns, raw in recording()]
    summary, _ = run(write_bag(tmp_path / "in.mcap", [*recording(), *again]), "out.mcap")
    assert (summary.results, sum(summary.unpaired.values())) == (3, 6)
    (warning,) = summary.warnings
    assert warning.startswith("the stamps do not only grow: images are left out (")
    assert all(f"{reason} {count}" in warning for reason, count in summary.unpaired.items())


def test_an_empty_topic_is_named(tmp_path: Path) -> None:
    source = tmp_path / "in.mcap"
    with BagWriter(source) as writer:
        writer.add_topic(DEPTH, "sensor_msgs/msg/Image")
        topic = writer.add_topic(COLOR, "sensor_msgs/msg/Image")
        for name, _, time_ns, raw in recording():
            if name == COLOR:
                writer.write_raw(topic, time_ns, raw)
    with pytest.raises(BagError, match=r"in\.mcap: no image of /depth/image: it is empty"):
        run(source, "out.mcap")
    assert [p.name for p in tmp_path.iterdir()] == ["in.mcap"]
