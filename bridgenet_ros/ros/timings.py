"""What the stages of each frame took, for whoever measures the node; made only while wanted."""

from __future__ import annotations

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.node import Node

from bridgenet_ros.frame import DepthResult
from bridgenet_ros.interface import TIMINGS
from bridgenet_ros.output_config import OutputQosConfig
from bridgenet_ros.ros import qos
from bridgenet_ros.ros.messages import header

STATUS_NAME = "frame"


class TimingsOutput:
    """One status a frame, milliseconds by stage, with the colour stamp."""

    def __init__(self, node: Node, q: OutputQosConfig) -> None:
        self._node = node
        self._publisher = qos.create_publisher(node, DiagnosticArray, TIMINGS, q)

    def publish(self, result: DepthResult) -> None:
        """`DepthResult.timings_ms` of this frame, if anyone listens."""
        if self._publisher.get_subscription_count() == 0:
            return
        values = [KeyValue(key=k, value=f"{ms:.3f}") for k, ms in result.timings_ms.items()]
        status = DiagnosticStatus(
            level=DiagnosticStatus.OK,
            name=f"{self._node.get_name()}: {STATUS_NAME}",
            values=values,
        )
        head = header(result.stamp_ns, result.frame_id)
        self._publisher.publish(DiagnosticArray(header=head, status=[status]))

    def destroy(self) -> None:
        """Remove the publisher."""
        self._node.destroy_publisher(self._publisher)
