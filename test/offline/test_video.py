"""Videos: what is written can be read, and what cannot be is said."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from bridgenet_ros.errors import BagError
from bridgenet_ros.offline import video
from bridgenet_ros.offline.video import VideoFile, rate_of

SHAPE = (65, 97, 3)


def picture(level: int) -> np.ndarray:
    return np.full(SHAPE, level, np.uint8)


@pytest.fixture(autouse=True)
def writable(tmp_path: Path) -> None:
    fourcc = cv2.VideoWriter.fourcc(*video.CODEC)
    probe = cv2.VideoWriter(str(tmp_path / "p.mp4"), cv2.CAP_FFMPEG, fourcc, 30.0, (96, 64))
    opened = probe.isOpened()
    probe.release()
    (tmp_path / "p.mp4").unlink(missing_ok=True)
    if not opened:
        pytest.skip("this OpenCV has no FFmpeg with MPEG-4")


def test_pictures_are_read_back_in_order_at_their_rate(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    file = VideoFile(path, 12.5)
    for level in (20, 120, 220):
        file.write(picture(level))
    file.close()
    capture = cv2.VideoCapture(str(path))
    assert capture.get(cv2.CAP_PROP_FPS) == 12.5
    pictures = [capture.read()[1] for _ in range(3)]
    assert not capture.read()[0]
    capture.release()
    assert [p.shape for p in pictures] == [(64, 96, 3)] * 3
    np.testing.assert_allclose([p.mean() for p in pictures], [20, 120, 220], atol=4)


def test_another_size_is_refused(tmp_path: Path) -> None:
    file = VideoFile(tmp_path / "a.mp4", 30.0)
    file.write(picture(0))
    with pytest.raises(BagError, match="picture 1 is 48x32, the first 96x64; a video has one size"):
        file.write(picture(0)[:32, :48])
    file.close()


def test_a_codec_that_is_absent_is_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoWriter:
        fourcc = staticmethod(cv2.VideoWriter.fourcc)

        def __init__(self, *_: object) -> None: ...

        def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
            return False

    monkeypatch.setattr(cv2, "VideoWriter", NoWriter)
    with pytest.raises(BagError, match=r"cannot write MPEG-4 \(mp4v\) of 96x64; leave out --video"):
        VideoFile(tmp_path / "a.mp4", 30.0).write(picture(0))


def test_a_video_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    file = VideoFile(path, 30.0)
    file.write(picture(0))
    path.unlink()
    (tmp_path / "a.mp4").mkdir()
    with pytest.raises(BagError, match="it holds 0 of 1 pictures; is the disk full"):
        file.close()


def test_no_picture_makes_no_file(tmp_path: Path) -> None:
    VideoFile(tmp_path / "a.mp4", 30.0).close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("stamps_ns", "rate_hz"),
    [
        ([0, 100_000_000, 200_000_000, 900_000_000], 10.0),
        ([0, 33_333_333, 66_666_666], 30.0),
        ([5], 30.0),
        ([], 30.0),
        ([0, 10_000_000_000], 1.0),
        ([0, 1, 2], 240.0),
        ([500_000_000, 0, 500_000_000], 2.0),
    ],
)
def test_the_rate_is_that_of_real_time(stamps_ns: list[int], rate_hz: float) -> None:
    assert rate_of(stamps_ns) == rate_hz
