"""From a folder of images to a recording."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tiny_bags import COLOR, COLOR_INFO, DEPTH, read_bag

from bridgenet_ros.data.dataset import RgbdSample
from bridgenet_ros.data.folder import RgbdFolder, open_folder
from bridgenet_ros.errors import BagError, ConfigError, DatasetError
from bridgenet_ros.image_codec import decode_color, decode_depth
from bridgenet_ros.offline.make_bag import PERIOD_NS, START_NS, lower, make_bag
from bridgenet_ros.offline.messages import read_camera_info, read_image, stamp_of

CARD = """\
name: tiny
quantity: depth
stored_unit_m: 0.0002
invalid: 0
split: demo
licence: made here
"""
CAMERA = "intrinsics: {fx: 8.0, fy: 8.0, cx: 4.0, cy: 2.0}\ndistortion: [0.1, 0, 0, 0, 0]\n"
TUM = Path(__file__).parents[2].parent / "shared" / "data" / "tum_fr1_xyz_clip"


def write_folder(path: Path, card: str = CARD + CAMERA, count: int = 2) -> Path:
    """Pairs of 8 x 4: red grows with the index, depth is index + 1 metres."""
    (path / "rgb").mkdir(parents=True)
    (path / "depth").mkdir()
    (path / "dataset.yaml").write_text(card)
    for index in range(count):
        blue_green_red = np.zeros((4, 8, 3), np.uint8)
        blue_green_red[..., 2] = 10 * (index + 1)
        depth = np.full((4, 8), 5000 * (index + 1), np.uint16)
        assert cv2.imwrite(str(path / "rgb" / f"{index}.png"), blue_green_red)
        assert cv2.imwrite(str(path / "depth" / f"{index}.png"), depth)
    return path


def folder(path: Path, card: str = CARD + CAMERA) -> RgbdFolder:
    return open_folder(write_folder(path, card))


def test_the_topics_hold_colour_lowered_depth_and_calibrations(tmp_path: Path) -> None:
    summary = make_bag(folder(tmp_path / "in"), tmp_path / "out.mcap", scale=2)
    assert (summary.name, summary.frames, summary.calibrated) == ("tiny", 2, True)
    assert (summary.color_size, summary.depth_size) == ((8, 4), (4, 2))
    topics = read_bag(tmp_path / "out.mcap")
    for index in range(2):
        color, depth = read_image(topics[COLOR][index].raw), read_image(topics[DEPTH][index].raw)
        assert decode_color(color)[0, 0].tolist() == [10 * (index + 1), 0, 0]
        assert decode_depth(depth).tolist() == [[1000 * (index + 1)] * 4] * 2
        assert stamp_of(color) == stamp_of(depth) == START_NS + index * PERIOD_NS
    info = read_camera_info(topics[COLOR_INFO][0].raw)
    assert (info.width, info.k[0], info.d[0]) == (8, 8.0, 0.1)
    assert read_camera_info(topics["/depth/camera_info"][1].raw).k[0] == 4.0


def test_stamps_come_from_the_associations(tmp_path: Path) -> None:
    source = write_folder(tmp_path / "in", CARD + "pairs: a.txt\n")
    (source / "a.txt").write_text("1305031104.175424 rgb/1.png 1305031104.163440 depth/1.png\n")
    make_bag(open_folder(source), tmp_path / "out.mcap")
    topics = read_bag(tmp_path / "out.mcap")
    assert stamp_of(read_image(topics[COLOR][0].raw)) == 1_305_031_104_175_424_000
    assert stamp_of(read_image(topics[DEPTH][0].raw)) == 1_305_031_104_163_440_000


def test_without_intrinsics_the_calibration_says_so(tmp_path: Path) -> None:
    summary = make_bag(folder(tmp_path / "in", CARD), tmp_path / "out.mcap")
    assert not summary.calibrated
    topics = read_bag(tmp_path / "out.mcap")
    assert read_camera_info(topics[COLOR_INFO][0].raw).k[0] == 0


def sample(depth: NDArray[np.float32]) -> RgbdSample:
    rgb = np.zeros((*depth.shape, 3), np.uint8)
    return RgbdSample("x", rgb, depth, depth > 0, None, None)


def test_a_hole_never_mixes_into_lowered_depth() -> None:
    depth = np.full((16, 16), 2.0, np.float32)
    depth[3:5, 3:9] = 0
    depth[8:12, 8:12] = 0
    lowered = lower(sample(depth), 4)
    assert lowered.shape == (4, 4)
    assert lowered[2, 2] == 0
    np.testing.assert_allclose(lowered[lowered > 0], 2.0, rtol=1e-5)
    assert (lowered > 0).sum() == 15


def test_scale_one_leaves_depth_alone() -> None:
    original = sample(np.full((3, 5), 2.0, np.float32))
    assert lower(original, 1) is original.depth


def test_a_size_that_is_no_multiple_of_the_scale_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="8x4 is not a multiple of the scale 3"):
        make_bag(folder(tmp_path / "in"), tmp_path / "out.mcap", scale=3)
    assert [p.name for p in tmp_path.iterdir()] == ["in"]


def test_a_scale_below_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="scale is 0"):
        make_bag(folder(tmp_path / "in"), tmp_path / "out.mcap", scale=0)


def test_disparity_is_refused_by_name(tmp_path: Path) -> None:
    card = CARD.replace("quantity: depth", "quantity: disparity").replace("_unit_m", "_unit_grey")
    with pytest.raises(DatasetError, match="holds disparity; expected depth"):
        make_bag(folder(tmp_path / "in", card), tmp_path / "out.mcap")


def test_a_size_change_is_refused(tmp_path: Path) -> None:
    source = write_folder(tmp_path / "in")
    assert cv2.imwrite(str(source / "rgb" / "1.png"), np.zeros((2, 4, 3), np.uint8))
    assert cv2.imwrite(str(source / "depth" / "1.png"), np.ones((2, 4), np.uint16))
    with pytest.raises(DatasetError, match="1 is 4x2, 0 is 8x4; expected one size"):
        make_bag(open_folder(source), tmp_path / "out.mcap")
    assert [p.name for p in tmp_path.iterdir()] == ["in"]


def test_an_existing_output_is_refused_first(tmp_path: Path) -> None:
    (tmp_path / "out.mcap").touch()
    with pytest.raises(BagError, match="exists already"):
        make_bag(folder(tmp_path / "in"), tmp_path / "out.mcap")


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    make_bag(folder(tmp_path / "in"), tmp_path / "out", progress=lambda *step: seen.append(step))
    assert seen == [(1, 2), (2, 2)]


@pytest.mark.skipif(not TUM.is_dir(), reason="../shared/data/tum_fr1_xyz_clip is not there")
def test_the_kinect_clip_keeps_its_stamps_and_holes(tmp_path: Path) -> None:
    summary = make_bag(open_folder(TUM), tmp_path / "tum.mcap", scale=4)
    assert (summary.frames, summary.depth_size) == (30, (160, 120))
    topics = read_bag(tmp_path / "tum.mcap")
    depth = decode_depth(read_image(topics[DEPTH][0].raw))
    assert 0.6 < (depth > 0).mean() < 0.85
    assert 500 < depth[depth > 0].min() < depth.max() < 10_000
    assert stamp_of(read_image(topics[DEPTH][0].raw)) == 1_305_031_104_163_440_000
