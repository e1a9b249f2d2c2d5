"""Small recordings as process-bag leaves them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from processors import Constant
from tiny_bags import recording, write_bag

from bridgenet_ros.frame import DepthResult, RgbdFrame
from bridgenet_ros.offline.options import ProcessOptions
from bridgenet_ros.offline.process_bag import process_bag


class Ramp(Constant):
    """Every pixel has a depth of its own: 1 m, and 1/64 m for each pixel before it; two holes."""

    def process(self, frame: RgbdFrame, *, estimate: bool = False) -> DepthResult:
        result = super().process(frame, estimate=estimate)
        height, width = frame.rgb.shape[:2]
        sr_m = 1 + np.arange(height * width, dtype=np.float32).reshape(height, width) / 64
        sr_m[0, 0] = sr_m[2, 3] = np.nan
        return replace(result, sr_m=sr_m, mde_m=2 * sr_m if estimate else None)


def processed(
    folder: Path, options: ProcessOptions | None = None, pairs: int = 3, name: str = "done.mcap"
) -> Path:
    """`tiny_bags.recording`, processed by `Ramp`."""
    source = write_bag(folder / f"raw-{name}", recording(pairs))
    target = folder / name
    process_bag(source, target, Ramp, options)
    return target
