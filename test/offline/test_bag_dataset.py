"""A recording as a data set: pairs, stamps, calibration, and what is refused by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rosbags.rosbag1 import Writer
from rosbags.typesys import Stores, get_typestore
from tiny_bags import (
    COLOR,
    COLOR_INFO,
    DEPTH,
    FRAME,
    MS,
    PERIOD,
    START,
    Recorded,
    compressed,
    image,
    info,
    recording,
    write_bag,
)

from bridgenet_ros.compressed_codec import encode_compressed_color, encode_compressed_depth
from bridgenet_ros.data.dataset import Quantity
from bridgenet_ros.errors import BagError, DatasetError
from bridgenet_ros.image_codec import encode_color, encode_depth
from bridgenet_ros.offline.bag_dataset import open_bag
from bridgenet_ros.offline.bag_reader import Storage
from bridgenet_ros.offline.messages import IMAGE_TYPE, typestore

SIZE = (3, 4)


def frames(
    *depths: np.ndarray, color_topic: str = COLOR, depth_topic: str = DEPTH, frame: str = ""
) -> list[Recorded]:
    """A pair for each depth image, 5 ms apart; blue is 10 times its number."""
    messages = []
    for index, depth in enumerate(depths):
        stamp = START + index * PERIOD
        rgb = np.zeros((*SIZE, 3), np.uint8)
        rgb[..., 2] = 10 * index
        messages += [
            image(color_topic, stamp, encode_color(rgb), time_ns=stamp + 7 * MS),
            image(depth_topic, stamp + 5 * MS, encode_depth(depth), frame=frame or FRAME),
        ]
    return messages


def millimetres(value: int) -> np.ndarray:
    return np.full(SIZE, value, np.uint16)


@pytest.mark.parametrize(
    ("name", "storage"),
    [("a", Storage.SQLITE3), ("a", Storage.MCAP), ("a.mcap", None), ("a.db3", None)],
)
def test_pairs_in_metres_with_their_stamps(
    tmp_path: Path, name: str, storage: Storage | None
) -> None:
    second = millimetres(2000)
    second[0, :3] = (0, 99, 10_001)  # a hole, nearer and farther than a sensor's range
    path = write_bag(tmp_path / name, [*frames(millimetres(1500), second)], storage)
    dataset = open_bag(path)
    assert dataset.names == ("1700000000.000000000", "1700000000.033333333")
    sample = dataset.load(1)
    assert sample.rgb[0, 0].tolist() == [0, 0, 10]
    assert sample.depth[0].tolist() == [0, 0, 0, 2]
    assert sample.valid.sum() == 9
    assert (sample.stamp_ns, sample.depth_stamp_ns) == (START + PERIOD, START + PERIOD + 5 * MS)
    assert dataset.load(0).depth[0, 0] == 1.5
    assert all(file.suffix in {".mcap", ".db3"} for file in dataset.files(0))
    assert len(dataset.files(0)) == 1


def test_a_ros_1_recording_is_one_too(tmp_path: Path) -> None:
    store = get_typestore(Stores.ROS1_NOETIC)
    with Writer(tmp_path / "a.bag") as writer:
        topics = {
            topic: writer.add_connection(topic, IMAGE_TYPE, typestore=store)
            for topic in (COLOR, DEPTH)
        }
        for topic, kind, time_ns, raw in frames(millimetres(1500), millimetres(2000)):
            message = typestore().deserialize_cdr(raw, kind)
            header = store.types["std_msgs/msg/Header"](0, message.header.stamp, FRAME)
            old = replace(message, header=header)
            writer.write(topics[topic], time_ns, store.serialize_ros1(old, kind))
    dataset = open_bag(tmp_path / "a.bag")
    assert [dataset.load(i).depth[0, 0] for i in range(2)] == [1.5, 2]
    assert dataset.files(0) == (tmp_path / "a.bag",)


def test_float_depth_has_nan_for_holes(tmp_path: Path) -> None:
    depth = np.full(SIZE, 1.25, np.float32)
    depth[1, 2] = np.nan
    sample = open_bag(write_bag(tmp_path / "a.mcap", frames(depth))).load(0)
    assert sample.depth[1].tolist() == [1.25, 1.25, 0, 1.25]
    assert not sample.valid[1, 2]


def test_compressed_images_are_decoded(tmp_path: Path) -> None:
    rgb = np.full((*SIZE, 3), 40, np.uint8)
    depth = encode_compressed_depth(millimetres(1500), "png")
    messages = [
        compressed(f"{COLOR}/compressed", START, encode_compressed_color(rgb, "png")),
        compressed(f"{DEPTH}/compressedDepth", START, depth),
    ]
    sample = open_bag(write_bag(tmp_path / "a.mcap", messages)).load(0)
    assert (sample.rgb[0, 0].tolist(), sample.depth[0, 0]) == ([40, 40, 40], 1.5)


def test_the_card(tmp_path: Path) -> None:
    messages = [*frames(millimetres(1500)), info(COLOR_INFO, START)]
    dataset = open_bag(write_bag(tmp_path / "office.mcap", messages))
    assert (dataset.name, dataset.split, len(dataset)) == ("office", "train", 1)
    assert (dataset.quantity, dataset.card.unit) == (Quantity.DEPTH, "m")
    assert dataset.card.stored_unit == 0.001
    assert dataset.intrinsics == (10.0, 10.0, 6.0, 4.0)
    assert dataset.distortion == (0.0,) * 5


@pytest.mark.parametrize("fx", [None, 0.0])
def test_without_a_calibration_there_are_no_intrinsics(tmp_path: Path, fx: float | None) -> None:
    infos = [] if fx is None else [info(COLOR_INFO, START, fx)]
    dataset = open_bag(write_bag(tmp_path / "a.mcap", [*frames(millimetres(1500)), *infos]))
    assert dataset.intrinsics is None


def test_images_recorded_at_one_time_are_told_apart_by_stamp(tmp_path: Path) -> None:
    messages = [
        (topic, kind, START + 90 * MS, raw)
        for topic, kind, _, raw in frames(millimetres(1000), millimetres(2000))
    ]
    dataset = open_bag(write_bag(tmp_path / "a.mcap", messages))
    assert [dataset.load(i).depth[0, 0] for i in range(2)] == [1, 2]


def test_a_damaged_message_beside_an_image_is_passed_over(tmp_path: Path) -> None:
    good = frames(millimetres(1000))
    broken = [(topic, kind, time_ns, b"\0\1\0\0") for topic, kind, time_ns, _ in good]
    dataset = open_bag(write_bag(tmp_path / "a.mcap", [*broken, *good]))
    assert (len(dataset), dataset.load(0).depth[0, 0]) == (1, 1)


def test_topics_may_be_named(tmp_path: Path) -> None:
    two = [
        *frames(millimetres(1000), color_topic="/left/rgb", depth_topic="/left/depth"),
        *frames(millimetres(2000), color_topic="/right/rgb", depth_topic="/right/depth"),
    ]
    path = write_bag(tmp_path / "a.mcap", two)
    dataset = open_bag(path, "/right/rgb,/right/depth")
    assert dataset.load(0).depth[0, 0] == 2
    assert str(dataset.path) == f"{path}#/right/rgb,/right/depth"
    with pytest.raises(BagError, match=r"a\.mcap: several .* name it with PATH#COLOUR,DEPTH"):
        open_bag(path)
    with pytest.raises(DatasetError, match="topics are '/right/rgb'; expected two names"):
        open_bag(path, "/right/rgb")


def test_without_pairs_the_reason_is_said(tmp_path: Path) -> None:
    path = write_bag(tmp_path / "a.mcap", recording(1, depth_delay_ns=100 * MS))
    with pytest.raises(BagError, match=r"a\.mcap: no image of /rgb/image .* within 20 ms"):
        open_bag(path)


def test_another_depth_size_is_refused(tmp_path: Path) -> None:
    dataset = open_bag(write_bag(tmp_path / "a.mcap"))
    with pytest.raises(DatasetError, match=r"a\.mcap: 1700000000\.0+: depth is 3x2, .* 12x8"):
        dataset.load(0)


def test_depth_of_another_frame_is_refused(tmp_path: Path) -> None:
    messages = frames(millimetres(1500), frame="camera_depth_optical_frame")
    dataset = open_bag(write_bag(tmp_path / "a.mcap", messages))
    with pytest.raises(DatasetError, match="expected depth registered to colour"):
        dataset.load(0)


def test_a_frame_without_depth_is_refused(tmp_path: Path) -> None:
    dataset = open_bag(write_bag(tmp_path / "a.mcap", frames(millimetres(0))))
    with pytest.raises(DatasetError, match=r"1700000000\.0+: not one valid pixel"):
        dataset.load(0)


def test_an_encoding_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    rgb = np.zeros((*SIZE, 3), np.uint8)
    messages = [image(COLOR, START, encode_color(rgb)), image(DEPTH, START, encode_color(rgb))]
    dataset = open_bag(write_bag(tmp_path / "a.mcap", messages))
    with pytest.raises(DatasetError, match=r"a\.mcap: .*'rgb8' given as depth"):
        dataset.load(0)


def test_a_recording_that_changed_is_noticed(tmp_path: Path) -> None:
    dataset = open_bag(write_bag(tmp_path / "a.mcap", frames(millimetres(1000), millimetres(2000))))
    (tmp_path / "a.mcap").unlink()
    write_bag(tmp_path / "a.mcap", frames(millimetres(1000)))
    with pytest.raises(BagError, match="/rgb/image at 1700000000033333333 ns is gone"):
        dataset.load(1)
