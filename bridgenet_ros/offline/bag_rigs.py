"""How the cameras of a recording stand: its calibrations and its own transforms."""

from __future__ import annotations

from dataclasses import replace

from bridgenet_ros.frame import RgbdFrame
from bridgenet_ros.offline.bag_topics import InputTopics, base_topic, info_topic
from bridgenet_ros.offline.camera_infos import CameraInfos
from bridgenet_ros.offline.recorded_transforms import RecordedTransforms
from bridgenet_ros.register_config import RegisterConfig
from bridgenet_ros.registration.rig_finder import RigFinder, View, is_rectified


class BagRigs:
    """Finds the rig of each frame; the same for a frame whatever came before it.

    It travels to the workers.

    Args:
        register: the mode, and extrinsics where they are given.
        topics: of the recording.
        color_infos: colour's calibrations.
        depth_infos: depth's calibrations.
        transforms: all that were recorded, and the unit of depth.
    """

    def __init__(
        self,
        register: RegisterConfig,
        topics: InputTopics,
        color_infos: CameraInfos,
        depth_infos: CameraInfos,
        transforms: RecordedTransforms,
    ) -> None:
        self._transforms = transforms
        self._infos = color_infos, depth_infos
        pair = topics.color, topics.depth
        self._info_topics = [
            info.topic if info else info_topic(topic)
            for info, topic in zip((topics.color_info, topics.depth_info), pair, strict=True)
        ]
        self._rectified = [is_rectified(base_topic(topic)) for topic in pair]
        self._finder = RigFinder(register.mode, register.extrinsics(), [transforms.source()])

    def complete(self, frame: RgbdFrame) -> RgbdFrame:
        """The frame with depth in a known unit, and with its rig where depth must be projected.

        Raises:
            FrameError: ``frame_id`` or ``calibration``, see `RigFinder.find` and
                `RecordedTransforms.in_metres`.
        """
        depth = self._transforms.in_metres(frame.depth)
        if depth is not frame.depth:
            frame = replace(frame, depth=depth)
        if not self._finder.needs_rig(frame.frame_id, frame.depth_frame_id):
            return frame
        color = self._view(0, frame.frame_id, frame.rgb.shape[:2], frame.stamp_ns)
        other = self._view(1, frame.depth_frame_id, frame.depth.shape, frame.depth_stamp_ns)
        return replace(frame, rig=self._finder.find(color, other))

    def _view(self, which: int, frame_id: str, size: tuple[int, ...], stamp_ns: int) -> View:
        height, width = size
        return View(
            frame_id=frame_id,
            size=(height, width),
            info=self._infos[which].nearest(stamp_ns),
            info_topic=self._info_topics[which],
            rectified=self._rectified[which],
        )
