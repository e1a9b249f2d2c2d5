from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridgenet_ros.demo.score import ErrorSum, score
from bridgenet_ros.image_codec import encode_depth
from bridgenet_ros.offline.bag_writer import BagWriter
from bridgenet_ros.offline.messages import IMAGE_TYPE, make_header, make_image


def test_both_errors_are_taken_over_the_same_pixels() -> None:
    truth = np.array([[1, 1, 1, np.nan]], np.float32)
    bicubic = np.array([[1.1, np.nan, 1.3, 1]], np.float32)
    network = np.array([[1.0, 9.0, 1.2, 1]], np.float32)
    total = ErrorSum()

    total.add(truth, bicubic, network)

    assert (total.frames, total.pixels) == (1, 2)
    assert total.bicubic_cm == pytest.approx(100 * np.sqrt((0.01 + 0.09) / 2), rel=1e-5)
    assert total.sr_cm == pytest.approx(100 * np.sqrt(0.04 / 2), rel=1e-5)


def test_frames_are_pooled_by_pixel() -> None:
    total = ErrorSum()
    one = np.ones((1, 3), np.float32)
    total.add(one, one + 0.1, one)
    total.add(one[:, :1], one[:, :1] + 0.3, one[:, :1])

    assert total.bicubic_cm == pytest.approx(100 * np.sqrt((3 * 0.01 + 0.09) / 4), rel=1e-5)


def test_nothing_to_compare_has_no_error() -> None:
    assert ErrorSum().bicubic_cm is None
    assert ErrorSum().sr_cm is None


def test_recording_is_compared_frame_by_frame(tmp_path: Path) -> None:
    """Plane at 2 m, sensor exact: bicubic has no error; the network is off by 5 cm in frame 1."""
    path = tmp_path / "out.mcap"
    with BagWriter(path) as writer:
        sr = writer.add_topic("/sr/depth/image", IMAGE_TYPE)
        for stamp, depth in ((10, 2.0), (20, 2.05), (30, 7.0)):
            image = encode_depth(np.full((16, 16), depth, np.float32))
            writer.write(sr, stamp, make_image(image, make_header(stamp, "c")))
    sensor = [np.full((2, 2), 2.0, np.float32)] * 2

    total = score(path, {10: 0, 20: 1}, sensor, lambda _: np.full((16, 16), 2.0, np.float32))

    assert (total.frames, total.pixels) == (2, 512)
    assert total.bicubic_cm == pytest.approx(0, abs=1e-4)
    assert total.sr_cm == pytest.approx(5 / np.sqrt(2), rel=1e-4)
