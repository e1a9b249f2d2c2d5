"""Unregistered depth in recordings: calibrations and transforms found, frames projected."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from frames import result_for
from processors import Constant
from rosbags.typesys.stores import ros2_jazzy as types
from tiny_bags import (
    COLOR,
    COLOR_INFO,
    DEPTH,
    FRAME,
    MS,
    PERIOD,
    START,
    Recorded,
    color_payload,
    image,
    read_bag,
    write_bag,
)

from bridgenet_ros.errors import BagError
from bridgenet_ros.frame import DepthResult, RgbdFrame
from bridgenet_ros.image_codec import encode_color, encode_depth
from bridgenet_ros.offline.bag_reader import BagReader
from bridgenet_ros.offline.bag_rigs import BagRigs
from bridgenet_ros.offline.bag_topics import TopicNames, find_topics
from bridgenet_ros.offline.messages import (
    CAMERA_INFO_TYPE,
    TF_TYPE,
    CameraInfo,
    RegionOfInterest,
    make_header,
    serialize,
    typestore,
)
from bridgenet_ros.offline.options import ProcessOptions, ProcessSummary
from bridgenet_ros.offline.plan import make_plan
from bridgenet_ros.offline.process_bag import process_bag
from bridgenet_ros.offline.segment import Job, SegmentWorker
from bridgenet_ros.offline.selection import Selection
from bridgenet_ros.offline.workers import ThreadSignals
from bridgenet_ros.register_config import RegisterConfig
from bridgenet_ros.registration.registrar import Registrar
from bridgenet_ros.rigid_transform import RigidTransform

DEPTH_FRAME, LINK = "depth_optical", "camera_link"
DEPTH_INFO, TF_STATIC = "/depth/camera_info", "/tf_static"
SR = "/sr/depth/image"


def info(topic: str, stamp_ns: int, frame: str, size: tuple[int, int], focal: float) -> Recorded:
    width, height = size
    k = [focal, 0, (width - 1) / 2, 0, focal, (height - 1) / 2, 0, 0, 1]
    message = CameraInfo(
        header=make_header(stamp_ns, frame),
        height=height,
        width=width,
        distortion_model="plumb_bob",
        d=np.zeros(5),
        k=np.array(k, np.float64),
        r=np.eye(3).ravel(),
        p=np.array([*k[:3], 0, *k[3:6], 0, *k[6:], 0], np.float64),
        binning_x=0,
        binning_y=0,
        roi=RegionOfInterest(x_offset=0, y_offset=0, height=0, width=0, do_rectify=False),
    )
    return topic, CAMERA_INFO_TYPE, stamp_ns, bytes(serialize(message))


def transform(parent: str, child: str, x: float, time_ns: int, w: float = 1.0) -> Recorded:
    stamped = types.geometry_msgs__msg__TransformStamped(
        header=make_header(time_ns, parent),
        child_frame_id=child,
        transform=types.geometry_msgs__msg__Transform(
            translation=types.geometry_msgs__msg__Vector3(x=x, y=0.0, z=0.0),
            rotation=types.geometry_msgs__msg__Quaternion(x=0.0, y=0.0, z=0.0, w=w),
        ),
    )
    message = types.tf2_msgs__msg__TFMessage(transforms=[stamped])
    return TF_STATIC, TF_TYPE, time_ns, bytes(typestore().serialize_cdr(message, TF_TYPE))


def pairs(count: int = 1) -> list[Recorded]:
    """Colour 12x8, depth 6x4 of its own frame with half the focal length."""
    messages = []
    for index in range(count):
        stamp = START + index * PERIOD
        depth = np.full((4, 6), 1000 + index, np.uint16)
        messages += [
            image(COLOR, stamp, color_payload(index)),
            info(COLOR_INFO, stamp, FRAME, (12, 8), 10.0),
            image(DEPTH, stamp + 5, encode_depth(depth), frame=DEPTH_FRAME),
            info(DEPTH_INFO, stamp, DEPTH_FRAME, (6, 4), 5.0),
        ]
    return messages


TRANSFORMS = [transform(LINK, FRAME, 0.3, START - MS), transform(LINK, DEPTH_FRAME, 0.1, START + 9)]


def run(
    folder: Path, messages: list[Recorded], register: RegisterConfig | None = None
) -> tuple[ProcessSummary, list[RgbdFrame]]:
    processor = Constant()
    options = ProcessOptions(register=register or RegisterConfig(), segment=2)
    source = write_bag(folder / "in.mcap", messages)
    return process_bag(source, folder / "out.mcap", lambda: processor, options), processor.frames


def test_the_recording_s_own_transforms_and_calibrations_are_used(tmp_path: Path) -> None:
    summary, (frame,) = run(tmp_path, pairs() + TRANSFORMS)
    assert summary.results == 1
    rig = frame.rig
    assert rig is not None
    assert rig.source == "the recording's /tf_static"
    # The depth camera stands 0.2 m to the left of colour along the link's x.
    assert rig.depth_to_color.translation == pytest.approx((-0.2, 0.0, 0.0))
    assert (rig.color.width, rig.color.k[0]) == (12, 10.0)
    assert (rig.depth.width, rig.depth.k[0]) == (6, 5.0)


def test_calibrations_can_lie_elsewhere(tmp_path: Path) -> None:
    moved = {COLOR_INFO: "/infos/color", DEPTH_INFO: "/infos/depth"}
    messages = [(moved.get(m[0], m[0]), *m[1:]) for m in pairs() + TRANSFORMS]
    source = write_bag(tmp_path / "in.mcap", messages)
    with BagReader(source) as reader:
        names = TopicNames(color_info="/infos/color", depth_info="/infos/depth")
        topics = find_topics(reader.connections, names)
        plan = make_plan(reader, topics, Selection(), slop_ns=MS, stamp_offset_ns=0)
    assert plan.infos
    assert plan.depth_infos


def test_extrinsics_can_be_given(tmp_path: Path) -> None:
    given = RegisterConfig(translation=(0.1, 0.0, 0.0), rotation=(0.0, 0.0, 0.0, 1.0))
    _, (frame,) = run(tmp_path, pairs(), given)
    assert frame.rig is not None
    assert frame.rig.depth_to_color == RigidTransform(
        translation=(0.1, 0.0, 0.0), rotation=(0.0, 0.0, 0.0, 1.0)
    )


def test_registered_depth_needs_none_of_it(tmp_path: Path) -> None:
    messages = [m for m in pairs() if m[0] in (COLOR, COLOR_INFO)]
    depth = encode_depth(np.full((4, 6), 1000, np.uint16))
    _, (frame,) = run(tmp_path, [*messages, image(DEPTH, START, depth)])
    assert frame.rig is None


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        (TF_STATIC, "'depth_optical', colour in .* record /tf_static with a transform"),
        (DEPTH_INFO, "no camera info has come on /depth/camera_info"),
        (COLOR_INFO, "no camera info has come on /rgb/camera_info"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, missing: str, told: str) -> None:
    messages = [m for m in pairs() + TRANSFORMS if m[0] != missing]
    with pytest.raises(BagError, match=told):
        run(tmp_path, messages)


def test_a_broken_transform_is_as_good_as_none(tmp_path: Path) -> None:
    messages = [*pairs(), transform(FRAME, DEPTH_FRAME, 0.3, START, w=0.0)]
    with pytest.raises(BagError, match="record /tf_static"):
        run(tmp_path, messages)
    trusted = tmp_path / "trusted"
    trusted.mkdir()
    summary, _ = run(trusted, messages, RegisterConfig(mode="off"))
    assert summary.results == 1


class Registering(Constant):
    """Writes the number of cells that the registrar made of a frame."""

    def __init__(self) -> None:
        super().__init__()
        self.registrar = Registrar()

    def reset(self) -> None:
        self.registrar.reset()

    def process(self, frame: RgbdFrame, *, estimate: bool = False) -> DepthResult:
        found = self.registrar(
            frame,
            frame.depth.astype(np.float32) / 1000,
            find_grid=True,
            unit_m=0.001,
            device=torch.device("cpu"),
        )
        sr_m = np.full(frame.rgb.shape[:2], found.depth_m.size / 1000, np.float32)
        return result_for(frame, sr_m, sensor_m=found.depth_m, registration=found.text)


def shapes() -> list[Recorded]:
    """Blocks that give themselves away in the third of six frames only."""
    low = np.random.default_rng(0).integers(1000, 3000, (24, 32)).astype(np.uint16)
    messages = []
    for index in range(6):
        stamp = START + index * PERIOD
        depth = np.full((48, 64), 2000, np.uint16)
        if index == 2:
            depth = np.repeat(np.repeat(low, 2, axis=0), 2, axis=1)
        rgb = np.zeros((48, 64, 3), np.uint8)
        messages += [
            image(COLOR, stamp, encode_color(rgb)),
            image(DEPTH, stamp, encode_depth(depth)),
        ]
    return messages


def test_what_was_found_before_a_segment_changes_nothing_in_it(tmp_path: Path) -> None:
    source = write_bag(tmp_path / "in.mcap", shapes())
    with BagReader(source) as reader:
        topics = find_topics(reader.connections, TopicNames())
        plan = make_plan(reader, topics, Selection(), slop_ns=MS, stamp_offset_ns=0, segment=3)
    rigs = BagRigs(RegisterConfig(), topics, plan.infos, plan.depth_infos, plan.transforms)
    digests = []
    for order in ((0, 1), (1, 0)):
        parts = tmp_path / str(order[0])
        parts.mkdir()
        job = Job(
            source=source,
            color=COLOR,
            depth=DEPTH,
            infos=plan.infos,
            rigs=rigs,
            namespace="",
            estimate=False,
            encoding="32FC1",
            compressed_depth="off",
            parts=parts,
        )
        worker = SegmentWorker(Registering(), ThreadSignals())
        segments = list(plan.segments())
        made = {index: worker.run(job, segments[index]) for index in order}
        worker.close()
        digests.append([made[index].crc32 for index in (0, 1)])
        assert made[0].registration.startswith("blocky copies")
        assert made[1].registration.startswith("native")
    assert digests[0] == digests[1]


def test_the_summary_says_what_depth_was(tmp_path: Path) -> None:
    source = write_bag(tmp_path / "in.mcap", shapes()[:6])
    summary = process_bag(source, tmp_path / "out.mcap", Registering)
    assert summary.registration == "blocky copies, copies of 2x2 pixels of 64x48: taken as 32x24"
    assert len(read_bag(tmp_path / "out.mcap")[SR]) == 3
