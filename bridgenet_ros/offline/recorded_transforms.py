"""What the messages of a recording say of how its cameras stand, and of the unit of depth."""

from __future__ import annotations

from contextlib import suppress

from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import DepthArray
from bridgenet_ros.offline.bag_reader import BagMessage
from bridgenet_ros.offline.bag_topics import InputTopics
from bridgenet_ros.offline.messages import (
    TF_TYPE,
    Float32,
    KeyValue,
    Transform,
    read_fact,
    read_transforms,
)
from bridgenet_ros.realsense_recording import FLOAT_TYPE, PROPERTY_TYPE
from bridgenet_ros.registration.rig_finder import ExtrinsicsSource
from bridgenet_ros.registration.static_transforms import StaticTransforms
from bridgenet_ros.rigid_transform import RigidTransform, transform_of_message

TF_REMEDY = "record /tf_static with a transform between them"


class RecordedTransforms:
    """Gathered message by message; it travels to the workers.

    Args:
        topics: of the recording.
    """

    def __init__(self, topics: InputTopics) -> None:
        self._frames = StaticTransforms()
        self._streams = topics.streams

    def add(self, message: BagMessage) -> None:
        """Take a message of ``InputTopics.transforms`` or ``InputTopics.realsense``.

        Raises:
            FrameError: ``undecodable``, the bytes are not of its type.
        """
        topic, msgtype = message.connection.topic, message.connection.msgtype
        streams = self._streams
        if msgtype == TF_TYPE:
            for stamped in read_transforms(message.raw).transforms:
                with suppress(FrameError):  # a broken one is as good as none
                    transform = transform_of_message(stamped.transform)
                    self._frames.add(stamped.header.frame_id, stamped.child_frame_id, transform)
        elif streams is None:
            return
        elif msgtype == FLOAT_TYPE:
            streams.add_unit(read_fact(message.raw, Float32).data)
        elif msgtype == PROPERTY_TYPE:
            fact = read_fact(message.raw, KeyValue)
            streams.add_property(fact.key, fact.value)
        else:
            found = read_fact(message.raw, Transform)
            with suppress(FrameError):
                streams.add_transform(topic, transform_of_message(found))

    def source(self) -> ExtrinsicsSource:
        """Where the transform from depth to colour is found, once all messages are in."""
        if self._streams is None:
            return ExtrinsicsSource("the recording's /tf_static", self._frames.lookup, TF_REMEDY)
        topics = " and ".join(self._streams.extrinsics_topics or ())
        return ExtrinsicsSource(f"the recording's {topics}", self._of_streams, self._streams.remedy)

    def in_metres(self, depth: DepthArray) -> DepthArray:
        """Depth as it is, but in metres where the recording says another unit than a millimetre.

        Raises:
            FrameError: see `StreamPair.in_metres`.
        """
        return depth if self._streams is None else self._streams.in_metres(depth)

    def _of_streams(self, color: str, depth: str) -> RigidTransform | None:
        del color, depth  # a recording of the SDK names no frames
        return None if self._streams is None else self._streams.depth_to_color
