"""A video file of pictures: MPEG-4 part 2 in MP4, which every OpenCV with FFmpeg can write.

H.264 would play in more places, but OpenCV's wheels have no encoder for it, for its licence.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from bridgenet_ros.errors import BagError
from bridgenet_ros.frame import UInt8Array

CODEC = "mp4v"

_USUAL_RATE_HZ, _SLOWEST_HZ, _FASTEST_HZ = 30.0, 1.0, 240.0


class VideoFile:
    """A video being written.

    Args:
        path: of the file, ``*.mp4``.
        rate_hz: pictures a second.
    """

    def __init__(self, path: Path, rate_hz: float) -> None:
        self._path = path
        self._rate_hz = rate_hz
        self._shape: tuple[int, ...] = ()
        self._writer: cv2.VideoWriter | None = None
        self._count = 0

    def write(self, picture: UInt8Array) -> None:
        """Add a picture, (H, W, 3), blue first; an odd last row or column is left out.

        Raises:
            BagError: OpenCV cannot write MPEG-4, or the picture has another size than the first.
        """
        # The format halves the resolution of colour.
        picture = np.ascontiguousarray(
            picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2]
        )
        if self._writer is None:
            self._shape = picture.shape
            self._writer = self._open(picture.shape[1], picture.shape[0])
        if picture.shape != self._shape:
            raise BagError(
                f"{self._path.name}: picture {self._count} is "
                f"{picture.shape[1]}x{picture.shape[0]}, the first "
                f"{self._shape[1]}x{self._shape[0]}; a video has one size: choose a part with "
                "--start and --duration"
            )
        self._writer.write(picture)
        self._count += 1

    def close(self) -> None:
        """Finish the file; nothing, if there was no picture.

        Raises:
            BagError: it is not whole: OpenCV does not say so while it writes.
        """
        if self._writer is None:
            return
        self._writer.release()
        self._writer = None
        found = _pictures(self._path)
        if found != self._count:
            raise BagError(
                f"{self._path.name}: cannot be written: it holds {found} of {self._count} "
                "pictures; is the disk full?"
            )

    def _open(self, width: int, height: int) -> cv2.VideoWriter:
        codec = cv2.VideoWriter.fourcc(*CODEC)
        writer = cv2.VideoWriter(
            str(self._path), cv2.CAP_FFMPEG, codec, self._rate_hz, (width, height)
        )
        if not writer.isOpened():
            raise BagError(
                f"{self._path.name}: this OpenCV ({cv2.__version__}) cannot write MPEG-4 "
                f"({CODEC}) of {width}x{height}; leave out --video, or install "
                "opencv-python-headless"
            )
        return writer


def rate_of(stamps_ns: Sequence[int]) -> float:
    """Pictures a second for real time, from the middle distance of the stamps; 1 to 240."""
    gaps = np.diff(np.asarray(stamps_ns, np.int64))
    gaps = gaps[gaps > 0]
    if not gaps.size:
        return _USUAL_RATE_HZ
    rate = round(1e9 / float(np.median(gaps)), 3)
    return min(max(rate, _SLOWEST_HZ), _FASTEST_HZ)


def _pictures(path: Path) -> int:
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        return int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) if capture.isOpened() else 0
    finally:
        capture.release()
