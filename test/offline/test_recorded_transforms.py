"""Recordings of the RealSense SDK, from the file to the depth that the network sees."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from frames import result_for
from processors import Constant
from realsense_bags import COLOR_POSE, DEPTH_POSE, Device, write_sdk_bag
from tiny_bags import read_bag

from bridgenet_ros.errors import BagError, DatasetError
from bridgenet_ros.frame import DepthResult, RgbdFrame
from bridgenet_ros.image_codec import decode_depth
from bridgenet_ros.offline.bag_dataset import open_bag
from bridgenet_ros.offline.bag_reader import BagReader
from bridgenet_ros.offline.bag_topics import find_topics
from bridgenet_ros.offline.export_frames import export_frames
from bridgenet_ros.offline.export_options import ExportOptions
from bridgenet_ros.offline.messages import read_camera_info, read_image
from bridgenet_ros.offline.options import ProcessOptions, ProcessSummary
from bridgenet_ros.offline.plan import make_plan
from bridgenet_ros.offline.process_bag import process_bag
from bridgenet_ros.offline.selection import Selection
from bridgenet_ros.register_config import RegisterConfig
from bridgenet_ros.registration.registrar import Registrar
from bridgenet_ros.topic_choice import TopicNames

SR = "/sr/depth/image"
SOURCE = "the recording's /device_0/sensor_0/Depth_0/tf/0 and /device_0/sensor_1/Color_0/tf/0"
GIVEN = RegisterConfig(translation=(0.3, 0.0, 0.0), rotation=(0.0, 0.0, 0.0, 1.0))


class Registering(Constant):
    """The registered depth, each cell as 2x2 pixels of colour."""

    def process(self, frame: RgbdFrame, *, estimate: bool = False) -> DepthResult:
        self.frames.append(frame)
        depth_m = frame.depth
        if depth_m.dtype == np.uint16:
            depth_m = depth_m.astype(np.float32) / 1000
        found = Registrar()(
            frame, depth_m, find_grid=True, unit_m=0.001, device=torch.device("cpu")
        )
        sr_m = np.repeat(np.repeat(found.depth_m, 2, axis=0), 2, axis=1)
        return result_for(frame, sr_m, sensor_m=found.depth_m, registration=found.text)


def run(
    folder: Path,
    *devices: Device,
    version: str = "0",
    register: RegisterConfig | None = None,
    topics: TopicNames | None = None,
) -> tuple[ProcessSummary, list[RgbdFrame]]:
    processor = Registering()
    source = write_sdk_bag(folder / "in.bag", *devices, version=version)
    options = ProcessOptions(register=register or RegisterConfig(), topics=topics or TopicNames())
    summary = process_bag(source, folder / "out.mcap", lambda: processor, options)
    return summary, processor.frames


@pytest.mark.parametrize("version", ["0", "1"])
def test_a_pixel_lands_where_the_extrinsics_take_it(tmp_path: Path, version: str) -> None:
    summary, frames = run(tmp_path, version=version)
    assert summary.results == 2
    assert frames[0].rig is not None
    assert frames[0].rig.source == SOURCE
    assert summary.registration == (
        "own frame 'device_0/sensor_0/Depth_0', 9x9: projected to 9x9 of the colour view, "
        f"extrinsics from {SOURCE}"
    )
    recorded = read_bag(tmp_path / "out.mcap")
    image = read_image(recorded[SR][0].raw)
    depth_m = decode_depth(image)
    # Column 6 of row 3, 1 m away, is at ((6 - 4) / 10, (3 - 4) / 10, 1) = (0.2, -0.1, 1) for the
    # depth camera and at (0.2, 0.2, 1) for colour: at 20 * 0.2 + 8.5 = 12.5 of 18x18, both ways.
    assert depth_m[12:14, 12:14].tolist() == pytest.approx(np.ones((2, 2)))
    # The inverse would have it at (-0.1, -0.1, 1), which is 6.5; and no transform in row 6.5.
    assert depth_m[6:8, 6:8].tolist() == pytest.approx(np.full((2, 2), 5.0))
    assert depth_m[6:8, 12:14].tolist() == pytest.approx(np.full((2, 2), 5.0))
    # As colour's images have it, which other tools read beside the result.
    assert image.header.frame_id == version
    info = read_camera_info(recorded["/sr/depth/camera_info"][0].raw)
    assert (info.distortion_model, info.p[0], info.p[2]) == ("plumb_bob", 20.0, 8.5)


@pytest.mark.parametrize("option", ["Depth Units", "Depth_Units"])
def test_the_recording_s_unit_is_honoured(tmp_path: Path, option: str) -> None:
    device = Device(units=(0.00025,), option=option, near=4000, far=20000)
    _, (frame, _) = run(tmp_path, device)
    assert frame.depth[3, 6] == 1.0
    assert frame.depth[0, 0] == 5.0
    depth_m = decode_depth(read_image(read_bag(tmp_path / "out.mcap")[SR][0].raw))
    assert depth_m[12, 12] == pytest.approx(1.0)


def test_the_unit_of_an_older_file_is_a_property(tmp_path: Path) -> None:
    properties = (("Depth Units", "0.000250"), ("Exposure", "8500"))
    _, (frame, _) = run(tmp_path, Device(units=(), properties=properties))
    assert frame.depth[3, 6] == 0.25


ONLY_DEPTH = (("sensor_0/Depth_0/tf/0", DEPTH_POSE),)
APART = (*ONLY_DEPTH, ("sensor_1/Color_0/tf/1", COLOR_POSE))
BROKEN = (*ONLY_DEPTH, ("sensor_1/Color_0/tf/0", ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.0))))


@pytest.mark.parametrize(
    ("device", "told"),
    [
        (Device(transforms=ONLY_DEPTH), "is not known: .* of one reference N, found /device_0/"),
        (Device(transforms=APART), "of one reference N, found .*/tf/0, .*/tf/1; or"),
        (Device(transforms=BROKEN), "of one reference N, found /device_0/sensor_0/Depth_0/tf/0;"),
        (Device(units=()), "depth units of .*: none; expected one"),
        (Device(units=(0.001, 0.0001)), "depth units of .*: 0.0001, 0.001; expected one"),
        (
            Device(color_model=("Kannala Brandt4", (0.1, 0.0, 0.0, 0.0, 0.0))),
            "18x18 image has the distortion 'Kannala Brandt4'",
        ),
    ],
)
def test_what_is_not_known_is_refused(tmp_path: Path, device: Device, told: str) -> None:
    with pytest.raises(BagError, match=told) as refused:
        run(tmp_path, device)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "out.mcap").exists()


@pytest.mark.parametrize("transforms", [(), ONLY_DEPTH, Device().transforms])
def test_given_extrinsics_win(tmp_path: Path, transforms: tuple[()]) -> None:
    _, (frame, _) = run(tmp_path, Device(transforms=transforms), register=GIVEN)
    assert frame.rig is not None
    assert frame.rig.source == "the parameters"
    assert frame.rig.depth_to_color.translation == (0.3, 0.0, 0.0)


def test_the_inverse_model_is_projected_with_as_the_sdk_does(tmp_path: Path) -> None:
    device = Device(color_model=("Inverse Brown Conrady", (0.1, 0.0, 0.0, 0.0, 0.0)))
    _, (frame, _) = run(tmp_path, device)
    assert frame.rig is not None
    assert frame.rig.color.distortion_model == "plumb_bob"


def test_two_devices_do_not_mix(tmp_path: Path) -> None:
    turned = ((0.5, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0))
    other = Device(
        number=1,
        transforms=(("sensor_0/Depth_0/tf/0", turned), ("sensor_1/Color_0/tf/0", turned)),
        units=(0.002,),
    )
    first = Device()
    names = TopicNames(color=f"{first.color}/image/data", depth=f"{first.depth}/image/data")
    _, (frame, _) = run(tmp_path, first, other, topics=names)
    assert frame.rig is not None
    assert frame.rig.source == SOURCE
    assert frame.rig.depth_to_color.translation == pytest.approx((0.1, 0.0, 0.0))
    assert frame.depth.dtype == np.uint16
    mixed = TopicNames(color=f"{other.color}/image/data", depth=names.depth)
    (tmp_path / "mixed").mkdir()
    with pytest.raises(BagError, match="name colour of /device_0, the device of depth"):
        run(tmp_path / "mixed", first, other, topics=mixed)


def test_what_was_gathered_travels_to_workers(tmp_path: Path) -> None:
    source = write_sdk_bag(tmp_path / "in.bag", Device(units=(0.002,)))
    with BagReader(source) as reader:
        topics = find_topics(reader.connections, TopicNames())
        plan = make_plan(reader, topics, Selection(), slop_ns=0, stamp_offset_ns=0)
    arrived = pickle.loads(pickle.dumps(plan.transforms))
    found = arrived.source()
    assert found.name == SOURCE
    assert found.lookup("", "") == plan.transforms.source().lookup("", "") is not None
    assert arrived.in_metres(np.array([[500]], np.uint16)).tolist() == [[1.0]]


def test_a_data_set_takes_the_processed_recording_only(tmp_path: Path) -> None:
    run(tmp_path)
    raw = open_bag(tmp_path / "in.bag")
    with pytest.raises(DatasetError, match="'device_0/sensor_0/Depth_0', colour in '0'; expected"):
        raw.load(0)
    done = open_bag(tmp_path / "out.mcap", f"{Device().color}/image/data,{SR}")
    assert done.load(0).depth[12, 12] == pytest.approx(1.0)


def test_an_export_has_the_unit_and_says_that_depth_is_apart(tmp_path: Path) -> None:
    source = write_sdk_bag(tmp_path / "in.bag", Device(units=(0.00025,), near=4000, far=20000))
    summary = export_frames(source, tmp_path / "frames", ExportOptions(depth="npy"))
    assert any("a view of its own" in warning for warning in summary.warnings)
    depth_m = np.load(next((tmp_path / "frames" / "depth").iterdir()))
    assert (depth_m[3, 6], depth_m[0, 0]) == (1.0, 5.0)


def test_a_real_recording(data_folder: Path, tmp_path: Path) -> None:
    source = data_folder / "realsense_bag" / "single_depth_color_640x480.bag"
    if not source.is_file():
        pytest.skip("no recording of the RealSense SDK in the real data")
    processor = Constant()
    options = ProcessOptions(slop_ns=200_000_000)  # its two images are 102 ms apart
    summary = process_bag(source, tmp_path / "out.mcap", lambda: processor, options)
    assert summary.results == 1
    rig = processor.frames[0].rig
    assert rig is not None
    assert rig.source == SOURCE
    assert rig.depth_to_color.translation == pytest.approx((0.0143, 0.0006, 0.0006), abs=1e-4)
    assert (rig.depth.k[0], rig.color.k[0]) == pytest.approx((390.43, 613.20), abs=0.01)
    assert processor.frames[0].depth.dtype == np.uint16
