"""What a CameraInfo says of an image of a given size: binning and ROI folded in, then scaled.

Sources: sensor_msgs/CameraInfo.msg; REP 104; image_proc's crop and resize for the conventions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

from bridgenet_ros.errors import FrameError

_IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
_ACROSS_K, _DOWN_K = (0, 2), (4, 5)
_ACROSS_P, _DOWN_P = (0, 2, 3), (5, 6, 7)
_COEFFICIENTS = {"plumb_bob": 5, "rational_polynomial": 8, "equidistant": 4}
"""Of each distortion model that can be computed."""


class CameraInfoLike(Protocol):
    """What is read of a ``sensor_msgs/CameraInfo``, of rclpy or of rosbags."""

    height: int
    width: int
    distortion_model: str
    d: Any
    k: Any
    r: Any
    p: Any
    binning_x: int
    binning_y: int
    roi: Any


class Intrinsics(NamedTuple):
    """A pinhole camera, pixels; the centre of the first pixel is at (0, 0)."""

    fx: float
    fy: float
    cx: float
    cy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A camera for one image size, without binning and ROI.

    Attributes:
        width: columns.
        height: rows.
        distortion_model: as in the message.
        d: distortion coefficients.
        k: 3x3 intrinsic matrix of the raw image, by rows.
        r: 3x3 rectification, by rows.
        p: 3x4 projection of the rectified image, by rows.
    """

    width: int
    height: int
    distortion_model: str = "plumb_bob"
    d: tuple[float, ...] = (0.0,) * 5
    k: tuple[float, ...] = (0.0,) * 9
    r: tuple[float, ...] = _IDENTITY
    p: tuple[float, ...] = (0.0,) * 12

    def scaled(self, width: int, height: int) -> Calibration:
        """The same camera with another image size.

        The principal point is multiplied like the focal length, as image_proc's resize node does,
        so that our infos agree with those of other ROS nodes. Measured from pixel centres it
        would be ``(c + 0.5) * s - 0.5``: 0.5 (s - 1) pixels away.
        """
        across, down = width / self.width, height / self.height
        return replace(
            self,
            width=width,
            height=height,
            k=_times(_times(self.k, _ACROSS_K, across), _DOWN_K, down),
            p=_times(_times(self.p, _ACROSS_P, across), _DOWN_P, down),
        )

    def intrinsics(self) -> Intrinsics:
        """Of the rectified image (P), as depth_image_proc has it; K where P is empty.

        Raises:
            FrameError: ``calibration``, the camera is not calibrated.
        """
        p, k = self.p, self.k
        if p[0] > 0 and p[5] > 0:
            return Intrinsics(p[0], p[5], p[2], p[6])
        if k[0] > 0 and k[4] > 0:
            return Intrinsics(k[0], k[4], k[2], k[5])
        raise FrameError(
            "calibration", f"camera info has focal length {k[0]:g}; expected a calibrated camera"
        )

    def distortion(self) -> tuple[float, ...]:
        """D in the number that its model has; drivers leave zeros out or append some.

        Empty for a plain pinhole.

        Raises:
            FrameError: ``calibration``, another model or more coefficients than it has.
        """
        model = self.distortion_model
        if model != "equidistant" and not any(self.d):
            return ()
        count = _COEFFICIENTS.get(model)
        if count is None or any(self.d[count:]):
            raise FrameError(
                "calibration",
                f"camera info of a {self.width}x{self.height} image has the distortion {model!r} "
                f"with {len(self.d)} coefficients; "
                f"expected {', '.join(f'{name} with {n}' for name, n in _COEFFICIENTS.items())}",
            )
        return tuple([*self.d, *[0.0] * count][:count])


def delivered(info: CameraInfoLike) -> Calibration:
    """The camera of the image that comes with ``info``: its window cut out, its binning applied.

    ``width``, ``height``, K and P of the message are those of the full resolution, and so are the
    offsets of its ROI. A binning of 0 is 1; an ROI without size is the full image.
    """
    roi = info.roi
    whole = not (roi.width and roi.height)
    left, top = (0, 0) if whole else (roi.x_offset, roi.y_offset)
    window = (info.width, info.height) if whole else (roi.width, roi.height)
    cut = Calibration(
        width=window[0],
        height=window[1],
        distortion_model=info.distortion_model,
        d=_floats(info.d),
        k=_minus(_floats(info.k), {2: left, 5: top}),
        r=_floats(info.r),
        p=_minus(_floats(info.p), {2: left, 6: top}),
    )
    across, down = max(info.binning_x, 1), max(info.binning_y, 1)
    if across == down == 1:
        return cut
    binned = replace(
        cut,
        k=_times(_times(cut.k, _ACROSS_K, 1 / across), _DOWN_K, 1 / down),
        p=_times(_times(cut.p, _ACROSS_P, 1 / across), _DOWN_P, 1 / down),
    )
    # A column that does not fill a bin is dropped, so the factor is the binning, not the ratio.
    return replace(binned, width=window[0] // across, height=window[1] // down)


def describes(info: CameraInfoLike, width: int, height: int) -> bool:
    """Whether ``info`` is right as it is for an image of this size."""
    base = delivered(info)
    return (base.width, base.height) == (width, height)


def for_image(info: CameraInfoLike, width: int, height: int) -> Calibration:
    """The camera of an image of this size that shows what ``info`` describes.

    Raises:
        FrameError: ``calibration``, the image is no even scaling of what the info describes.
    """
    base = delivered(info)
    if (base.width, base.height) == (width, height):
        return base
    if not base.width or not base.height or not _same_shape(base, width, height):
        raise FrameError(
            "calibration",
            f"camera info describes {base.width}x{base.height}, the image is {width}x{height}; "
            "expected the same size, or both sides larger or smaller by one factor",
        )
    return base.scaled(width, height)


def intrinsics_if_known(info: CameraInfoLike | None, width: int, height: int) -> Intrinsics | None:
    """Those of an image of this size; None without an info, or with one that does not fit."""
    if info is None:
        return None
    try:
        return for_image(info, width, height).intrinsics()
    except FrameError:
        return None


def _same_shape(base: Calibration, width: int, height: int) -> bool:
    """Whether one factor explains both sides, each of which may have been rounded."""
    across, down = width / base.width, height / base.height
    rows_off, columns_off = abs(height - base.height * across), abs(width - base.width * down)
    return rows_off <= max(1.0, across) or columns_off <= max(1.0, down)


def _floats(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _times(values: tuple[float, ...], places: Sequence[int], factor: float) -> tuple[float, ...]:
    return tuple(v * factor if i in places else v for i, v in enumerate(values))


def _minus(values: tuple[float, ...], offsets: dict[int, int]) -> tuple[float, ...]:
    """Shift a principal point; an uncalibrated matrix stays zero."""
    if not any(values):
        return values
    return tuple(v - offsets.get(i, 0) for i, v in enumerate(values))
