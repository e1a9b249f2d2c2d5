"""Data sets in place of recordings."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from processors import Constant, Interrupted
from tiny_bags import COLOR, DEPTH, read_bag
from tiny_datasets import write_tum

from bridgenet_ros.data.plain_folder import open_plain
from bridgenet_ros.errors import BagError, DatasetError
from bridgenet_ros.image_codec import decode_color, decode_depth
from bridgenet_ros.offline.manifest import manifest_path
from bridgenet_ros.offline.messages import read_camera_info, read_image, stamp_of
from bridgenet_ros.offline.options import ProcessOptions, RunOptions
from bridgenet_ros.offline.process_bag import process_bag
from bridgenet_ros.offline.verify import verify

SR = "/sr/depth/image"
CAMERA = "fx=8,fy=8,cx=4,cy=2"
PAIRS = 5


@pytest.fixture
def tum(tmp_path: Path) -> Path:
    return write_tum(tmp_path / "tum", PAIRS)


def test_a_folder_is_processed_as_if_it_had_been_recorded(tum: Path, tmp_path: Path) -> None:
    processor, target = Constant(), tmp_path / "out.mcap"
    summary = process_bag(tum, target, lambda: processor, dataset=open_plain(tum, CAMERA))
    assert (summary.pairs, summary.results) == (PAIRS, PAIRS)
    # The network sees what the files hold: no millimetre has been rounded on the way.
    for index, frame in enumerate(processor.frames):
        assert frame.depth.dtype == np.float32
        assert frame.depth[1, 3] == np.float32(5001 + index) * np.float32(0.0002)
        assert np.isnan(frame.depth[0, 0])
        assert frame.rgb[0, 0].tolist() == [index] * 3
    topics = read_bag(target)
    assert stamp_of(read_image(topics[SR][1].raw)) == 1_305_031_104_100_000_000
    assert stamp_of(read_image(topics[DEPTH][1].raw)) == 1_305_031_104_105_000_000
    assert decode_color(read_image(topics[COLOR][4].raw))[0, 0].tolist() == [4, 4, 4]
    assert read_camera_info(topics["/sr/depth/camera_info"][0].raw).k[0] == 8
    assert read_camera_info(topics["/depth/camera_info"][0].raw).k[0] == 4
    assert decode_depth(read_image(topics[SR][0].raw)).shape == (4, 8)


def test_the_manifest_knows_every_file_and_the_facts(tum: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mcap"
    process_bag(tum, target, Constant, dataset=open_plain(tum, CAMERA))
    manifest = json.loads(manifest_path(target).read_text())
    names = [file["name"] for file in manifest["input"]]
    assert names == sorted(names)
    assert {"rgb.txt", "depth.txt", "rgb/0.png", "depth/4.png"} <= set(names)
    assert manifest["settings"]["dataset"]["intrinsics"] == [8, 8, 4, 2]
    verify(target, tum)
    (tum / "depth" / "0.png").write_bytes(b"changed")
    with pytest.raises(BagError, match=r"depth/0\.png has 7 bytes; its manifest says"):
        verify(target, tum)


def test_a_stopped_run_goes_on_to_the_same_bytes(tum: Path, tmp_path: Path) -> None:
    cut = ProcessOptions(segment=2)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    whole, target = tmp_path / "one" / "out.mcap", tmp_path / "two" / "out.mcap"
    process_bag(tum, whole, Constant, cut, dataset=open_plain(tum))
    with pytest.raises(KeyboardInterrupt, match="1 finished parts are kept"):
        process_bag(tum, target, Interrupted, cut, dataset=open_plain(tum))
    resume = RunOptions(resume=True)
    # Facts decide about the bytes, so those of another camera use no part.
    other = process_bag(
        tum, tmp_path / "other.mcap", Constant, cut, resume, dataset=open_plain(tum, CAMERA)
    )
    assert other.reused == 0
    summary = process_bag(tum, target, Constant, cut, resume, dataset=open_plain(tum))
    assert summary.reused == 1
    assert target.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize(
    ("name", "image", "words"),
    [
        ("rgb/2.png", np.zeros((2, 8, 3), np.uint8), "2 is 8x2, 0 is 8x4; expected one size"),
        ("depth/2.png", np.ones((1, 4), np.uint16), "depth of 2 is 4x1, 0 is 4x2; expected one"),
        ("depth/2.png", None, "not an image that can be decoded"),
    ],
)
def test_a_bad_file_leaves_nothing(
    tum: Path, tmp_path: Path, name: str, image: np.ndarray | None, words: str
) -> None:
    if image is None:
        (tum / name).write_bytes(b"no image")
    else:
        assert cv2.imwrite(str(tum / name), image)
    with pytest.raises(DatasetError, match=words):
        process_bag(tum, tmp_path / "out.mcap", Constant, dataset=open_plain(tum))
    assert [p.name for p in tmp_path.iterdir()] == ["tum"]


def test_an_output_in_the_folder_is_refused(tum: Path) -> None:
    with pytest.raises(BagError, match="one lies in the other"):
        process_bag(tum, tum / "out.mcap", Constant, dataset=open_plain(tum))
