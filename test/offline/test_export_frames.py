"""From a recording to a folder, and back through `open_dataset`."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from processed_bags import processed
from tiny_bags import (
    COLOR,
    COLOR_INFO,
    DEPTH,
    PERIOD,
    START,
    color_payload,
    compressed_recording,
    depth_payload,
    image,
    info,
    recording,
    write_bag,
)

from bridgenet_ros.data.folder import read_plane
from bridgenet_ros.errors import BagError, DatasetError, SpaceError
from bridgenet_ros.image_codec import encode_color, encode_depth
from bridgenet_ros.offline import export_frames as module
from bridgenet_ros.offline.export_frames import export_frames
from bridgenet_ros.offline.export_options import ExportOptions
from bridgenet_ros.offline.messages import IMAGE_TYPE
from bridgenet_ros.offline.options import ProcessOptions
from bridgenet_ros.offline.selection import Selection
from bridgenet_ros.open_dataset import open_dataset

STEMS = [f"1700000000.{n * PERIOD:09d}" for n in range(3)]
RAMP = 1 + np.arange(96, dtype=np.float32).reshape(8, 12) / 64
RAMP[0, 0] = RAMP[2, 3] = 0
WAIT_S = 60


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


@pytest.mark.parametrize("depth", ["png", "npy", "exr"])
def test_the_folder_is_a_data_set_of_the_same_values(tmp_path: Path, depth: str) -> None:
    if depth == "exr":
        pytest.importorskip("OpenEXR", reason="OpenEXR is not installed")
    bag, out = processed(tmp_path), tmp_path / "out"
    summary = export_frames(bag, out, ExportOptions(depth=depth))
    assert (summary.frames, summary.pairs, summary.bad_frames) == (3, 3, {})
    assert summary.topics == {"color": COLOR, "sr": "/sr/depth/image", "sensor": DEPTH}
    dataset = open_dataset(out)
    assert dataset.names == tuple(STEMS)
    for index in range(3):
        sample = dataset.load(index)
        assert (sample.rgb == index).all()
        assert sample.stamp_ns == sample.depth_stamp_ns == START + index * PERIOD
        assert np.array_equal(sample.valid, RAMP > 0)
        if depth == "png":
            steps = read_plane(dataset.files(index)[1])
            assert steps.dtype == np.uint16
            np.testing.assert_allclose(steps, RAMP * 1000, atol=0.501)
            np.testing.assert_allclose(sample.depth, RAMP, atol=0.0006)
        else:
            assert sample.depth.tobytes() == RAMP.tobytes()
        sensor = read_plane(out / "depth_sensor" / f"{STEMS[index]}.{depth}")
        expected = 1000 + index if depth == "png" else np.float32((1000 + index) / 1000)
        assert sensor.shape == (2, 3)
        assert (sensor == expected).all()
    assert dataset.intrinsics == (10, 10, 6, 4)
    assert (dataset.name, dataset.card.stored_unit) == ("done", 0.001)
    assert (out / "dataset.yaml").read_text().splitlines()[0] == "name: done"


def test_what_lies_in_the_folder(tmp_path: Path) -> None:
    options = ProcessOptions(estimate=True, encoding="16UC1", compressed_depth="rvl")
    bag, out = processed(tmp_path, options), tmp_path / "out"
    export_frames(bag, out, ExportOptions(color="jpeg", unit_m=0.0002))
    assert names(out) == [
        *("associations.txt", "camera_info", "dataset.yaml", "depth", "depth.txt"),
        *("depth_mde", "depth_sensor", "export.json", "rgb", "rgb.txt"),
    ]
    assert names(out / "rgb") == [f"{stem}.jpg" for stem in STEMS]
    for folder in ("depth", "depth_mde", "depth_sensor"):
        assert names(out / folder) == [f"{stem}.png" for stem in STEMS]
    assert (out / "rgb.txt").read_text().splitlines()[2:] == [f"{s} rgb/{s}.jpg" for s in STEMS]
    assert (out / "depth.txt").read_text().splitlines()[2] == f"{STEMS[0]} depth/{STEMS[0]}.png"
    assert (out / "associations.txt").read_text().splitlines()[1] == (
        f"{STEMS[0]} rgb/{STEMS[0]}.jpg {STEMS[0]} depth/{STEMS[0]}.png"
    )
    assert read_plane(out / "depth" / f"{STEMS[0]}.png")[1, 0] == 5 * 1188  # 1 + 12/64 m
    assert read_plane(out / "depth_mde" / f"{STEMS[0]}.png")[1, 0] == 5 * 2375
    # The sensor's depth has no calibration in the recording.
    assert names(out / "camera_info") == ["depth.yaml", "depth_mde.yaml", "rgb.yaml"]
    camera = yaml.safe_load((out / "camera_info" / "rgb.yaml").read_text())
    assert (camera["image_width"], camera["camera_matrix"]["data"][:3]) == (12, [10, 0, 6])
    record = json.loads((out / "export.json").read_text())
    assert (record["source"], record["summary"]["frames"]) == ("done.mcap", 3)
    assert names(tmp_path) == ["done.mcap", "done.mcap.manifest.json", "out", "raw-done.mcap"]


def test_clouds_hold_the_points_of_the_valid_pixels(tmp_path: Path) -> None:
    export_frames(processed(tmp_path), tmp_path / "out", ExportOptions(clouds=True))
    assert names(tmp_path / "out" / "clouds") == [f"{stem}.ply" for stem in STEMS]
    data = (tmp_path / "out" / "clouds" / f"{STEMS[2]}.ply").read_bytes()
    head, _, body = data.partition(b"end_header\n")
    assert head.startswith(b"ply\nformat binary_little_endian 1.0\nelement vertex 94\n")
    points = list(struct.iter_unpack("<fffBBB", body))
    assert len(points) == 94
    # The second pixel: column 1, row 0; fx 10, cx 6, cy 4; all of colour is the frame's number.
    z = 1 + 1 / 64
    assert points[0] == pytest.approx(((1 - 6) / 10 * z, -4 / 10 * z, z, 2, 2, 2))


def test_a_video_shows_every_frame(tmp_path: Path) -> None:
    export_frames(processed(tmp_path), tmp_path / "out", ExportOptions(video=True))
    capture = cv2.VideoCapture(str(tmp_path / "out" / "video.mp4"))
    assert capture.get(cv2.CAP_PROP_FPS) == pytest.approx(30, abs=0.01)
    shapes = []
    while (read := capture.read())[0]:
        shapes.append(read[1].shape)
    capture.release()
    # Three panels of 12 x 8 and the scale below them.
    assert shapes == [(8 + 44, 36, 3)] * 3


@pytest.mark.parametrize("messages", [recording(), compressed_recording()])
def test_a_raw_recording_gives_the_sensors_depth(tmp_path: Path, messages: list) -> None:
    bag = write_bag(tmp_path / "in.mcap", messages)
    export_frames(bag, tmp_path / "out", ExportOptions(sensor_unit_m=0.0002))
    dataset = open_dataset(tmp_path / "out")
    sample = dataset.load_stored(1)
    np.testing.assert_allclose(sample.depth, np.full((2, 3), 0.2), rtol=1e-6)
    with pytest.raises(DatasetError, match="depth is 3x2, its colour image is 12x8"):
        dataset.load(1)


def test_a_part_is_chosen_by_time_and_number(tmp_path: Path) -> None:
    bag = write_bag(tmp_path / "in.mcap", recording(7))
    seen: list[tuple[int, int]] = []
    part = Selection(start_s=0.03, duration_s=0.15, every=2)
    summary = export_frames(
        bag, tmp_path / "out", ExportOptions(selection=part), progress=lambda *s: seen.append(s)
    )
    assert (summary.frames, summary.skipped, summary.pairs) == (3, 2, 5)
    assert seen == [(1, 3), (2, 3), (3, 3)]
    stamps = [open_dataset(tmp_path / "out").load_stored(n).stamp_ns for n in range(3)]
    assert stamps == [START + n * PERIOD for n in (1, 3, 5)]


def test_depth_of_another_view_is_no_data_set(tmp_path: Path) -> None:
    messages = [
        image(COLOR, START, color_payload()),
        image(DEPTH, START, depth_payload(), frame="d"),
    ]
    summary = export_frames(write_bag(tmp_path / "in.mcap", messages), tmp_path / "out")
    assert "depth lies in a view of its own" in summary.warnings[0]
    assert "no camera info of colour" in summary.warnings[1]
    with pytest.raises(DatasetError, match="its depth is not registered"):
        open_dataset(tmp_path / "out")


def test_what_cannot_be_used_is_counted(tmp_path: Path) -> None:
    messages = recording()
    assert messages[6][:3] == (DEPTH, IMAGE_TYPE, START + PERIOD)
    messages[6] = image(DEPTH, START + PERIOD, color_payload())
    summary = export_frames(write_bag(tmp_path / "in.mcap", messages), tmp_path / "out")
    assert (summary.frames, summary.bad_frames) == (2, {"encoding": 1})
    assert len(open_dataset(tmp_path / "out")) == 2


def test_pixels_that_a_png_cannot_hold_are_told(tmp_path: Path) -> None:
    depth = encode_depth(np.array([[70.0, 1.0, 0.0001]] * 2, np.float32))
    messages = [image(COLOR, START, color_payload()), image(DEPTH, START, depth)]
    summary = export_frames(write_bag(tmp_path / "in.mcap", messages), tmp_path / "out")
    assert "4 pixels nearer than half a step of 0.001 m or farther" in summary.warnings[0]


def test_a_calibration_that_changes_is_told(tmp_path: Path) -> None:
    messages = recording()
    messages[5] = info(COLOR_INFO, START + PERIOD, fx=11.0)
    summary = export_frames(write_bag(tmp_path / "in.mcap", messages), tmp_path / "out")
    assert "calibration of rgb: it changes; the file has the first one" in summary.warnings


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (ExportOptions(clouds=True), "no camera info of /depth/image or of colour"),
        (ExportOptions(video=True), "holds no super-resolved depth, which a video shows"),
        (ExportOptions(sr_topic="/nothing"), "there is no topic /nothing"),
        (ExportOptions(selection=Selection(start_s=99)), "no image of /rgb/image"),
    ],
)
def test_what_cannot_be_made_leaves_nothing(
    tmp_path: Path, options: ExportOptions, words: str
) -> None:
    messages = [m for m in recording() if m[0] != COLOR_INFO]
    bag = write_bag(tmp_path / "in.mcap", messages)
    with pytest.raises(BagError, match=words):
        export_frames(bag, tmp_path / "out", options)
    assert names(tmp_path) == ["in.mcap"]


def test_a_video_of_two_sizes_leaves_nothing(tmp_path: Path) -> None:
    messages = []
    for n in range(2):
        stamp, size = START + n * PERIOD, (8 + 8 * n, 16)
        messages += [
            image(COLOR, stamp, encode_color(np.zeros((*size, 3), np.uint8))),
            image(DEPTH, stamp, depth_payload()),
            image("/sr/depth/image", stamp, encode_depth(np.ones(size, np.float32))),
        ]
    bag = write_bag(tmp_path / "in.mcap", messages)
    with pytest.raises(BagError, match=r"video\.mp4: picture 1 is 48x60, the first 48x52"):
        export_frames(bag, tmp_path / "out", ExportOptions(video=True))
    assert names(tmp_path) == ["in.mcap"]


def test_only_an_export_is_replaced(tmp_path: Path) -> None:
    bag, out = write_bag(tmp_path / "in.mcap"), tmp_path / "out"
    export_frames(bag, out)
    with pytest.raises(BagError, match="exists already; expected a new name, or --overwrite"):
        export_frames(bag, out)
    export_frames(bag, out, ExportOptions(selection=Selection(every=2)), overwrite=True)
    assert len(open_dataset(out)) == 2
    (out / "mine.txt").touch()
    with pytest.raises(BagError, match="exists and is no export; only exports are replaced"):
        export_frames(bag, out, overwrite=True)
    (out / "mine.txt").unlink()
    (out / "export.json").unlink()
    with pytest.raises(BagError, match="exists and is no export"):
        export_frames(bag, out, overwrite=True)
    assert names(tmp_path) == ["in.mcap", "out"]


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    bag = write_bag(tmp_path / "in.mcap")
    monkeypatch.setattr("bridgenet_ros.offline.frame_folder.write_depth", full)
    with pytest.raises(SpaceError, match="out: cannot be written: No space left on device"):
        export_frames(bag, tmp_path / "out")
    assert names(tmp_path) == ["in.mcap"]


def test_ctrl_c_leaves_an_older_export_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bag, out = write_bag(tmp_path / "in.mcap"), tmp_path / "out"
    export_frames(bag, out)
    before = (out / "export.json").read_bytes()

    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_frames(bag, out, overwrite=True, progress=stop)
    assert (out / "export.json").read_bytes() == before
    assert names(tmp_path) == ["in.mcap", "out"]


KILLED = """
import sys, time
from pathlib import Path
from bridgenet_ros.offline.export_frames import export_frames

def wait(done, total):
    print("running", flush=True)
    time.sleep(600)

export_frames(Path(sys.argv[1]), Path(sys.argv[2]), progress=wait)
"""


def test_a_kill_leaves_no_folder_of_the_name_and_the_next_run_clears_up(tmp_path: Path) -> None:
    bag, out = write_bag(tmp_path / "in.mcap"), tmp_path / "out"
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(bag), str(out)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(module.__file__).parents[2])},
    ) as process:
        limit = threading.Timer(WAIT_S, process.kill)
        limit.start()
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "running\n"
        finally:
            limit.cancel()
            process.kill()
            process.wait(WAIT_S)
    assert names(tmp_path) == [".out.work", "in.mcap"]
    export_frames(bag, out)
    assert names(tmp_path) == ["in.mcap", "out"]
    assert len(open_dataset(out)) == 3


def test_a_folder_that_cannot_be_written_is_one_error(tmp_path: Path) -> None:
    bag = write_bag(tmp_path / "in.mcap")
    with pytest.raises(BagError, match="nothing is no directory"):
        export_frames(bag, tmp_path / "nothing" / "out")
    with pytest.raises(BagError, match="one lies in the other"):
        export_frames(bag, bag / "out")
