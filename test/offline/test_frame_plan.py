"""Which topics and images make the frames of an export."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from processed_bags import processed
from tiny_bags import (
    COLOR,
    DEPTH,
    MS,
    PERIOD,
    START,
    color_payload,
    depth_payload,
    image,
    recording,
    write_bag,
)

from bridgenet_ros.errors import BagError
from bridgenet_ros.offline.bag_reader import BagReader
from bridgenet_ros.offline.bag_topics import TopicNames
from bridgenet_ros.offline.frame_plan import FramePlan, find_depths, plan_frames
from bridgenet_ros.offline.options import ProcessOptions
from bridgenet_ros.offline.selection import Selection

SLOP = 20 * MS


def topics_of(
    path: Path, names: TopicNames | None = None, sr_topic: str | None = None
) -> dict[str, str]:
    with BagReader(path) as reader:
        found = find_depths(reader.connections, names or TopicNames(), sr_topic)
    return {kind: topics.depth.topic for kind, topics in found.items()}


def plan_of(path: Path, selection: Selection | None = None) -> FramePlan:
    with BagReader(path) as reader:
        topics = find_depths(reader.connections, TopicNames())
        return plan_frames(reader, topics, selection or Selection(), SLOP)


def test_a_raw_recording_has_the_depth_of_the_sensor(tmp_path: Path) -> None:
    assert topics_of(write_bag(tmp_path / "in.mcap")) == {"sensor": DEPTH}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (ProcessOptions(), {"sr": "/sr/depth/image", "sensor": DEPTH}),
        (
            ProcessOptions(estimate=True, namespace="arm"),
            {"sr": "/arm/sr/depth/image", "sensor": DEPTH, "mde": "/arm/mde/depth/image"},
        ),
        (
            ProcessOptions(compressed_depth="png", selection=Selection(exclude=("/depth/*",))),
            {"sr": "/sr/depth/image/compressedDepth"},
        ),
    ],
)
def test_the_results_are_found(
    tmp_path: Path, options: ProcessOptions, expected: dict[str, str]
) -> None:
    assert topics_of(processed(tmp_path, options)) == expected


def test_other_depth_topics_are_asked_for_by_name(tmp_path: Path) -> None:
    messages = recording()
    for n in range(3):
        stamp = START + n * PERIOD
        for topic in ("/a/sr/depth/image", "/b/sr/depth/image", "/better/depth"):
            messages.append(image(topic, stamp, depth_payload(n)))
    path = write_bag(tmp_path / "in.mcap", messages)
    with pytest.raises(BagError, match="/a/sr/depth/image, /b/sr/depth/image; name it with --sr-t"):
        topics_of(path)
    assert topics_of(path, sr_topic="/b/sr/depth/image")["sr"] == "/b/sr/depth/image"
    assert topics_of(path, sr_topic="better/depth") == {"sr": "/better/depth", "sensor": DEPTH}
    with pytest.raises(BagError, match="there is no topic /nothing"):
        topics_of(path, sr_topic="/nothing")


def test_a_topic_named_without_its_slash_is_not_the_sensors_too(tmp_path: Path) -> None:
    messages = [image("/cam/color", START, color_payload())]
    messages += [image(name, START, depth_payload()) for name in ("/cam/depth", "/better/depth")]
    path = write_bag(tmp_path / "in.mcap", messages)
    for name in ("better/depth", "/better/depth"):
        assert topics_of(path, sr_topic=name) == {"sr": "/better/depth", "sensor": "/cam/depth"}


def test_every_nth_frame_is_taken_with_its_partners(tmp_path: Path) -> None:
    plan = plan_of(processed(tmp_path, pairs=5), Selection(every=2))
    assert plan.kinds == ("sr", "sensor")
    stamps = [START + n * PERIOD for n in (0, 2, 4)]
    assert plan.rows.tolist() == [[stamp] * 6 for stamp in stamps]
    assert plan.main.skipped == 2
    (block,) = plan.blocks()
    assert [list(places) for places in block] == [["", "sr", "sensor"]] * 3
    assert block[1][""].topic == COLOR
    assert block[1]["sensor"].stamp_ns == stamps[1]


def test_a_frame_without_a_partner_of_another_kind_stays(tmp_path: Path) -> None:
    messages = [m for m in recording() if m[0] != DEPTH or m[2] != START + PERIOD]
    messages += [image("/sr/depth/image", START + n * PERIOD, depth_payload(n)) for n in range(3)]
    plan = plan_of(write_bag(tmp_path / "in.mcap", messages))
    assert np.array_equal(plan.rows[:, 4] == -1, [False, True, False])
    (block,) = plan.blocks()
    assert list(block[1]) == ["", "sr"]


def test_two_frames_of_one_stamp_are_refused(tmp_path: Path) -> None:
    # Played twice: time jumps back.
    messages = []
    for n in range(4):
        stamp, time = START + n % 2 * 1000 * MS, START + n * 1000 * MS
        messages += [
            image(COLOR, stamp, color_payload(n), time_ns=time),
            image(DEPTH, stamp, depth_payload(n), time_ns=time),
        ]
    with pytest.raises(BagError, match=f"2 frames have the stamp {START} ns"):
        plan_of(write_bag(tmp_path / "in.mcap", messages))
