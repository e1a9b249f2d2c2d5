"""Figures that say how good depth is without knowing the truth.

Cheap enough to run beside the network: what is costly looks at a part of the image.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, fields
from math import isnan
from threading import Lock
from typing import NamedTuple

import cv2
import numpy as np

from bridgenet_ros.estimate_fit import cell_means
from bridgenet_ros.flying_pixels import PRESETS, FlyingPixelGuard
from bridgenet_ros.frame import (
    BoolArray,
    DepthResult,
    EstimateFit,
    FloatArray,
    RgbdFrame,
    UInt8Array,
)

WINDOW = 30
"""Measured frames over which `QualityMonitor` takes the median, and fits that jitter is over."""

_NAN = float("nan")

_TOLERANCE_M, _TOLERANCE_SHARE = 0.01, 0.01
"""Depth within this of the sensor's, plus this share of it, agrees with the sensor."""
_BANDS = 4
"""Of the rows, while frames come live."""
_GRID = 4
"""Flicker is seen on every so many columns and rows."""
_STILL_LEVELS = 4
"""Green levels by which a pixel that shows the same may differ."""
_LEAST_STILL = 0.5
"""A camera is taken to move where a smaller share of the pixels stays the same."""
_MOST_GAP_NS = 500_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Figures of one frame, or medians of several; NaN where a frame does not give one.

    Attributes:
        consistency_median_m: median distance of D_SR, averaged over the sensor's pixels, from the
            sensor.
        consistency_share: share of these within 1 cm + 1 % of the sensor.
        holes_in: share of the sensor's pixels that measured nothing.
        holes_out: share of the published pixels that are invalid.
        flying_before: share of D_SR's valid pixels that the strictest preset calls flying.
        flying_after: the same of what is published.
        flicker_m: mean change of depth since the frame before where colour stayed the same.
        estimate_scale: `EstimateFit.scale` of the frame.
        estimate_shift_m: the same of ``shift_m``.
        estimate_agreeing: the same of ``agreeing``.
        estimate_scale_jitter: standard deviation of the scale over the last `WINDOW` estimates,
            also those between the measured frames.
        estimate_shift_jitter_m: the same of the shift.
    """

    consistency_median_m: float
    consistency_share: float
    holes_in: float
    holes_out: float
    flying_before: float
    flying_after: float
    flicker_m: float
    estimate_scale: float
    estimate_shift_m: float
    estimate_agreeing: float
    estimate_scale_jitter: float
    estimate_shift_jitter_m: float


class _Glance(NamedTuple):
    """A coarse look at a frame, to compare the next one with."""

    green: UInt8Array
    depth_m: FloatArray
    stamp_ns: int


class QualityMeter:
    """Measures frame by frame; remembers the frame before. Not thread-safe.

    Args:
        bands: flying pixels are counted in one of so many bands of rows, the next one every time;
            1 counts them all, which costs the most.
    """

    def __init__(self, bands: int = _BANDS) -> None:
        self._bands = bands
        self._find_flying = FlyingPixelGuard()
        self._before: _Glance | None = None
        self._fits: deque[EstimateFit] = deque(maxlen=WINDOW)
        self._measured = 0

    def note(self, result: DepthResult) -> None:
        """See a frame without measuring it: the jitter of the fits needs it."""
        if result.fit is not None:
            self._fits.append(result.fit)

    def skip(self, frame: RgbdFrame, result: DepthResult) -> None:
        """As `note`, of the frame before a measured one: that one's flicker needs it."""
        self.note(result)
        self._before = _glance(frame, result)

    def measure(self, frame: RgbdFrame, result: DepthResult) -> Quality:
        """The figures of a frame and its result."""
        self.note(result)
        median_m, share = consistency(result.unguarded_m, result.sensor_m)
        flying_before, flying_after = self._flying(frame.rgb, result)
        now = _glance(frame, result)
        flicker = flicker_m(self._before, now) if self._before is not None else _NAN
        self._before = now
        fit, fits = result.fit, self._fits
        return Quality(
            consistency_median_m=median_m,
            consistency_share=share,
            holes_in=float(np.mean(result.sensor_m == 0)),
            holes_out=float(np.mean(np.isnan(result.sr_m))),
            flying_before=flying_before,
            flying_after=flying_after,
            flicker_m=flicker,
            estimate_scale=fit.scale if fit else _NAN,
            estimate_shift_m=fit.shift_m if fit else _NAN,
            estimate_agreeing=fit.agreeing if fit else _NAN,
            estimate_scale_jitter=_deviation([f.scale for f in fits]) if fit else _NAN,
            estimate_shift_jitter_m=_deviation([f.shift_m for f in fits]) if fit else _NAN,
        )

    def _flying(self, rgb: UInt8Array, result: DepthResult) -> tuple[float, float]:
        rows = max(rgb.shape[0] // self._bands, 1)
        start = self._measured % self._bands * rows
        self._measured += 1
        band = slice(start, start + rows)
        depth_m = result.unguarded_m[band]
        flying = self._find_flying(
            depth_m,
            rgb[band],
            scale=rgb.shape[1] / result.sensor_m.shape[1],
            threshold=PRESETS["nav"],
        )
        published = np.isfinite(result.sr_m[band])
        return _share(flying, np.isfinite(depth_m)), _share(flying & published, published)


class QualityMonitor:
    """Measures every n-th frame of a stream and keeps the medians of the last `WINDOW`.

    Thread-safe: one thread adds; others take snapshots and reset, and wait for no measurement.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._meter = QualityMeter()
        self._recent: deque[Quality] = deque(maxlen=WINDOW)
        self._seen = 0

    def add(self, frame: RgbdFrame, result: DepthResult, every: int) -> None:
        """See a frame; measure it if it is the ``every``-th. 0 measures none."""
        if every == 0:
            return
        with self._lock:
            self._seen += 1
            meter, turn = self._meter, self._seen % every
        # Without the lock: a measurement takes milliseconds, for which nobody else is to wait.
        if turn == 0:
            quality = meter.measure(frame, result)
            with self._lock:
                if meter is self._meter:  # else this was before a reset
                    self._recent.append(quality)
        elif turn == every - 1:
            meter.skip(frame, result)
        else:
            meter.note(result)

    def snapshot(self) -> Quality | None:
        """The median of each figure, or None before the first measured frame."""
        with self._lock:
            recent = list(self._recent)
        return median_of(recent) if recent else None

    def reset(self) -> None:
        """Forget every frame, also one that is being measured."""
        with self._lock:
            self._meter = QualityMeter()
            self._recent.clear()
            self._seen = 0


def median_of(measured: Collection[Quality]) -> Quality:
    """The median of each figure over the frames that give one; at least one frame."""
    return Quality(
        **{f.name: _median([getattr(q, f.name) for q in measured]) for f in fields(Quality)}
    )


def consistency(depth_m: FloatArray, sensor_m: FloatArray) -> tuple[float, float]:
    """How D_SR agrees with the sensor where both are valid: median distance (m), share within.

    Args:
        depth_m: (H, W) metres, NaN where invalid; averaged over each of the sensor's pixels, and
            left out where one pixel of these is invalid.
        sensor_m: (h, w) metres, 0 where invalid, h <= H and w <= W.
    """
    lowered = cell_means(depth_m, sensor_m.shape)
    both = np.isfinite(lowered) & (sensor_m > 0)
    if not both.any():
        return _NAN, _NAN
    sensor = sensor_m[both]
    off = np.abs(lowered[both] - sensor)
    tolerance = np.float32(_TOLERANCE_M) + np.float32(_TOLERANCE_SHARE) * sensor
    return float(np.median(off)), float(np.mean(off <= tolerance))


def flicker_m(before: _Glance, now: _Glance) -> float:
    """Mean change of depth, metres, where colour stayed; NaN where the camera moved or jumped."""
    if before.green.shape != now.green.shape:
        return _NAN
    if not 0 < now.stamp_ns - before.stamp_ns <= _MOST_GAP_NS:
        return _NAN
    still = cv2.absdiff(before.green, now.green) <= _STILL_LEVELS
    if np.mean(still) < _LEAST_STILL:
        return _NAN
    change = np.abs(now.depth_m - before.depth_m)[still]
    known = np.isfinite(change)
    return float(np.mean(change[known])) if known.any() else _NAN


def _glance(frame: RgbdFrame, result: DepthResult) -> _Glance:
    # Copied: the arrays are the frame's and need not live as long.
    green = frame.rgb[::_GRID, ::_GRID, 1].copy()
    return _Glance(green, result.sr_m[::_GRID, ::_GRID].copy(), frame.stamp_ns)


def _share(part: BoolArray, whole: BoolArray) -> float:
    count = int(np.count_nonzero(whole))
    return int(np.count_nonzero(part)) / count if count else _NAN


def _deviation(values: list[float]) -> float:
    return float(np.std(values)) if len(values) > 1 else _NAN


def _median(values: list[float]) -> float:
    known = [value for value in values if not isnan(value)]
    return float(np.median(known)) if known else _NAN
