"""A recording with its plan, ready for workers."""

from __future__ import annotations

from pathlib import Path

from tiny_bags import COLOR, DEPTH, MS, Recorded, write_bag

from bridgenet_ros.offline.bag_reader import BagReader
from bridgenet_ros.offline.bag_rigs import BagRigs
from bridgenet_ros.offline.bag_topics import TopicNames, find_topics
from bridgenet_ros.offline.plan import Plan, make_plan
from bridgenet_ros.offline.segment import Job
from bridgenet_ros.offline.selection import Selection
from bridgenet_ros.register_config import RegisterConfig


def prepare(
    folder: Path, messages: list[Recorded], selection: Selection | None = None
) -> tuple[Job, Plan]:
    source = write_bag(folder / "in.mcap", messages)
    (folder / "parts").mkdir()
    with BagReader(source) as reader:
        topics = find_topics(reader.connections, TopicNames())
        plan = make_plan(
            reader, topics, selection or Selection(), slop_ns=20 * MS, stamp_offset_ns=0, segment=3
        )
    job = Job(
        source=source,
        color=COLOR,
        depth=DEPTH,
        infos=plan.infos,
        rigs=BagRigs(RegisterConfig(), topics, plan.infos, plan.depth_infos, plan.transforms),
        namespace="",
        estimate=False,
        encoding="16UC1",
        compressed_depth="off",
        parts=folder / "parts",
    )
    return job, plan
