"""How far a run's results are from the truth, and how far the bicubic baseline is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import numpy as np

from bridgenet_ros.demo.frames import bicubic, output_frames
from bridgenet_ros.frame import FloatArray
from bridgenet_ros.interface import SR_IMAGE

_CM_PER_M = 100.0


@dataclass(slots=True)
class ErrorSum:
    """Squared errors gathered over frames, over the pixels where all depths are valid."""

    frames: int = 0
    pixels: int = 0
    _bicubic: float = 0.0
    _sr: float = 0.0

    def add(self, truth_m: FloatArray, bicubic_m: FloatArray, sr_m: FloatArray) -> None:
        """Add one frame of (H, W) metres, NaN where invalid."""
        # The same pixels for both, or the one with fewer valid pixels would gain.
        valid = np.isfinite(truth_m) & np.isfinite(bicubic_m) & np.isfinite(sr_m)
        truth = truth_m[valid].astype(np.float64)
        self.frames += 1
        self.pixels += truth.size
        self._bicubic += float(((bicubic_m[valid] - truth) ** 2).sum())
        self._sr += float(((sr_m[valid] - truth) ** 2).sum())

    @property
    def bicubic_cm(self) -> float | None:
        """RMSE of the baseline; None without a pixel."""
        return sqrt(self._bicubic / self.pixels) * _CM_PER_M if self.pixels else None

    @property
    def sr_cm(self) -> float | None:
        """RMSE of the network; None without a pixel."""
        return sqrt(self._sr / self.pixels) * _CM_PER_M if self.pixels else None


def score(
    recording: Path,
    numbers: Mapping[int, int],
    sensor_m: Sequence[FloatArray],
    truth: Callable[[int], FloatArray],
) -> ErrorSum:
    """Compare every recorded super-resolved image with the truth.

    Args:
        recording: what the node published.
        numbers: frame of the sequence by output stamp; other stamps are left out.
        sensor_m: the sequence's depth images, (h, w) metres, 0 where invalid.
        truth: exact depth of a frame, (H, W) metres.

    Raises:
        BagError: the recording cannot be read.
    """
    total = ErrorSum()
    for stamp_ns, sr_m in output_frames(recording, SR_IMAGE):
        number = numbers.get(stamp_ns)
        if number is not None:
            baseline = bicubic(sensor_m[number], (sr_m.shape[0], sr_m.shape[1]))
            total.add(truth(number), baseline, sr_m)
    return total
