"""`bridgenet export-frames`, and a folder in, a folder out."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from processed_bags import processed
from tiny_bags import write_bag

from bridgenet_ros.cli import main
from bridgenet_ros.open_dataset import open_dataset


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split())


def test_options_reach_the_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bag, out = processed(tmp_path, pairs=4), tmp_path / "out"
    options = [
        *("--depth=npy", "--color=jpeg", "--clouds", "--video", "--near=0.5", "--far=4"),
        *("--rgb-topic=/rgb/image", "--depth-topic=/depth/image", "--sr-topic=/sr/depth/image"),
        *("--rgb-info-topic=/rgb/camera_info", "--slop=0.01", "--sensor-unit=0.002"),
        *("--start=0.02", "--duration=9", "--every=2"),
    ]
    assert main(["export-frames", str(bag), "-o", str(out), *options]) == 0
    text = printed(capsys)
    for words in ("/sr/depth/image", "frames │ 2", "frames left out │ 1", "partner │ 0"):
        assert words in text
    assert len(list((out / "clouds").iterdir())) == 2
    assert (out / "video.mp4").is_file()
    sensor = sorted((out / "depth_sensor").iterdir())
    assert [float(np.load(file)[0, 0]) for file in sensor] == pytest.approx([2.002, 2.006])
    assert [file.suffix for file in (out / "rgb").iterdir()] == [".jpg"] * 2


def test_what_the_user_should_know_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bag, out = processed(tmp_path), str(tmp_path / "out")
    assert main(["export-frames", str(bag), "-o", out, "--depth-unit", "0.00003"]) == 0
    assert "warning: 102 pixels nearer" in printed(capsys)
    assert main(["export-frames", str(bag), "-o", out, "--overwrite"]) == 0
    assert "warning" not in printed(capsys)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--depth-unit=0"], "depth unit is 0.0 m; expected more than 0"),
        (["--sensor-unit=-1"], "sensor unit is -1.0 m"),
        (["--near=3", "--far=2"], "the colours go from 3.0 m to 2.0 m"),
        (["--slop=-1"], "sync.slop is -1.0; expected 0 to 1"),
        (["--slop=nan"], "sync.slop is nan"),
        (["--slop=inf"], "sync.slop is inf"),
        (["--every=0"], "every is 0; expected 1 or more"),
        (["--rgb-topic=/nothing"], "there is no topic /nothing"),
        (["--video"], "holds no super-resolved depth"),
    ],
)
def test_a_bad_option_is_one_line_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    bag = write_bag(tmp_path / "in.mcap")
    assert main(["export-frames", str(bag), "-o", str(tmp_path / "out"), *options]) == 2
    errors = capsys.readouterr().err
    assert words in errors
    assert errors.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["in.mcap"]


def test_a_missing_recording_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [str(tmp_path / "no.mcap"), "-o", str(tmp_path / "out")]
    assert main(["export-frames", *arguments]) == 2
    assert "no.mcap: no such file or directory" in capsys.readouterr().err


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """rgb/ of 16 x 8 and depth/ of 8 x 4 at 1.5 m in steps of 0.5 mm."""
    folder = tmp_path / "plain"
    for name, pixels in (
        ("rgb", np.full((8, 16, 3), 90, np.uint8)),
        ("depth", np.full((4, 8), 3000, np.uint16)),
    ):
        (folder / name).mkdir(parents=True)
        for stem in ("first", "second"):
            assert cv2.imwrite(str(folder / name / f"{stem}.png"), pixels)
    return folder


def test_a_folder_in_and_a_folder_of_its_super_resolved_depth_out(
    plain: Path, tmp_path: Path
) -> None:
    bag, out = tmp_path / "done.mcap", tmp_path / "out"
    source = f"{plain}#unit=0.0005,fx=16,fy=16,cx=8,cy=4"
    assert main(["process-bag", source, "-o", str(bag), "--workers=1", "--preset=tiny"]) == 0
    assert main(["export-frames", str(bag), "-o", str(out)]) == 0
    dataset = open_dataset(out)
    assert (len(dataset), dataset.intrinsics) == (2, (16, 16, 8, 4))
    sample = dataset.load(1)
    assert sample.depth.shape == (8, 16)
    np.testing.assert_allclose(np.median(sample.depth[sample.valid]), 1.5, atol=0.2)
    assert main(["verify", str(bag), "--source", str(plain)]) == 0


def test_a_folder_of_unknown_unit_is_refused(
    plain: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["process-bag", str(plain), "-o", str(tmp_path / "out.mcap")]) == 2
    errors = capsys.readouterr().err
    assert "plain: its depth is uint16 of unknown unit; say it as in" in errors
    assert errors.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["plain"]
