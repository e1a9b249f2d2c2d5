"""What is said of each frame by itself, for whoever measures the node; made only while wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

from bridgenet_ros.frame import DepthResult
from bridgenet_ros.output_config import OutputQosConfig
from bridgenet_ros.ros.diagnostics import status_name
from bridgenet_ros.ros.messages import header
from bridgenet_ros.ros.publishers import Publishers, heard


class FrameStatusOutput:
    """One status a frame with the result's stamp.

    Args:
        publishers: make its own.
        topic: relative name.
        q: of the publisher.
        name: of the status, after the node's.
        values: of a result; what has none is not published.
    """

    def __init__(
        self,
        publishers: Publishers,
        topic: str,
        q: OutputQosConfig,
        name: str,
        values: Callable[[DepthResult], Mapping[str, str]],
    ) -> None:
        self._node = publishers.node
        self._name = name
        self._values = values
        self._publisher = publishers.create(DiagnosticArray, topic, q)

    @property
    def wanted(self) -> bool:
        """True while anyone subscribes."""
        return heard(self._publisher)

    def publish(self, result: DepthResult) -> None:
        """The values of this frame, if there are any and anyone listens."""
        if not self.wanted:
            return
        if not (values := self._values(result)):
            return
        status = DiagnosticStatus(
            level=DiagnosticStatus.OK,
            name=status_name(self._node, self._name),
            values=[KeyValue(key=key, value=value) for key, value in values.items()],
        )
        head = header(result.stamp_ns, result.frame_id)
        self._publisher.publish(DiagnosticArray(header=head, status=[status]))
