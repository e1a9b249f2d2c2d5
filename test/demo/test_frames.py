from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridgenet_ros.demo.frames import (
    bicubic,
    input_frame,
    metres,
    output_frames,
    sensor_frames,
    with_nan,
)
from bridgenet_ros.errors import BagError
from bridgenet_ros.image_codec import encode_color, encode_depth
from bridgenet_ros.offline.bag_topics import TopicNames
from bridgenet_ros.offline.bag_writer import BagWriter
from bridgenet_ros.offline.messages import IMAGE_TYPE, make_header, make_image

MS = 1_000_000


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    """Three colour images 33 ms apart and two depth images: near the first and the third."""
    path = tmp_path / "in.mcap"
    with BagWriter(path) as writer:
        rgb, depth, sr = (
            writer.add_topic(topic, IMAGE_TYPE)
            for topic in ("/rgb/image", "/depth/image", "/sr/depth/image")
        )
        for k in range(3):
            head = make_header(k * 33 * MS, "c")
            color = encode_color(np.full((4, 6, 3), k, np.uint8))
            writer.write(rgb, k * 33 * MS, make_image(color, head))
            full = np.full((4, 6), 1 + k, np.float32)
            full[0, 0] = np.nan
            writer.write(sr, k * 33 * MS, make_image(encode_depth(full), head))
        for k, stamp in enumerate((2 * MS, 70 * MS)):
            low = np.array([[1000 + k, 0]], np.uint16)
            writer.write(depth, stamp, make_image(encode_depth(low), make_header(stamp, "c")))
    return path


NAMES = TopicNames(depth="/depth/image")


@pytest.mark.parametrize(("number", "depth"), [(0, 1.0), (1, 1.0), (2, 1.001)])
def test_input_frame_has_the_nearest_depth(bag: Path, number: int, depth: float) -> None:
    frame = input_frame(bag, NAMES, number)

    assert (frame.rgb == number).all()
    assert frame.sensor_m == pytest.approx(np.array([[depth, 0]]), abs=1e-6)


def test_absent_frame_is_refused(bag: Path) -> None:
    with pytest.raises(BagError, match="no colour image number 3"):
        input_frame(bag, NAMES, 3)


def test_sensor_frames_come_in_order(bag: Path) -> None:
    assert [f[0, 0] for f in sensor_frames(bag, NAMES)] == pytest.approx([1.0, 1.001])


def test_output_frames_have_stamps_and_nan(bag: Path) -> None:
    found = list(output_frames(bag, "sr/depth/image"))

    assert [stamp for stamp, _ in found] == [0, 33 * MS, 66 * MS]
    assert [depth[1, 1] for _, depth in found] == [1, 2, 3]
    assert np.isnan(found[0][1][0, 0])
    assert list(output_frames(bag, "mde/depth/image")) == []


def test_units() -> None:
    assert metres(np.array([[0, 50, 1500, 20000]], np.uint16)) == pytest.approx(
        np.array([[0, 0, 1.5, 0]])
    )
    assert with_nan(np.array([[0, 1500]], np.uint16)) == pytest.approx(
        np.array([[np.nan, 1.5]]), nan_ok=True
    )


def test_bicubic_keeps_a_plane_and_leaves_holes() -> None:
    sensor = np.full((6, 8), 2.0, np.float32)
    sensor[2, 3] = 0

    up = bicubic(sensor, (48, 64))

    assert np.isnan(up[16:24, 24:32]).all()
    assert np.isnan(up).sum() == 64
    assert up[np.isfinite(up)] == pytest.approx(2.0, abs=1e-5)
