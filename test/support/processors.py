"""Processors of frames that need no network; importable, so that they can travel to workers."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.frame import DepthResult, RgbdFrame
from bridgenet_ros.offline.segment import MakeProcessor


class Constant:
    """Every pixel gets the mean of the depth image in metres, the corner none."""

    def __init__(self) -> None:
        self.frames: list[RgbdFrame] = []
        self.closed = False
        self.resets = 0

    def infer(self, frame: RgbdFrame, *, estimate: bool = False) -> Callable[[], DepthResult]:
        result = self.process(frame, estimate=estimate)
        return lambda: result

    def process(self, frame: RgbdFrame, *, estimate: bool = False) -> DepthResult:
        self.frames.append(frame)
        sr_m = np.full(frame.rgb.shape[:2], frame.depth.mean() / 1000, np.float32)
        sr_m[0, 0] = np.nan
        return DepthResult(
            sr_m=sr_m,
            mde_m=sr_m * 2 if estimate else None,
            sensor_m=frame.depth / np.float32(1000),
            unguarded_m=sr_m,
            stamp_ns=frame.stamp_ns,
            frame_id=frame.frame_id,
        )

    def reset(self) -> None:
        self.resets += 1

    def close(self) -> None:
        self.closed = True


class Slow(Constant):
    """Takes 20 ms a frame, without a core."""

    def process(self, frame: RgbdFrame, *, estimate: bool = False) -> DepthResult:
        time.sleep(0.02)
        return super().process(frame, estimate=estimate)


class Interrupted(Constant):
    """Ctrl-C at the fourth frame."""

    def process(self, frame: RgbdFrame, *, estimate: bool = False) -> DepthResult:
        if len(self.frames) == 3:
            raise KeyboardInterrupt
        return super().process(frame, estimate=estimate)


class Mortal(Constant):
    """Kills its process at the fourth frame, unless the file of its name is there; then lives."""

    def __init__(self, grave: Path) -> None:
        super().__init__()
        self.grave = grave

    def process(self, frame: RgbdFrame, *, estimate: bool = False) -> DepthResult:
        if len(self.frames) == 3 and not self.grave.exists():
            self.grave.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().process(frame, estimate=estimate)


class Noted(Constant):
    """Leaves a file in a folder when it is made; that takes half a second."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        time.sleep(0.5)
        (folder / f"{os.getpid()}").touch()


def fail_to_make() -> Constant:
    """A processor whose settings are wrong."""
    raise ConfigError("no such device")


class Doomed(Constant):
    """Kills its process at the first frame, always."""

    def process(self, frame: RgbdFrame, *, estimate: bool = False) -> DepthResult:
        os.kill(os.getpid(), signal.SIGKILL)
        return super().process(frame, estimate=estimate)


class ConstantRecipe:
    """A recipe of `Constant`, or of another processor, for fleets."""

    def __init__(self, make: MakeProcessor = Constant, name: str = "constant") -> None:
        self.make = make
        self.identity: dict[str, object] = {"name": name}
