"""Points, preview and sources of a live node: made on demand, and right."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from rclpy.parameter import Parameter
from ros_graph import HEIGHT, WIDTH, Camera, Graph, color_message, depth_message, make_header
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, PointCloud2, PointField

from bridgenet_ros.preview import BAR_ROWS
from bridgenet_ros.provenance import Source
from bridgenet_ros.ros import derived_outputs
from bridgenet_ros.ros.node import BridgeNetNode

T0 = 1_700_000_000_123_456_789
FRAME = 33_333_333
FOCAL = 50.0
"""Of the camera's info, and where its axis is."""


class Listener:
    """Subscribes to one topic of the node and waits until the node knows."""

    def __init__(self, graph: Graph, kind: type, topic: str) -> None:
        self.graph = graph
        self.messages: list[Any] = []
        graph.peer.create_subscription(kind, topic, self.messages.append, 10)
        node = graph.nodes[-1]
        assert graph.spin_until(
            lambda: node.count_subscribers(topic) > 0 and graph.peer.count_publishers(topic) > 0
        )

    def wait(self, count: int = 1) -> None:
        """Until this many messages have come."""
        assert self.graph.spin_until(lambda: len(self.messages) >= count)


def started(graph: Graph, **overrides: object) -> tuple[BridgeNetNode, Camera]:
    """An active node that has found its camera."""
    node, camera = graph.start(**overrides), Camera(graph)
    camera.wait()
    return node, camera


def send(graph: Graph, camera: Camera, stamp_ns: int, **parts: Any) -> None:
    """A frame, once the node has its calibration."""
    node = graph.nodes[-1]
    camera.info.publish(
        parts.pop(
            "info",
            CameraInfo(header=make_header(stamp_ns), width=WIDTH, height=HEIGHT, k=[FOCAL] * 9),
        )
    )
    wanted = make_header(stamp_ns)
    assert graph.spin_until(
        lambda: node._results.color_info is not None and node._results.color_info.header == wanted
    )
    camera.depth.publish(depth_message(stamp_ns, **parts))
    camera.color.publish(color_message(stamp_ns))


def points_of(cloud: PointCloud2) -> np.ndarray:
    """(height, width, fields) float32."""
    assert cloud.row_step == cloud.width * cloud.point_step
    assert [f.offset for f in cloud.fields] == [4 * i for i in range(len(cloud.fields))]
    assert all(f.datatype == PointField.FLOAT32 and f.count == 1 for f in cloud.fields)
    values = np.frombuffer(cloud.data, ">f4" if cloud.is_bigendian else "<f4")
    return values.reshape(cloud.height, cloud.width, len(cloud.fields))


def hole_in_the_corner() -> np.ndarray:
    depth = np.full((6, 8), 1500, np.uint16)
    depth[0, 0] = 0
    return depth


def test_points_carry_place_colour_stamp_and_frame(graph: Graph) -> None:
    _, camera = started(graph)
    clouds = Listener(graph, PointCloud2, "/points")
    send(graph, camera, T0, depth=hole_in_the_corner())
    clouds.wait()
    cloud = clouds.messages[0]
    assert cloud.header == make_header(T0)
    assert [f.name for f in cloud.fields] == ["x", "y", "z", "rgb"]
    assert (cloud.height, cloud.is_dense) == (1, True)
    points = points_of(cloud)[0]
    # Every second of 64x48 pixels, but for the 4x4 of the hole.
    assert len(points) == 32 * 24 - 16
    assert np.isfinite(points).all()
    first = [(8 - FOCAL) / FOCAL * 1.5, (0 - FOCAL) / FOCAL * 1.5, 1.5]
    np.testing.assert_allclose(points[0, :3], first, atol=1e-3)
    assert (points[:, 3].copy().view(np.uint32) == 0x808080).all()


