"""The live node with depth in a frame of its own: refused, or projected by given extrinsics."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.parameter import Parameter
from ros_graph import HEIGHT, OPTICAL, WIDTH, Graph, color_message, depth_message, make_header
from sensor_msgs.msg import CameraInfo, Image

T0 = 1_700_000_000_000_000_000
PERIOD = 100_000_000
DEPTH_FRAME = "camera_depth_optical_frame"
EXTRINSICS = {
    "register__translation": [0.05, 0.0, 0.0],
    "register__rotation": [0.0, 0.0, 0.0, 1.0],
}


def info(stamp_ns: int, frame: str, width: int, height: int, focal: float) -> CameraInfo:
    cx, cy = (width - 1) / 2, (height - 1) / 2
    k = [focal, 0.0, cx, 0.0, focal, cy, 0.0, 0.0, 1.0]
    p = [focal, 0.0, cx, 0.0, 0.0, focal, cy, 0.0, 0.0, 0.0, 1.0, 0.0]
    return CameraInfo(header=make_header(stamp_ns, frame), width=width, height=height, k=k, p=p)


class Rgbd:
    """A camera whose depth lies in its own frame; and what the node makes of it."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        peer = graph.peer
        self._publishers = [
            peer.create_publisher(kind, topic, 5)
            for kind, topic in (
                (CameraInfo, "rgb/camera_info"),
                (CameraInfo, "depth/camera_info"),
                (Image, "depth/image"),
                (Image, "rgb/image"),
            )
        ]
        self.images: list[Image] = []
        self.reports: list[DiagnosticArray] = []
        peer.create_subscription(Image, "sr/depth/image", self.images.append, 10)
        peer.create_subscription(DiagnosticArray, "/diagnostics", self.reports.append, 10)
        images = self._publishers[2:]
        assert graph.spin_until(lambda: all(p.get_subscription_count() for p in images))
        assert graph.spin_until(lambda: graph.peer.count_publishers("sr/depth/image") > 0)
        self._sent = 0

    def send(self) -> None:
        """One pair with both infos: a wall at 2 m, depth with half of colour's focal length."""
        self._sent += 1
        stamp = T0 + self._sent * PERIOD
        wall = np.full((HEIGHT // 2, WIDTH // 2), 2000, np.uint16)
        messages = (
            info(stamp, OPTICAL, WIDTH, HEIGHT, 50.0),
            info(stamp, DEPTH_FRAME, WIDTH // 2, HEIGHT // 2, 25.0),
            depth_message(stamp, wall, frame_id=DEPTH_FRAME),
            color_message(stamp),
        )
        for publisher, message in zip(self._publishers, messages, strict=True):
            publisher.publish(message)

    def send_until(self, done: Callable[[], bool]) -> bool:
        """Send pairs until ``done``; the node subscribes to the depth info at the first one."""
        for _ in range(60):
            self.send()
            if self.graph.spin_until(done, deadline_s=0.5):
                return True
        return False

    def values(self) -> dict[str, str]:
        if not self.reports:
            return {}
        return {kv.key: kv.value for kv in self.reports[-1].status[0].values}


def test_depth_is_projected_by_the_given_extrinsics(graph: Graph) -> None:
    node = graph.start(diagnostics__period=0.1, **EXTRINSICS)
    camera = Rgbd(graph)
    assert not node.get_subscriptions_info_by_topic("/depth/camera_info")
    assert camera.send_until(lambda: bool(camera.images))
    image = camera.images[0]
    assert image.header.frame_id == OPTICAL
    assert (image.width, image.height) == (WIDTH, HEIGHT)
    depth_m = np.frombuffer(image.data, np.float32).reshape(HEIGHT, WIDTH)
    # 0.05 m to the right at 2 m: 1.25 pixels of colour that the depth camera does not see.
    assert np.isfinite(depth_m[:, 4:]).all()
    np.testing.assert_allclose(depth_m[:, 4:], 2.0, atol=1e-3)
    assert graph.spin_until(lambda: "projected to 32x24" in camera.values().get("registration", ""))
    assert "extrinsics from the parameters" in camera.values()["registration"]


def test_without_extrinsics_the_refusal_is_counted(graph: Graph) -> None:
    graph.start(diagnostics__period=0.1)
    camera = Rgbd(graph)
    assert camera.send_until(lambda: int(camera.values().get("drops.frame_id", "0")) > 0)
    assert not camera.images


def test_registration_can_be_switched_off_while_the_node_runs(graph: Graph) -> None:
    node = graph.start()
    camera = Rgbd(graph)
    (result,) = node.set_parameters([Parameter("register.mode", value="off")])
    assert result.successful
    assert camera.send_until(lambda: bool(camera.images))
    depth_m = np.frombuffer(camera.images[0].data, np.float32)
    np.testing.assert_allclose(depth_m, 2.0, atol=1e-3)
