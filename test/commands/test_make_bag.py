"""`bridgenet make-bag`."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from tiny_bags import DEPTH, read_bag

from bridgenet_ros.cli import main
from bridgenet_ros.image_codec import decode_depth
from bridgenet_ros.offline.messages import read_image

CARD = "{name: x, quantity: depth, stored_unit_m: 0.001, invalid: 0, split: demo, licence: none}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "in"
    for name, image in (
        ("rgb", np.zeros((4, 8, 3), np.uint8)),
        ("depth", np.ones((4, 8), np.uint16)),
    ):
        (path / name).mkdir(parents=True)
        assert cv2.imwrite(str(path / name / "0.png"), image)
    (path / "dataset.yaml").write_text(CARD)
    return path


def test_a_folder_becomes_a_recording(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["make-bag", str(folder), "-o", str(tmp_path / "out.mcap"), "--scale", "4"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "1 frames of x, colour 8x4, depth 2x1, no calibration" in printed
    assert len(read_bag(tmp_path / "out.mcap")[DEPTH]) == 1


def test_the_images_can_be_compressed(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mcap"
    assert main(["make-bag", str(folder), "-o", str(target), "--compress", "jpeg"]) == 0
    topics = read_bag(target)
    assert len(topics["/rgb/image/compressed"]) == 1
    assert len(topics["/depth/image/compressedDepth"]) == 1


def test_the_storage_of_a_directory_can_be_chosen(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    assert main(["make-bag", str(folder), "-o", str(target), "--storage", "sqlite3"]) == 0
    assert (target / "out.db3").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--scale=0"], "scale is 0"), (["--scale=3"], "8x4 is not a multiple of the scale 3")],
)
def test_a_bad_option_is_one_line_and_leaves_nothing(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    assert main(["make-bag", str(folder), "-o", str(tmp_path / "out.mcap"), *arguments]) == 2
    errors = capsys.readouterr().err
    assert words in errors
    assert errors.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["in"]


def test_a_recording_becomes_one_of_lower_depth(folder: Path, tmp_path: Path) -> None:
    assert cv2.imwrite(str(folder / "depth" / "0.png"), np.full((4, 8), 1500, np.uint16))
    full, low = tmp_path / "full.mcap", tmp_path / "low.mcap"
    assert main(["make-bag", str(folder), "-o", str(full)]) == 0
    assert main(["make-bag", str(full), "-o", str(low), "--scale", "4"]) == 0
    depth = decode_depth(read_image(read_bag(low)[DEPTH][0].raw))
    assert depth.tolist() == [[1500, 1500]]


def test_a_folder_without_a_card_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    assert main(["make-bag", str(tmp_path / "in"), "-o", str(tmp_path / "out.mcap")]) == 2
    assert "in: no data set; expected a folder with a dataset.yaml" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["in"]
