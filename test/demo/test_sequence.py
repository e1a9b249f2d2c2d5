from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridgenet_ros.demo.sequence import RenderedLoop
from bridgenet_ros.errors import BagError
from bridgenet_ros.image_codec import decode_color, decode_depth
from bridgenet_ros.offline.bag_reader import BagReader
from bridgenet_ros.offline.messages import read_camera_info, read_image, stamp_of
from bridgenet_ros.offline.rgbd_bag import FRAME_ID
from bridgenet_ros.scenes.camera import Intrinsics

CAMERA = Intrinsics(width=64, height=48, focal=52.5, cx=31.5, cy=23.5)
FRAMES = 3


@pytest.fixture(scope="module")
def loop() -> RenderedLoop:
    return RenderedLoop(frames=FRAMES, camera=CAMERA, seed=1)


def test_shot_is_colour_low_depth_and_truth(loop: RenderedLoop) -> None:
    shot = loop.shot(1)

    assert (shot.rgb.shape, shot.sensor_m.shape, shot.truth_m.shape) == (
        (48, 64, 3),
        (6, 8),
        (48, 64),
    )
    assert np.array_equal(shot.truth_m, loop.truth(1))
    valid = shot.sensor_m > 0
    seen = shot.truth_m.reshape(6, 8, 8, 8).mean(axis=(1, 3))
    assert np.abs(shot.sensor_m[valid] - seen[valid]).max() < 1.0
    assert np.abs(shot.sensor_m[valid] - seen[valid]).mean() < 0.2


def test_shot_does_not_depend_on_what_came_before(loop: RenderedLoop) -> None:
    again = RenderedLoop(frames=FRAMES, camera=CAMERA, seed=1).shot(2)

    first = loop.shot(2)
    assert np.array_equal(first.sensor_m, again.sensor_m)
    assert np.array_equal(first.rgb, again.rgb)
    assert not np.array_equal(loop.shot(0).rgb, first.rgb)


def test_recording_holds_every_frame_at_thirty_hertz(loop: RenderedLoop, tmp_path: Path) -> None:
    told: list[int] = []

    loop.write(tmp_path / "camera.mcap", told.append)

    assert told == [1, 2, 3]
    with BagReader(tmp_path / "camera.mcap") as reader:
        raw: dict[str, list[bytes]] = {c.topic: [] for c in reader.connections}
        for message in reader.messages():
            raw[message.connection.topic].append(message.raw)
    assert {topic: len(found) for topic, found in raw.items()} == {
        "/rgb/image": FRAMES,
        "/rgb/camera_info": FRAMES,
        "/depth/image": FRAMES,
        "/depth/camera_info": FRAMES,
    }
    color, depth = ([read_image(r) for r in raw[f"/{name}/image"]] for name in ("rgb", "depth"))
    assert [c.header.frame_id for c in color] == [FRAME_ID] * FRAMES
    stamps = [stamp_of(c) for c in color]
    assert stamps == [stamp_of(d) for d in depth]
    assert np.diff(stamps) == pytest.approx(1e9 / 30, abs=1)
    assert (color[2].encoding, depth[2].encoding) == ("rgb8", "16UC1")
    shot = loop.shot(2)
    assert np.array_equal(decode_color(color[2]), shot.rgb)
    assert np.array_equal(decode_depth(depth[2]), np.rint(shot.sensor_m * 1000))
    low = read_camera_info(raw["/depth/camera_info"][0])
    assert (low.width, low.height, low.k[0]) == (8, 6, pytest.approx(52.5 / 8))


def test_existing_recording_is_kept(loop: RenderedLoop, tmp_path: Path) -> None:
    (tmp_path / "camera.mcap").write_text("precious")

    with pytest.raises(BagError, match="exists already"):
        loop.write(tmp_path / "camera.mcap", lambda _: None)

    assert (tmp_path / "camera.mcap").read_text() == "precious"
