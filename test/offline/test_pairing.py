"""The images of a recording, paired as its messages come."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tiny_bags import (
    COLOR,
    DEPTH,
    MS,
    PERIOD,
    START,
    Recorded,
    color_payload,
    depth_payload,
    image,
    recording,
    write_bag,
)

from bridgenet_ros.errors import FrameError
from bridgenet_ros.image_codec import ImagePayload
from bridgenet_ros.offline.bag_reader import BagReader
from bridgenet_ros.offline.bag_topics import TopicNames, find_topics
from bridgenet_ros.offline.messages import IMAGE_TYPE
from bridgenet_ros.offline.pairing import BagPairing, ImagePair, lead_text, to_frame


def pair_all(path: Path) -> tuple[BagPairing, list[ImagePair]]:
    with BagReader(path) as reader:
        pairing = BagPairing(find_topics(reader.connections, TopicNames()), slop_ns=20 * MS)
        pairs = [pair for message in reader.messages() for pair in pairing.take(message)]
        return pairing, [*pairs, *pairing.finish()]


def test_partners_keep_their_stamps_and_times(tmp_path: Path) -> None:
    messages: list[Recorded] = [
        image(COLOR, START, color_payload(), time_ns=START + 3 * MS),
        image(DEPTH, START + 12 * MS, depth_payload(), time_ns=START + 14 * MS),
        image(DEPTH, START + 45 * MS, depth_payload()),
    ]
    pairing, pairs = pair_all(write_bag(tmp_path / "a.mcap", messages))
    (pair,) = pairs
    assert (pair.color_stamp_ns, pair.depth_stamp_ns) == (START, START + 12 * MS)
    assert (pair.color.time_ns, pair.depth.time_ns) == (START + 3 * MS, START + 14 * MS)
    assert (pairing.pairs, pairing.unpaired) == (1, {"depth_unpaired": 1})


def test_without_a_pair_the_reason_is_said(tmp_path: Path) -> None:
    messages = recording(2, depth_delay_ns=PERIOD // 2 + 5 * MS)[:3]
    pairing, pairs = pair_all(write_bag(tmp_path / "a.mcap", messages))
    assert pairs == []
    assert pairing.why_none() == (
        "no image of /rgb/image (1) has a partner in /depth/image (1) within 20 ms, depth begins "
        "0.022 s after colour: color_unpaired 1, depth_unpaired 1"
    )


def test_of_an_absent_stream_the_reason_is_said(tmp_path: Path) -> None:
    source = write_bag(tmp_path / "a.mcap", recording(2))
    with BagReader(source) as reader:
        topics = find_topics(reader.connections, TopicNames())
        pairing = BagPairing(topics, slop_ns=20 * MS)
        assert pairing.why_none() == (
            "no image of /rgb/image: all 2 of its messages lie outside of the chosen part"
        )
        pairing.take(next(reader.messages([topics.color])))
        empty = replace(topics, depth=topics.depth._replace(msgcount=0))
        pairing = BagPairing(empty, slop_ns=20 * MS)
        pairing.take(next(reader.messages([topics.color])))
        assert pairing.why_none() == "no image of /depth/image: it is empty"
        assert pairing.lead_ns == 0


@pytest.mark.parametrize("offset_ns", [0, -40 * MS])
def test_the_lead_counts_the_offset(tmp_path: Path, offset_ns: int) -> None:
    source = write_bag(tmp_path / "a.mcap", recording(2, depth_delay_ns=5 * MS))
    with BagReader(source) as reader:
        topics = find_topics(reader.connections, TopicNames())
        pairing = BagPairing(topics, slop_ns=20 * MS, stamp_offset_ns=offset_ns)
        for message in reader.messages([topics.color, topics.depth]):
            pairing.take(message)
    assert pairing.lead_ns == 5 * MS + offset_ns
    assert lead_text(-40 * MS) == "depth begins 0.040 s before colour"


def test_an_image_that_is_none_is_counted(tmp_path: Path) -> None:
    messages = [*recording(1), (DEPTH, IMAGE_TYPE, START + PERIOD, b"\0\1\0\0")]
    pairing, pairs = pair_all(write_bag(tmp_path / "a.mcap", messages))
    assert (len(pairs), pairing.unreadable) == (1, 1)
    assert "is no sensor_msgs/msg/Image" in pairing.why_none()


def test_a_frame_of_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    picture = color_payload()
    odd = ImagePayload(
        height=picture.height,
        width=picture.width,
        encoding="pictogram8",
        is_bigendian=0,
        step=picture.step,
        data=picture.data,
    )
    messages = [image(COLOR, START, odd), image(DEPTH, START, depth_payload())]
    _, pairs = pair_all(write_bag(tmp_path / "a.mcap", messages))
    with pytest.raises(FrameError, match="pictogram8"):
        to_frame(pairs[0])
