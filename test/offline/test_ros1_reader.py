"""ROS 1 recordings read as ROS 2 ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from ros1_bags import write_ros1_bag
from rosbags.interfaces import ConnectionExtRosbag2, QosDurability
from rosbags.rosbag1 import Writer
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from tiny_bags import COLOR, COLOR_INFO, DEPTH, PERIOD, START, color_payload, read_bag

from bridgenet_ros.errors import BagError
from bridgenet_ros.offline.bag_reader import BagReader, Storage
from bridgenet_ros.offline.messages import (
    make_header,
    make_image,
    read_camera_info,
    read_image,
    serialize,
    stamp_of,
    typestore,
)


@pytest.mark.parametrize("compression", [None, *Writer.CompressionFormat])
def test_messages_are_converted(
    tmp_path: Path, compression: Writer.CompressionFormat | None
) -> None:
    path = write_ros1_bag(tmp_path / "in.bag", 3, compression)
    topics = read_bag(path)
    assert [len(topics[name]) for name in (COLOR, COLOR_INFO, DEPTH, "/map_name")] == [3, 3, 3, 1]
    image = topics[COLOR][2]
    assert (image.time_ns, stamp_of(read_image(image.raw))) == (START + 2 * PERIOD,) * 2
    expected = make_image(color_payload(2), make_header(START + 2 * PERIOD, "")).data
    assert read_image(image.raw).data.tolist() == expected.tolist()
    assert read_camera_info(topics[COLOR_INFO][0].raw).k[0] == 10.0


def test_types_are_those_of_ros2(tmp_path: Path) -> None:
    with BagReader(write_ros1_bag(tmp_path / "in.bag")) as reader:
        assert reader.storage is Storage.MCAP
        assert (reader.message_count, reader.first_time_ns) == (10, START)
        found = {c.topic: c for c in reader.connections}
    for connection in found.values():
        assert connection.digest == typestore().hash_rihs01(connection.msgtype)
        assert isinstance(connection.ext, ConnectionExtRosbag2)
    assert "seq" not in found[COLOR].msgdef.data
    latched = found["/map_name"].ext.offered_qos_profiles
    assert [qos.durability for qos in latched] == [QosDurability.TRANSIENT_LOCAL]
    assert found[COLOR].ext.offered_qos_profiles == []


def test_windows_are_of_recording_times(tmp_path: Path) -> None:
    with BagReader(write_ros1_bag(tmp_path / "in.bag", 6)) as reader:
        color = [c for c in reader.connections if c.topic == COLOR]
        window = {"start_ns": START + PERIOD, "stop_ns": START + 3 * PERIOD}
        times = [m.time_ns for m in reader.messages(color, **window)]
    assert times == [START + PERIOD, START + 2 * PERIOD]


def test_several_publishers_are_one_topic(tmp_path: Path) -> None:
    store = get_typestore(Stores.ROS1_NOETIC)
    text = store.types["std_msgs/msg/String"]
    with Writer(tmp_path / "in.bag") as writer:
        for index, caller in enumerate(("/one", "/two")):
            topic = writer.add_connection(
                "/chatter", "std_msgs/msg/String", typestore=store, callerid=caller
            )
            writer.write(topic, START + index, store.serialize_ros1(text(caller), topic.msgtype))
    with BagReader(tmp_path / "in.bag") as reader:
        (connection,) = reader.connections
        assert connection.msgcount == 2
        assert [m.raw[-5:-1] for m in reader.messages()] == [b"/one", b"/two"]


def test_types_that_ros2_does_not_know_keep_their_definition(tmp_path: Path) -> None:
    definition = "Header header\nfloat32[] gains\ntime since\n"
    store = get_typestore(Stores.ROS1_NOETIC)
    store.register(get_types_from_msg(definition, "own_msgs/msg/Gains"))
    gains = store.types["own_msgs/msg/Gains"]
    time_type = store.types["builtin_interfaces/msg/Time"]
    header = store.types["std_msgs/msg/Header"](seq=1, stamp=time_type(1, 2), frame_id="a")
    import numpy as np

    message = gains(header=header, gains=np.array([0.5, 2], np.float32), since=time_type(3, 4))
    with Writer(tmp_path / "in.bag") as writer:
        topic = writer.add_connection("/gains", "own_msgs/msg/Gains", typestore=store)
        writer.write(topic, START, store.serialize_ros1(message, topic.msgtype))
    with BagReader(tmp_path / "in.bag") as reader:
        (found,) = reader.messages()
        own = get_typestore(Stores.ROS2_JAZZY)
        own.register(get_types_from_msg(found.connection.msgdef.data, "own_msgs/msg/Gains"))
        read = own.deserialize_cdr(found.raw, "own_msgs/msg/Gains")
    assert (read.gains.tolist(), read.since.sec, read.header.stamp.nanosec) == ([0.5, 2], 3, 2)


@pytest.mark.parametrize("definition", ["other_msgs/Gone x\n", "?! no definition"])
def test_an_undefined_type_is_named(tmp_path: Path, definition: str) -> None:
    path = tmp_path / "in.bag"
    with Writer(path) as writer:
        topic = writer.add_connection("/a", "own_msgs/msg/A", msgdef=definition, md5sum="0")
        writer.write(topic, START, b"abcd")
    with pytest.raises(BagError, match="own_msgs/msg/A of /a cannot be converted"):
        BagReader(path).__enter__()


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.7, 0.99])
def test_a_cut_recording_is_one_clear_error(tmp_path: Path, share: float) -> None:
    path = write_ros1_bag(tmp_path / "in.bag")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(BagError, match=r"in\.bag") as caught:
        read_bag(path)
    assert "\n" not in str(caught.value)


def test_bytes_are_as_the_library_writes_them(tmp_path: Path) -> None:
    (info, *_) = read_bag(write_ros1_bag(tmp_path / "in.bag"))[COLOR_INFO]
    assert info.raw == bytes(serialize(read_camera_info(info.raw)))
