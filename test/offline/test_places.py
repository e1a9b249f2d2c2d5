"""Images that are found again."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_bags import COLOR, DEPTH, PERIOD, START, write_bag

from bridgenet_ros.errors import BagError
from bridgenet_ros.offline.bag_reader import BagReader
from bridgenet_ros.offline.messages import stamp_of
from bridgenet_ros.offline.places import Place, find_again

STAMPS = [START + n * PERIOD for n in range(3)]


def test_groups_come_in_their_order_and_length(tmp_path: Path) -> None:
    color, depth = ([Place(topic, t, t) for t in STAMPS] for topic in (COLOR, DEPTH))
    groups = [(color[0],), (color[1], depth[1]), (depth[2], color[2])]
    with BagReader(write_bag(tmp_path / "in.mcap")) as reader:
        found = list(find_again(reader, groups))
    assert [[stamp_of(r.image) for r in group] for group in found] == [
        STAMPS[:1],
        STAMPS[1:2] * 2,
        STAMPS[2:] * 2,
    ]
    assert [[r.image.height for r in group] for group in found] == [[8], [8, 2], [2, 8]]


def test_an_image_that_is_gone_is_named(tmp_path: Path) -> None:
    gone = Place(DEPTH, STAMPS[1], STAMPS[1] + 1)
    with (
        BagReader(write_bag(tmp_path / "in.mcap")) as reader,
        pytest.raises(BagError, match=f"the image of {DEPTH} at {gone.stamp_ns} ns is gone"),
    ):
        list(find_again(reader, [(gone, Place(COLOR, STAMPS[1], STAMPS[1]))]))
