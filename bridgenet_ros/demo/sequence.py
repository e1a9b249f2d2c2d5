"""The rendered RGB-D sequence: a short closed loop, its recording, and its exact depth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bridgenet_ros.cores import usable_cores
from bridgenet_ros.demo.scene import living_room
from bridgenet_ros.demo.sensor import SensorModel
from bridgenet_ros.demo.trajectory import pose_at
from bridgenet_ros.frame import FloatArray, UInt8Array
from bridgenet_ros.offline.bag_writer import BagWriter
from bridgenet_ros.offline.camera_model import CameraModel
from bridgenet_ros.offline.rgbd_bag import RgbdBag
from bridgenet_ros.scenes.camera import VGA, Intrinsics

RATE_HZ = 30
LOOP_FRAMES = 90
SHOWN_FRAME = 9
"""The chairs are seen from the side here, bar by bar."""
START_NS = 1_600_000_000_000_000_000
"""The recording's first stamp; any will do, playing replaces it."""

_NS_PER_S = 1_000_000_000
_THREADS = 4


class Shot(NamedTuple):
    """One frame of the sequence."""

    rgb: UInt8Array
    """(H, W, 3)."""
    sensor_m: FloatArray
    """(h, w) metres, whole millimetres, 0 in holes."""
    truth_m: FloatArray
    """(H, W) exact depth."""


class RenderedLoop:
    """The camera's way through the room, once around; the same for the same arguments.

    Args:
        frames: how many the loop has; the last is followed by the first without a jump.
        camera: of colour; depth is seen by its lowered version.
        sensor: what becomes of the exact depth.
        seed: chooses textures, noise and holes.
    """

    def __init__(
        self,
        *,
        frames: int = LOOP_FRAMES,
        camera: Intrinsics = VGA,
        sensor: SensorModel | None = None,
        seed: int = 0,
    ) -> None:
        self.frames = frames
        self._camera = camera
        self._sensor = sensor or SensorModel()
        self._seed = seed
        self._scene = living_room(seed)

    def shot(self, number: int) -> Shot:
        """Frame ``number`` of the loop."""
        picture = self._scene.render(self._camera, pose_at(number / self.frames))
        # A generator for each frame: its noise does not depend on which frames came before.
        rng = np.random.default_rng((self._seed, number))
        measured = self._sensor.measure(self._sensor.see(picture.depth_m), rng)
        return Shot(picture.rgb, measured, picture.depth_m)

    def truth(self, number: int) -> FloatArray:
        """Exact depth of frame ``number``, (H, W) metres."""
        return self._scene.depth(self._camera, pose_at(number / self.frames))

    def write(self, path: Path, on_frame: Callable[[int], None]) -> None:
        """Record the loop at 30 Hz as a rosbag2.

        Args:
            path: the new recording.
            on_frame: told the number of frames written so far.

        Raises:
            BagError: the recording exists or cannot be written.
        """
        camera = CameraModel(
            width=self._camera.width,
            height=self._camera.height,
            fx=self._camera.focal,
            fy=self._camera.focal,
            cx=self._camera.cx,
            cy=self._camera.cy,
        )
        with BagWriter(path) as writer:
            bag = RgbdBag(writer, camera)
            for number, shot in enumerate(self._shots()):
                stamp_ns = START_NS + number * _NS_PER_S // RATE_HZ
                bag.write(shot.rgb, shot.sensor_m, stamp_ns=stamp_ns)
                on_frame(number + 1)

    def _shots(self) -> Iterator[Shot]:
        """Every frame in order, rendered on several cores."""
        with ThreadPoolExecutor(min(usable_cores(), _THREADS)) as pool:
            yield from pool.map(self.shot, range(self.frames))
