"""The rendered RGB-D sequence: a short closed loop, its recording, and its exact depth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bridgenet_ros.demo.camera import VGA, Intrinsics
from bridgenet_ros.demo.scene import living_room
from bridgenet_ros.demo.sensor import SensorModel
from bridgenet_ros.demo.trajectory import pose_at
from bridgenet_ros.frame import DepthArray, FloatArray, UInt8Array
from bridgenet_ros.image_codec import encode_color, encode_depth
from bridgenet_ros.interface import DEPTH_IMAGE, DEPTH_INFO, RGB_IMAGE, RGB_INFO
from bridgenet_ros.offline.bag_writer import BagWriter
from bridgenet_ros.offline.messages import (
    CAMERA_INFO_TYPE,
    IMAGE_TYPE,
    CameraInfo,
    Header,
    RegionOfInterest,
    make_header,
    make_image,
)

FRAME_ID = "camera_color_optical_frame"
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
    sensor: DepthArray
    """(h, w) uint16 millimetres, 0 in holes."""
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
        low = self._camera.lowered(self._sensor.scale)
        with BagWriter(path) as writer:
            images = [writer.add_topic(f"/{name}", IMAGE_TYPE) for name in (RGB_IMAGE, DEPTH_IMAGE)]
            infos = [
                writer.add_topic(f"/{name}", CAMERA_INFO_TYPE) for name in (RGB_INFO, DEPTH_INFO)
            ]
            for number, shot in enumerate(self._shots()):
                stamp_ns = START_NS + number * _NS_PER_S // RATE_HZ
                head = make_header(stamp_ns, FRAME_ID)
                for connection, camera in zip(infos, (self._camera, low), strict=True):
                    writer.write(connection, stamp_ns, camera_info(camera, head))
                for connection, payload in zip(
                    images, (encode_color(shot.rgb), encode_depth(shot.sensor)), strict=True
                ):
                    writer.write(connection, stamp_ns, make_image(payload, head))
                on_frame(number + 1)

    def _shots(self) -> Iterator[Shot]:
        """Every frame in order, rendered on several cores."""
        with ThreadPoolExecutor(min(cpu_count() or 1, _THREADS)) as pool:
            yield from pool.map(self.shot, range(self.frames))


def camera_info(camera: Intrinsics, head: Header) -> CameraInfo:
    """The calibration of an ideal pinhole camera (sensor_msgs/CameraInfo: K, R, P by rows)."""
    f, cx, cy = camera.focal, camera.cx, camera.cy
    return CameraInfo(
        header=head,
        height=camera.height,
        width=camera.width,
        distortion_model="plumb_bob",
        d=np.zeros(5),
        k=np.array([f, 0, cx, 0, f, cy, 0, 0, 1], np.float64),
        r=np.eye(3).ravel(),
        p=np.array([f, 0, cx, 0, 0, f, cy, 0, 0, 0, 1, 0], np.float64),
        binning_x=0,
        binning_y=0,
        roi=RegionOfInterest(x_offset=0, y_offset=0, height=0, width=0, do_rectify=False),
    )
