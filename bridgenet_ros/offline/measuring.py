"""What a worker keeps of its results for the report: figures of each, pictures of a few."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Any

import cv2
import numpy as np

from bridgenet_ros.frame import DepthResult, FloatArray, RgbdFrame, UInt8Array
from bridgenet_ros.quality import QualityMeter

PROCESS_MS = "process"
"""Name of the whole time of a pair, beside those of `DepthResult.timings_ms`."""
MOST_PIXELS = 640
"""A kept picture has no side longer than this."""

_JPEG = (cv2.IMWRITE_JPEG_QUALITY, 90)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One frame before and after, as plain values; sides longer than `MOST_PIXELS` are thinned.

    Attributes:
        time_ns: recording time of the pair.
        color_size: columns and rows of colour as it was.
        sensor_size: of the sensor's depth as it was.
        color: JPEG, base64.
        sensor: metres as float16, NaN where invalid; see `depth_of`.
        sr: the same of what was written.
    """

    time_ns: int
    color_size: Sequence[int]
    sensor_size: Sequence[int]
    color: str
    sensor: str
    sr: str

    def rgb(self) -> UInt8Array:
        """(H, W, 3), the order red, green, blue."""
        data = np.frombuffer(b64decode(self.color), np.uint8)
        blue_first = cv2.imdecode(data, cv2.IMREAD_COLOR)
        assert blue_first is not None
        return np.asarray(blue_first[..., ::-1], np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Figures of the results of a segment, in their order.

    Attributes:
        time_ns: recording times of the pairs.
        quality: the figures of `Quality` by name; NaN where a frame does not give one.
        timings_ms: milliseconds by stage, and as `PROCESS_MS` in all; NaN where a stage was not.
        views: of the frames that were chosen.
    """

    time_ns: Sequence[int]
    quality: Mapping[str, Sequence[float]]
    timings_ms: Mapping[str, Sequence[float]]
    views: Sequence[View]

    @classmethod
    def of_plain(cls, fields: Mapping[str, Any]) -> Measured:
        """From what `asdict` made of one.

        Raises:
            TypeError, KeyError: it is none.
        """
        return cls(**{**fields, "views": [View(**view) for view in fields["views"]]})


class Measurer:
    """Measures the results of one segment; the first one has no flicker, whatever went before.

    Args:
        viewed: numbers of the pairs of which a view is kept, from 0.
    """

    def __init__(self, viewed: Collection[int]) -> None:
        self._viewed = viewed
        self._meter = QualityMeter(bands=1)
        self._times_ns: list[int] = []
        self._quality: list[dict[str, float]] = []
        self._timings_ms: list[dict[str, float]] = []
        self._views: list[View] = []

    def add(
        self, number: int, time_ns: int, frame: RgbdFrame, result: DepthResult, process_ms: float
    ) -> None:
        """Measure a result.

        Args:
            number: of its pair in the segment.
            time_ns: recording time of the pair.
            frame: what went in.
            result: what came out.
            process_ms: the time in between.
        """
        self._times_ns.append(time_ns)
        self._quality.append(asdict(self._meter.measure(frame, result)))
        self._timings_ms.append({**result.timings_ms, PROCESS_MS: process_ms})
        if number in self._viewed:
            self._views.append(_view(time_ns, frame, result))

    def finish(self) -> Measured:
        """All of them."""
        return Measured(
            time_ns=self._times_ns,
            quality=_columns(self._quality),
            timings_ms=_columns(self._timings_ms),
            views=self._views,
        )


def depth_of(stored: str) -> FloatArray:
    """The depth image in a `View`, (h, w) metres, NaN where invalid."""
    depth = np.load(BytesIO(zlib.decompress(b64decode(stored))), allow_pickle=False)
    return np.asarray(depth, np.float32)


def _columns(rows: Sequence[Mapping[str, float]]) -> dict[str, list[float]]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name, float("nan")) for row in rows] for name in names}


def _view(time_ns: int, frame: RgbdFrame, result: DepthResult) -> View:
    stride = _stride(frame.rgb)
    thinned = np.ascontiguousarray(frame.rgb[::stride, ::stride, ::-1])
    _, jpeg = cv2.imencode(".jpg", thinned, _JPEG)
    sensor_m = np.where(result.sensor_m > 0, result.sensor_m, np.float32(np.nan))
    return View(
        time_ns=time_ns,
        color_size=_size(frame.rgb),
        sensor_size=_size(result.sensor_m),
        color=b64encode(jpeg.tobytes()).decode(),
        sensor=_stored(sensor_m),
        sr=_stored(result.sr_m),
    )


def _stored(depth_m: FloatArray) -> str:
    # Picked, not averaged: the mean of two sides of an edge is a depth that is not there.
    stride = _stride(depth_m)
    file = BytesIO()
    with np.errstate(over="ignore"):  # beyond 65 km there is no depth
        np.save(file, depth_m[::stride, ::stride].astype(np.float16))
    return b64encode(zlib.compress(file.getvalue(), 1)).decode()


def _stride(image: FloatArray | UInt8Array) -> int:
    longest: int = max(image.shape[:2])
    return -(-longest // MOST_PIXELS)


def _size(image: FloatArray | UInt8Array) -> tuple[int, int]:
    return image.shape[1], image.shape[0]
