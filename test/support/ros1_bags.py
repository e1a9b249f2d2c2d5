"""Small ROS 1 recordings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from rosbags.rosbag1 import Writer
from rosbags.typesys import Stores, get_typestore
from tiny_bags import FRAME, HEIGHT, PERIOD, SCALE, START, WIDTH

NS_PER_S = 1_000_000_000


def write_ros1_bag(
    path: Path, pairs: int = 3, compression: Writer.CompressionFormat | None = None
) -> Path:
    """Colour, its calibration, depth, a latched text and a transform, as a driver records them."""
    store = get_typestore(Stores.ROS1_NOETIC)
    types = store.types
    time_type = types["builtin_interfaces/msg/Time"]
    writer = Writer(path)
    if compression is not None:
        writer.set_compression(compression)
    with writer:
        topics = {
            topic: writer.add_connection(topic, kind, typestore=store, latching=latching)
            for topic, kind, latching in (
                ("/rgb/image", "sensor_msgs/msg/Image", None),
                ("/rgb/camera_info", "sensor_msgs/msg/CameraInfo", None),
                ("/depth/image", "sensor_msgs/msg/Image", None),
                ("/map_name", "std_msgs/msg/String", 1),
            )
        }

        def put(topic: str, stamp_ns: int, message: object) -> None:
            connection = topics[topic]
            writer.write(connection, stamp_ns, store.serialize_ros1(message, connection.msgtype))

        def header(index: int, stamp_ns: int) -> object:
            stamp = time_type(*divmod(stamp_ns, NS_PER_S))
            return types["std_msgs/msg/Header"](seq=index, stamp=stamp, frame_id=FRAME)

        put("/map_name", START, types["std_msgs/msg/String"]("attic"))
        for index in range(pairs):
            stamp = START + index * PERIOD
            color = np.full((HEIGHT, WIDTH, 3), index, np.uint8)
            depth = np.full((HEIGHT // SCALE, WIDTH // SCALE), 1000 + index, np.uint16)
            for topic, pixels, encoding in (
                ("/rgb/image", color, "rgb8"),
                ("/depth/image", depth, "16UC1"),
            ):
                image = types["sensor_msgs/msg/Image"](
                    header=header(index, stamp),
                    height=pixels.shape[0],
                    width=pixels.shape[1],
                    encoding=encoding,
                    is_bigendian=0,
                    step=pixels.strides[0],
                    data=pixels.view(np.uint8).ravel(),
                )
                put(topic, stamp, image)
            put("/rgb/camera_info", stamp, _camera_info(types, header(index, stamp)))
    return path


def _camera_info(types: dict[str, type], header: object) -> object:
    return types["sensor_msgs/msg/CameraInfo"](
        header=header,
        height=HEIGHT,
        width=WIDTH,
        distortion_model="plumb_bob",
        D=np.zeros(5),
        K=np.array([10, 0, 6, 0, 10, 4, 0, 0, 1], np.float64),
        R=np.eye(3).ravel(),
        P=np.array([10, 0, 6, 0, 0, 10, 4, 0, 0, 0, 1, 0], np.float64),
        binning_x=0,
        binning_y=0,
        roi=types["sensor_msgs/msg/RegionOfInterest"](0, 0, 0, 0, do_rectify=False),
    )