def test_stride_order_and_colour_change_while_the_node_runs(graph: Graph) -> None:
    node, camera = started(graph, points__rate=0.0)
    clouds = Listener(graph, PointCloud2, "/points")
    node.set_parameters(
        [
            Parameter("points.ordered", value=True),
            Parameter("points.stride", value=4),
            Parameter("points.color", value=False),
        ]
    )
    send(graph, camera, T0, depth=hole_in_the_corner())
    clouds.wait()
    cloud = clouds.messages[0]
    assert (cloud.height, cloud.width, cloud.is_dense) == (HEIGHT // 4, WIDTH // 4, False)
    points = points_of(cloud)
    assert points.shape[2] == 3
    assert np.isnan(points[:2, :2]).all()
    assert np.isfinite(points).all(axis=2).sum() == 16 * 12 - 4


def test_clouds_can_be_turned_off(graph: Graph) -> None:
    _, camera = started(graph, points__enable=False)
    clouds = Listener(graph, PointCloud2, "/points")
    images = Listener(graph, Image, "/sr/depth/image")
    send(graph, camera, T0)
    images.wait()
    assert not graph.spin_until(lambda: bool(clouds.messages), deadline_s=0.3)


def test_clouds_keep_to_their_rate(graph: Graph) -> None:
    _, camera = started(graph, points__rate=10.0)
    clouds = Listener(graph, PointCloud2, "/points")
    images = Listener(graph, Image, "/sr/depth/image")
    for i in range(7):
        send(graph, camera, T0 + i * FRAME)
        images.wait(i + 1)
    clouds.wait(3)
    stamps = [cloud.header for cloud in clouds.messages]
    assert stamps == [make_header(T0 + i * FRAME) for i in (0, 3, 6)]


@pytest.mark.parametrize(
    "info",
    [
        CameraInfo(header=make_header(T0), width=WIDTH, height=HEIGHT),  # not calibrated
        CameraInfo(header=make_header(T0), width=640, height=400, k=[FOCAL] * 9),  # another camera
    ],
)
def test_without_a_fitting_calibration_there_is_depth_but_no_cloud(
    graph: Graph, info: CameraInfo
) -> None:
    _, camera = started(graph)
    clouds = Listener(graph, PointCloud2, "/points")
    images = Listener(graph, Image, "/sr/depth/image")
    send(graph, camera, T0, info=info)
    images.wait()
    assert not graph.spin_until(lambda: bool(clouds.messages), deadline_s=0.3)


def test_an_info_of_another_camera_is_not_passed_on(graph: Graph) -> None:
    _, camera = started(graph)
    infos = Listener(graph, CameraInfo, "/sr/depth/camera_info")
    images = Listener(graph, Image, "/sr/depth/image")
    wrong = CameraInfo(header=make_header(T0), width=640, height=400, k=[FOCAL] * 9)
    send(graph, camera, T0, info=wrong)
    images.wait()
    send(graph, camera, T0 + FRAME)
    infos.wait()
    assert [info.header for info in infos.messages] == [make_header(T0 + FRAME)]


def test_the_preview_comes_raw_and_as_jpeg(graph: Graph) -> None:
    _, camera = started(graph)
    raw = Listener(graph, Image, "/preview")
    jpeg = Listener(graph, CompressedImage, "/preview/compressed")
    send(graph, camera, T0)
    raw.wait()
    jpeg.wait()
    image = raw.messages[0]
    assert (image.encoding, image.width, image.height) == ("bgr8", 3 * WIDTH, HEIGHT + BAR_ROWS)
    assert image.header == make_header(T0) == jpeg.messages[0].header
    pixels = np.frombuffer(image.data, np.uint8).reshape(image.height, image.width, 3)
    assert (pixels[30:HEIGHT, :WIDTH] == 128).all()
    assert "jpeg" in jpeg.messages[0].format
    decoded = cv2.imdecode(np.frombuffer(jpeg.messages[0].data, np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(decoded.astype(int) - pixels).mean() < 5


def test_the_source_mask_tells_holes_from_measurements(graph: Graph) -> None:
    _, camera = started(graph)
    masks = Listener(graph, Image, "/sr/source")
    send(graph, camera, T0, depth=hole_in_the_corner())
    masks.wait()
    mask = masks.messages[0]
    assert (mask.encoding, mask.step, mask.header) == ("mono8", WIDTH, make_header(T0))
    pixels = np.frombuffer(mask.data, np.uint8).reshape(HEIGHT, WIDTH)
    assert (pixels[:8, :8] == Source.NONE).all()
    assert np.count_nonzero(pixels == Source.UPSAMPLED) == WIDTH * HEIGHT - 64


def test_nothing_is_made_that_nobody_wants(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    def unwanted(*_: object, **__: object) -> None:
        raise AssertionError("made without a subscriber")

    for name in ("draw_preview", "source_mask", "cloud_message"):
        monkeypatch.setattr(derived_outputs, name, unwanted)
    _, camera = started(graph)
    images = Listener(graph, Image, "/sr/depth/image")
    for i in range(2):
        send(graph, camera, T0 + i * FRAME)
        images.wait(i + 1)
    assert graph.nodes[-1]._active is not None
    session = graph.nodes[-1]._active.session
    assert dict(session.snapshot().drops) == {}
