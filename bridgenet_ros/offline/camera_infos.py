"""The calibration that was in force at a given stamp of a recording."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace

from bridgenet_ros.calibration import describes, for_image
from bridgenet_ros.offline.camera_model import info_message
from bridgenet_ros.offline.messages import CameraInfo, Header, make_header, serialize, stamp_of

_NO_HEADER = make_header(0, "")


class CameraInfos:
    """Camera infos by stamp, of which only the changes are kept.

    Args:
        messages: in any order.
    """

    def __init__(self, messages: Iterable[CameraInfo] = ()) -> None:
        self._stamps: list[int] = []
        self._infos: list[CameraInfo] = []
        self._last = b""
        for message in messages:
            self.add(message)

    def add(self, message: CameraInfo) -> None:
        """Take one more; a repetition of the last one costs no memory."""
        content = bytes(serialize(replace(message, header=_NO_HEADER)))
        if content == self._last:
            return
        self._last = content
        stamp_ns = stamp_of(message)
        place = bisect_right(self._stamps, stamp_ns)
        self._stamps.insert(place, stamp_ns)
        self._infos.insert(place, message)

    def __bool__(self) -> bool:
        return bool(self._infos)

    @property
    def calibrated(self) -> bool:
        """Whether all have a focal length; CameraInfo.msg has 0 for an uncalibrated camera."""
        return all(info.k[0] > 0 or info.p[0] > 0 for info in self._infos)

    def nearest(self, stamp_ns: int) -> CameraInfo | None:
        """The latest info at or before the stamp, else the first after it; None without any."""
        if not self._infos:
            return None
        return self._infos[max(bisect_right(self._stamps, stamp_ns) - 1, 0)]

    def at(self, stamp_ns: int, header: Header, size: tuple[int, int]) -> CameraInfo:
        """The latest info at or before the stamp, else the first after it, under ``header``.

        Verbatim where it describes an image of ``size`` (width, height), else scaled to it.

        Raises:
            FrameError: ``calibration``, the info is of another image.
        """
        info = self.nearest(stamp_ns)
        assert info is not None  # callers look whether there are any
        if describes(info, *size):
            return replace(info, header=header)
        return info_message(for_image(info, *size), header)
