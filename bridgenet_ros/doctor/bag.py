"""Looks at a recording as the node would see it."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path

from bridgenet_ros.config import NodeConfig
from bridgenet_ros.doctor.examine import Camera
from bridgenet_ros.doctor.stream_record import Arrival, StreamRecord
from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import DepthArray, UInt8Array
from bridgenet_ros.offline.bag_reader import BagMessage, BagReader
from bridgenet_ros.offline.bag_rigs import BagRigs
from bridgenet_ros.offline.bag_topics import InputTopics, find_topics, info_topic
from bridgenet_ros.offline.camera_infos import CameraInfos
from bridgenet_ros.offline.image_messages import (
    AnyImage,
    color_pixels,
    depth_pixels,
    read_any_image,
)
from bridgenet_ros.offline.messages import Image, read_camera_info, stamp_of
from bridgenet_ros.offline.recorded_transforms import RecordedTransforms
from bridgenet_ros.topic_choice import TopicNames


def look_at_bag(
    path: Path, names: TopicNames, config: NodeConfig, seconds: float | None = None
) -> Camera:
    """What a recording tells about its camera.

    Args:
        path: the recording.
        names: topics that the user has given.
        config: the settings that the node would have.
        seconds: of the recording; None: all of it.

    Raises:
        BagError: it cannot be read, or its image topics are absent or not clear.
    """
    with BagReader(path) as reader:
        topics = find_topics(reader.connections, names)
        look = _Look(topics)
        stop_ns = None if seconds is None else reader.first_time_ns + round(seconds * 1e9)
        for message in reader.messages(look.connections, stop_ns=stop_ns):
            look.take(message)
    rigs = BagRigs(config.register, topics, look.infos, look.depth_infos, look.transforms)
    infos = topics.color_info, topics.depth_info
    expected = [
        info.topic if info is not None else info_topic(image)
        for info, image in zip(infos, (topics.color, topics.depth), strict=True)
    ]
    return Camera(
        color=look.color,
        depth=look.depth,
        color_info=look.infos.nearest(0),
        depth_info=look.depth_infos.nearest(0),
        color_info_topic=expected[0],
        depth_info_topic=expected[1],
        find_rig=rigs.complete,
    )


class _Look:
    """One pass over a recording."""

    def __init__(self, topics: InputTopics) -> None:
        self.color: StreamRecord[UInt8Array] = StreamRecord("colour", topics.color.topic)
        self.depth: StreamRecord[DepthArray] = StreamRecord("depth", topics.depth.topic)
        self.infos, self.depth_infos = CameraInfos(), CameraInfos()
        self.transforms = RecordedTransforms(topics)
        named = (topics.color, topics.depth, topics.color_info, topics.depth_info)
        stands = (*topics.transforms, *topics.realsense)
        self.connections = [c for c in (*named, *stands) if c is not None]
        self._infos = {
            info.topic: infos
            for info, infos in (
                (topics.color_info, self.infos),
                (topics.depth_info, self.depth_infos),
            )
            if info is not None
        }

    def take(self, message: BagMessage) -> None:
        """One message; what cannot be read counts as undecodable, or is as good as absent."""
        topic = message.connection.topic
        if topic in (self.color.topic, self.depth.topic):
            self._take_image(message)
            return
        with suppress(FrameError):
            if topic in self._infos:
                self._infos[topic].add(read_camera_info(message.raw))
            else:
                self.transforms.add(message)

    def _take_image(self, message: BagMessage) -> None:
        is_color = message.connection.topic == self.color.topic
        record = self.color if is_color else self.depth
        try:
            image = read_any_image(message)
        except FrameError as error:
            record.undecodable += 1
            record.last_error = str(error)
            return
        arrival = Arrival(message.time_ns, stamp_of(image))
        frame_id = image.header.frame_id
        encoding = image.encoding if isinstance(image, Image) else image.format
        if is_color:
            self.color.add(arrival, frame_id, encoding, partial(color_pixels, image))
        else:
            self.depth.add(arrival, frame_id, encoding, partial(self._depth, image))

    def _depth(self, image: AnyImage) -> DepthArray:
        return self.transforms.in_metres(depth_pixels(image))
